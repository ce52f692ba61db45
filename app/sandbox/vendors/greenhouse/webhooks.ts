import { createHmac } from "node:crypto";
import type { Outgoing, Webhooks, World } from "../../framework.ts";
import { type Account, accountOf, newId, type State } from "./state.ts";

const MINUTE = 60_000;
const WEBHOOK_STATUS = { in_process: "active", rejected: "rejected", hired: "hired", converted: "converted" } as const;

/** JSON as the vendor prints it before signing: non-ASCII and angle brackets as \uXXXX. */
export const printBody = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

export const sign = (body: string, secret: string): string =>
  `sha256 ${createHmac("sha256", secret).update(body).digest("hex")}`;

const application = (account: Account, id: number) => {
  const row = account.applications.find((found) => found.id === id);
  if (!row) return { id };
  const person = account.candidates.find((found) => found.id === row.candidate_id);
  return {
    id: row.id,
    status: WEBHOOK_STATUS[row.status],
    prospect: row.prospect,
    applied_at: row.created_at,
    last_activity_at: row.last_activity_at,
    current_stage:
      row.status === "hired" ? null : { id: row.job_interview_stage_id, name: row.stage_name, interviews: [] },
    candidate: person
      ? {
          id: person.id,
          first_name: person.first_name,
          last_name: person.last_name,
          email_addresses: person.email_addresses,
        }
      : null,
    jobs: account.jobs
      .filter((job) => job.id === row.job_id)
      .map(({ id: jobId, name, requisition_id }) => ({ id: jobId, name, requisition_id })),
  };
};

const job = (account: Account, id: number) => {
  const row = account.jobs.find((found) => found.id === id);
  if (!row) return { id };
  return {
    id: row.id,
    name: row.name,
    requisition_id: row.requisition_id,
    notes: row.notes,
    status: row.status,
    confidential: row.confidential,
    departments: account.departments
      .filter((found) => found.id === row.department_id)
      .map(({ id: own, name }) => ({ id: own, name })),
    // A string here, where v1 has an object.
    offices: account.offices
      .filter((found) => row.office_ids.includes(found.id))
      .map(({ id: own, name, location }) => ({ id: own, name, location })),
    hiring_team: {
      hiring_managers: [],
      recruiters: account.users.slice(0, 1).map((user) => ({ user_id: user.id, employee_id: null })),
      coordinators: [],
      sourcers: [],
    },
    openings: account.openings
      .filter((found) => found.job_id === row.id)
      .map((found) => ({ id: found.id, opening_id: found.opening_id, status: found.open ? "open" : "closed" })),
    custom_fields: row.custom_fields,
  };
};

const payload = (account: Account, event: string, fields: Record<string, string>): unknown => {
  const number = (name: string, fallback: number | undefined) => Number(fields[name] || fallback || 0);
  const jobId = number("jobId", account.jobs.at(-1)?.id);
  const candidateId = number("candidateId", account.candidates.at(-1)?.id);
  const applicationId = number("applicationId", account.applications.at(-1)?.id);
  switch (event) {
    case "ping":
      return { web_hook_id: 7 };
    case "job_created":
    case "job_updated":
      return { job: job(account, jobId) };
    case "job_deleted":
      return { job: { id: jobId, name: fields.name ?? "" } };
    case "job_post_created":
    case "job_post_updated":
    case "job_post_deleted": {
      const post = account.job_posts.find((found) => found.job_id === jobId);
      return post
        ? {
            id: post.id,
            job_id: post.job_id,
            title: post.title,
            content: post.content,
            live: post.live,
            external: true,
            internal: false,
          }
        : { id: 0 };
    }
    case "update_candidate": {
      const person = account.candidates.find((found) => found.id === candidateId);
      return {
        candidate: person
          ? { id: person.id, first_name: person.first_name, last_name: person.last_name }
          : { id: candidateId },
      };
    }
    case "delete_candidate":
      return {
        person: {
          id: candidateId,
          deleted_application_ids: (fields.applicationIds ?? "").split(",").filter(Boolean).map(Number),
        },
      };
    case "delete_application":
      return { application: { id: applicationId, candidate_id: candidateId, job_id: jobId } };
    case "unknown_event":
      return { something: "new" };
    default:
      return { application: application(account, applicationId) };
  }
};

const build = (world: World<State>, event: string, fields: Record<string, string>): readonly Outgoing[] => {
  const account = accountOf(world.state, fields.account || "acme");
  return account.webhooks.map(({ url, secret }) => {
    const id = String(newId(world.state));
    return {
      id,
      url,
      secret,
      body: printBody({ action: event, payload: payload(account, event, fields) }),
      headers: { "Greenhouse-Event-ID": id },
    };
  });
};

export const greenhouseWebhooks: Webhooks<State> = {
  events: [
    "ping",
    "job_created",
    "job_updated",
    "job_deleted",
    "job_post_created",
    "job_post_updated",
    "job_post_deleted",
    "new_candidate_application",
    "application_updated",
    "delete_application",
    "candidate_stage_change",
    "reject_candidate",
    "unreject_candidate",
    "hire_candidate",
    "update_candidate",
    "delete_candidate",
    "unknown_event",
  ],
  build,
  sign: (delivery) => ({ Signature: sign(delivery.body, delivery.secret) }),
  // Anything but 200 counts as a failure.
  succeeded: (status) => status === 200,
  retryAfterMs: [1, 15, 60, 120, 240, 480].map((minutes) => minutes * MINUTE),
};
