import { z } from "zod";
import { type Call, json, type Reply, type Route, type World } from "../../framework.ts";
import { asV1, refuse } from "./access.ts";
import { attach, hire, reject, unreject } from "./changes.ts";
import type { Account, State } from "./state.ts";
import { API, createCandidate, move, startApplication, withBody } from "./v3.ts";

/** v1 shows times without milliseconds and nests what v3 keeps flat. */
const time = (value: string | null) => value?.replace(/\.\d+Z$/, "Z") ?? null;

const keyed = (fields: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      { name: key.replaceAll("_", " "), type: "single_select", value },
    ]),
  );

const office = (account: Account, id: number) =>
  account.offices
    .filter((candidate) => candidate.id === id)
    .map((found) => ({
      id: found.id,
      name: found.name,
      location: { name: found.location },
      primary_contact_user_id: null,
      parent_id: null,
      child_ids: [],
      external_id: null,
    }));

const department = (account: Account, id: number | null) =>
  account.departments
    .filter((candidate) => candidate.id === id)
    .map((found) => ({ id: found.id, name: found.name, parent_id: null, child_ids: [], external_id: null }));

const opening = (row: Account["openings"][number]) => ({
  id: row.id,
  opening_id: row.opening_id,
  status: row.open ? "open" : "closed",
  opened_at: time(row.opened_at),
  closed_at: time(row.closed_at),
  application_id: row.application_id,
  close_reason: null,
});

const job = (account: Account, row: Account["jobs"][number]) => {
  const { department_id, office_ids, ...flat } = row;
  return {
    ...flat,
    created_at: time(row.created_at),
    opened_at: time(row.opened_at),
    closed_at: time(row.closed_at),
    updated_at: time(row.updated_at),
    departments: department(account, department_id),
    offices: office_ids.flatMap((id) => office(account, id)),
    hiring_team: {
      hiring_managers: account.users
        .slice(0, 1)
        .map(({ id, first_name, last_name, name }) => ({ id, first_name, last_name, name, employee_id: null })),
      recruiters: [],
      coordinators: [],
      sourcers: [],
    },
    openings: account.openings.filter((candidate) => candidate.job_id === row.id).map(opening),
    keyed_custom_fields: keyed(row.custom_fields),
  };
};

const files = (account: Account, world: World<State>, fits: (file: Account["attachments"][number]) => boolean) =>
  account.attachments.filter(fits).map((file) => ({
    filename: file.filename,
    type: file.type,
    created_at: time(file.created_at),
    url: world.url(
      "s3.amazonaws.com",
      `/greenhouse-files/${file.id}?X-Amz-Expires=604800&until=${world.now().getTime() + 604_800_000}&X-Amz-Signature=sandbox`,
    ),
  }));

const STATUS = { in_process: "active", rejected: "rejected", hired: "hired", converted: "converted" } as const;

const application = (account: Account, row: Account["applications"][number], world: World<State>) => {
  const reason = account.rejection_reasons.find((candidate) => candidate.id === row.rejection_reason_id);
  const source = account.sources.find((candidate) => candidate.id === row.source_id);
  return {
    id: row.id,
    candidate_id: row.candidate_id,
    prospect: row.prospect,
    applied_at: time(row.created_at),
    rejected_at: time(row.rejected_at),
    last_activity_at: time(row.last_activity_at),
    location: { address: row.location_address },
    source: source ? { id: source.id, public_name: source.name } : null,
    credited_to: null,
    recruiter: null,
    coordinator: null,
    rejection_reason: reason
      ? { id: reason.id, name: reason.name, type: { id: reason.type.id, name: reason.type.name } }
      : null,
    rejection_details: null,
    jobs: account.jobs.filter((candidate) => candidate.id === row.job_id).map(({ id, name }) => ({ id, name })),
    job_post_id: row.job_post_id,
    status: STATUS[row.status],
    current_stage: row.status === "hired" ? null : { id: row.job_interview_stage_id, name: row.stage_name },
    answers: row.answers,
    prospect_detail: { prospect_pool: null, prospect_stage: null, prospect_owner: null },
    custom_fields: row.custom_fields,
    keyed_custom_fields: keyed(row.custom_fields),
    attachments: files(account, world, (file) => file.application_id === row.id),
  };
};

const candidate = (account: Account, row: Account["candidates"][number], world: World<State>) => {
  const { private: isPrivate, ...flat } = row;
  const own = account.applications.filter((found) => found.candidate_id === row.id);
  return {
    ...flat,
    created_at: time(row.created_at),
    updated_at: time(row.updated_at),
    last_activity: time(row.last_activity_at),
    is_private: isPrivate,
    photo_url: null,
    recruiter: null,
    coordinator: null,
    application_ids: own.map(({ id }) => id),
    applications: own.map((found) => application(account, found, world)),
    attachments: files(account, world, (file) => file.candidate_id === row.id),
    educations: [],
    employments: [],
    keyed_custom_fields: keyed(row.custom_fields),
  };
};

const post = (row: Account["job_posts"][number]) => ({
  id: row.id,
  title: row.title,
  location: { id: 1, name: "Leeds, UK", office_id: null, job_post_location_type: { id: 1, name: "Free Text" } },
  internal: row.internal,
  external: !row.internal,
  active: row.active,
  live: row.live,
  first_published_at: time(row.first_published_at),
  job_id: row.job_id,
  content: row.content,
  internal_content: null,
  questions: [],
  created_at: time(row.created_at),
  updated_at: time(row.updated_at),
});

const stage = (row: Account["job_interview_stages"][number]) => ({
  id: row.id,
  name: row.name,
  job_id: row.job_id,
  priority: row.sort_order,
  active: row.active,
  interviews: [],
  created_at: time(row.created_at),
  updated_at: time(row.updated_at),
});

type Test<Row> = (row: Row, value: string) => boolean;
const after =
  <K extends string>(key: K): Test<Record<K, string>> =>
  (row, value) =>
    Date.parse(row[key]) >= Date.parse(value);
const before =
  <K extends string>(key: K): Test<Record<K, string>> =>
  (row, value) =>
    Date.parse(row[key]) < Date.parse(value);
const created = { created_after: after("created_at"), created_before: before("created_at") };
const dated = { ...created, updated_after: after("updated_at"), updated_before: before("updated_at") };

/** A v1 list: page numbers and a Link header with next, prev and (without skip_count) last. */
const pages = <Row extends { id: number }>(
  call: Call,
  rows: readonly Row[],
  filters: Record<string, Test<Row>>,
  print: (row: Row) => unknown,
): Reply => {
  let left = rows;
  for (const [key, value] of call.query) {
    const filter = filters[key];
    if (filter) left = left.filter((row) => filter(row, value));
  }
  const perPage = Number(call.query.get("per_page") ?? 100);
  const page = Number(call.query.get("page") ?? 1);
  if (!Number.isInteger(perPage) || perPage < 1 || perPage > 500)
    return refuse(422, "Validation error", [{ message: "Must be between 1 and 500", field: "per_page" }]);
  const pageCount = Math.max(1, Math.ceil(left.length / perPage));
  const to = (number: number, rel: string) => {
    const query = new URLSearchParams(call.query);
    query.set("page", String(number));
    return `<${call.link(`${call.path}?${query}`)}>; rel="${rel}"`;
  };
  const links = [
    ...(page < pageCount ? [to(page + 1, "next")] : []),
    ...(page > 1 ? [to(page - 1, "prev")] : []),
    ...(call.query.get("skip_count") === "true" ? [] : [to(pageCount, "last")]),
  ];
  const shown = left.toSorted((one, two) => one.id - two.id).slice((page - 1) * perPage, page * perPage);
  return json(200, shown.map(print), links.length > 0 ? { Link: links.join(", ") } : {});
};

const get = (
  path: string,
  resource: string,
  handle: (call: Call, world: World<State>, account: Account) => Reply,
): Route<State> => ({
  method: "GET",
  host: API,
  path: `/v1/${path}`,
  handle: (call, world) => asV1(call, world, `harvest:${resource}:list`, ({ account }) => handle(call, world, account)),
});

const write = (
  path: string,
  scope: string,
  handle: (call: Call, world: World<State>, account: Account) => Reply,
): Route<State> => ({
  method: "POST",
  host: API,
  path: `/v1/${path}`,
  handle: (call, world) => asV1(call, world, scope, ({ account }) => handle(call, world, account)),
});

const one = <Row extends { id: number }>(call: Call, rows: readonly Row[], print: (row: Row) => unknown): Reply => {
  const row = rows.find((found) => String(found.id) === call.params.id);
  return row ? json(200, print(row)) : refuse(404, "Resource not found");
};

const onApplication = (
  path: string,
  scope: string,
  handle: (world: World<State>, account: Account, row: Account["applications"][number], call: Call) => Reply,
) =>
  write(`applications/:id/${path}`, `harvest:applications:${scope}`, (call, world, account) => {
    const row = account.applications.find((found) => String(found.id) === call.params.id);
    if (!row) return refuse(404, "Resource not found");
    const reply = handle(world, account, row, call);
    return reply.status === 204 ? json(200, application(account, row, world)) : reply;
  });

const contacts = z.array(z.object({ value: z.string(), type: z.string() })).default([]);
const personSchema = z.object({
  first_name: z.string().min(1),
  last_name: z.string().min(1),
  company: z.string().nullable().default(null),
  title: z.string().nullable().default(null),
  email_addresses: contacts,
  phone_numbers: contacts,
  addresses: contacts,
  website_addresses: contacts,
  social_media_addresses: z.array(z.object({ value: z.string() })).default([]),
  tags: z.array(z.string()).default([]),
  applications: z.array(z.object({ job_id: z.number(), source_id: z.number().optional() })).min(1),
});
const fileSchema = z.object({ filename: z.string(), type: z.string(), content: z.base64(), content_type: z.string() });

export const v1Routes: readonly Route<State>[] = [
  get("jobs", "jobs", (call, _world, account) =>
    pages(
      call,
      account.jobs,
      {
        ...dated,
        status: (row, value) => row.status === value,
        requisition_id: (row, value) => row.requisition_id === value,
        department_id: (row, value) => String(row.department_id) === value,
      },
      (row) => job(account, row),
    ),
  ),
  get("jobs/:id", "jobs", (call, _world, account) => one(call, account.jobs, (row) => job(account, row))),
  get("jobs/:id/stages", "job_interview_stages", (call, _world, account) =>
    pages(
      call,
      account.job_interview_stages.filter((row) => String(row.job_id) === call.params.id),
      {},
      stage,
    ),
  ),
  get("jobs/:id/job_posts", "job_posts", (call, _world, account) =>
    json(200, account.job_posts.filter((row) => String(row.job_id) === call.params.id).map(post)),
  ),
  get("jobs/:id/job_post", "job_posts", (call, _world, account) => {
    const row = account.job_posts.find((found) => String(found.job_id) === call.params.id && !found.internal);
    return row ? json(200, post(row)) : refuse(404, "Resource not found");
  }),
  get("job_posts", "job_posts", (call, _world, account) =>
    pages(
      call,
      account.job_posts,
      {
        ...dated,
        live: (row, value) => String(row.live) === value,
        active: (row, value) => String(row.active) === value,
      },
      post,
    ),
  ),
  get("job_stages", "job_interview_stages", (call, _world, account) =>
    pages(call, account.job_interview_stages, dated, stage),
  ),
  get("candidates", "candidates", (call, world, account) =>
    pages(
      call,
      account.candidates,
      {
        ...dated,
        email: (row, value) => row.email_addresses.some((address) => address.value === value),
        candidate_ids: (row, value) => value.split(",").includes(String(row.id)),
        job_id: (row, value) =>
          account.applications.some((found) => found.candidate_id === row.id && String(found.job_id) === value),
      },
      (row) => candidate(account, row, world),
    ),
  ),
  get("candidates/:id", "candidates", (call, world, account) =>
    one(call, account.candidates, (row) => candidate(account, row, world)),
  ),
  get("applications", "applications", (call, world, account) =>
    pages(
      call,
      account.applications,
      {
        ...created,
        last_activity_after: after("last_activity_at"),
        job_id: (row, value) => String(row.job_id) === value,
        status: (row, value) => STATUS[row.status] === value,
      },
      (row) => application(account, row, world),
    ),
  ),
  get("applications/:id", "applications", (call, world, account) =>
    one(call, account.applications, (row) => application(account, row, world)),
  ),
  get("departments", "departments", (call, _world, account) =>
    pages(call, account.departments, {}, ({ id, name }) => ({
      id,
      name,
      parent_id: null,
      child_ids: [],
      external_id: null,
    })),
  ),
  get("offices", "offices", (call, _world, account) =>
    pages(call, account.offices, {}, ({ id }) => office(account, id)[0]),
  ),
  get("users", "users", (call, _world, account) =>
    pages(call, account.users, dated, (row) => ({
      id: row.id,
      name: row.name,
      first_name: row.first_name,
      last_name: row.last_name,
      primary_email_address: row.primary_email,
      updated_at: time(row.updated_at),
      created_at: time(row.created_at),
      disabled: row.deactivated,
      site_admin: row.site_admin,
      emails: [row.primary_email],
      employee_id: null,
    })),
  ),
  get("rejection_reasons", "rejection_reasons", (call, _world, account) =>
    pages(call, account.rejection_reasons, {}, ({ id, name, type }) => ({
      id,
      name,
      type: { id: type.id, name: type.name },
    })),
  ),
  get("sources", "sources", (call, _world, account) =>
    pages(call, account.sources, {}, ({ id, name }) => ({ id, name, type: null })),
  ),
  write("candidates", "harvest:candidates:create", (call, world, account) =>
    withBody(call, personSchema, ({ applications, ...person }) => {
      const unknown = applications.find((wanted) => !account.jobs.some((found) => found.id === wanted.job_id));
      if (unknown)
        return refuse(422, "Validation error", [{ message: "Job does not exist", field: "applications.job_id" }]);
      const made = createCandidate(world, account, person);
      for (const wanted of applications) startApplication(world, account, { ...wanted, candidate_id: made.id });
      return json(201, candidate(account, made, world));
    }),
  ),
  write("candidates/:id/applications", "harvest:applications:create", (call, world, account) =>
    withBody(
      call,
      z.object({ job_id: z.number(), source_id: z.number().optional(), initial_stage_id: z.number().optional() }),
      (input) => {
        const person = account.candidates.find((found) => String(found.id) === call.params.id);
        if (!person) return refuse(404, "Resource not found");
        const made = startApplication(world, account, { ...input, candidate_id: person.id });
        return "candidate_id" in made ? json(201, application(account, made, world)) : made;
      },
    ),
  ),
  write("applications/:id/attachments", "harvest:attachments:create", (call, world, account) =>
    withBody(call, fileSchema, (input) => {
      const row = account.applications.find((found) => String(found.id) === call.params.id);
      if (!row) return refuse(404, "Resource not found");
      const made = attach(
        world.state,
        account,
        { application_id: row.id, type: input.type, filename: input.filename, content_base64: input.content },
        world.now().toISOString(),
      );
      return json(201, files(account, world, (file) => file.id === made.id)[0]);
    }),
  ),
  onApplication("advance", "move", (world, account, row, call) =>
    withBody(call, z.object({ from_stage_id: z.number() }), (input) => move(world, account, row, input)),
  ),
  onApplication("move", "move", (world, account, row, call) =>
    withBody(call, z.object({ from_stage_id: z.number(), to_stage_id: z.number() }), (input) =>
      move(world, account, row, input),
    ),
  ),
  onApplication("reject", "reject", (world, account, row, call) =>
    withBody(call, z.object({ rejection_reason_id: z.number().optional() }), (input) => {
      reject(world, account, row, input.rejection_reason_id ?? null);
      return { status: 204 };
    }),
  ),
  onApplication("unreject", "unreject", (world, account, row) => {
    unreject(world, account, row);
    return { status: 204 };
  }),
  onApplication("hire", "hire", (world, account, row) => {
    hire(world, account, row, null);
    return { status: 204 };
  }),
];
