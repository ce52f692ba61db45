import { z } from "zod";
import { basic, type Call, formBody, json, jsonBody, type Reply, type Route, type World } from "../../framework.ts";
import { asV3, invalid, refuse } from "./access.ts";
import { attach, hire, moveTo, nextStage, reject, unreject } from "./changes.ts";
import { type Account, addApplication, newId, type State } from "./state.ts";

export const API = "harvest.greenhouse.io";
const AUTH = "auth.greenhouse.io";
export const FILES = "s3.amazonaws.com";
const FILE_DAYS = 7;

type Row = { id: number; created_at: string; updated_at: string };
type Filter = (row: Row, value: string) => boolean;

const field = (row: Row, name: string): unknown => Object.entries(row).find(([key]) => key === name)?.[1];
const equals =
  (name: string): Filter =>
  (row, value) =>
    String(field(row, name)) === value;
const among =
  (name: string): Filter =>
  (row, value) =>
    value.split(",").includes(String(field(row, name)));

const OPERATORS: Record<string, (left: number, right: number) => boolean> = {
  gte: (left, right) => left >= right,
  lte: (left, right) => left <= right,
  gt: (left, right) => left > right,
  lt: (left, right) => left < right,
};

/** `operator|time`, as in `updated_at=gte|2026-09-01T00:00:00Z`. Null when the value is not of that form. */
const timeFilter = (value: string) => {
  const [operator = "", time = ""] = value.split("|");
  const compare = OPERATORS[operator];
  const right = Date.parse(time);
  return compare && !Number.isNaN(right) ? (left: string) => compare(Date.parse(left), right) : null;
};

const fileLink = (world: World<State>, id: number) => {
  const until = world.now().getTime() + FILE_DAYS * 86_400_000;
  return world.url(
    FILES,
    `/greenhouse-files/${id}?X-Amz-Expires=${FILE_DAYS * 86_400}&until=${until}&X-Amz-Signature=sandbox`,
  );
};

type Resource = {
  rows(account: Account, world: World<State>): readonly Row[];
  filters?: Record<string, Filter>;
  times?: readonly string[];
};

const RESOURCES: Record<string, Resource> = {
  jobs: {
    rows: (account) => account.jobs,
    filters: {
      status: equals("status"),
      department_id: equals("department_id"),
      confidential: equals("confidential"),
      office_id: (row, value) => String(field(row, "office_ids")).split(",").includes(value),
    },
    times: ["opened_at", "closed_at"],
  },
  job_posts: {
    rows: (account) => account.job_posts,
    filters: { job_ids: among("job_id"), live: equals("live"), active: equals("active") },
  },
  openings: { rows: (account) => account.openings, filters: { job_ids: among("job_id"), open: equals("open") } },
  job_interview_stages: {
    rows: (account) => account.job_interview_stages,
    filters: { job_ids: among("job_id"), active: equals("active") },
  },
  application_stages: {
    rows: (account) => account.application_stages,
    filters: {
      application_ids: among("application_id"),
      job_interview_stage_ids: among("job_interview_stage_id"),
      current: equals("current"),
    },
  },
  applications: {
    rows: (account) => account.applications,
    filters: {
      job_ids: among("job_id"),
      candidate_ids: among("candidate_id"),
      prospect: equals("prospect"),
      // The query says "active" where the body says "in_process".
      status: (row, value) => field(row, "status") === (value === "active" ? "in_process" : value),
    },
    times: ["last_activity_at"],
  },
  candidates: {
    rows: (account) => account.candidates,
    filters: {
      private: equals("private"),
      email: (row, value) => JSON.stringify(field(row, "email_addresses")).includes(JSON.stringify(value)),
      tag: (row, value) => JSON.stringify(field(row, "tags")).includes(JSON.stringify(value)),
    },
    times: ["last_activity_at"],
  },
  attachments: {
    rows: (account, world) =>
      account.attachments.map(({ content_base64: _, ...file }) => ({ ...file, url: fileLink(world, file.id) })),
    filters: { application_ids: among("application_id"), candidate_ids: among("candidate_id") },
  },
  departments: { rows: (account) => account.departments },
  offices: { rows: (account) => account.offices },
  users: {
    rows: (account) => account.users,
    filters: {
      primary_email: equals("primary_email"),
      deactivated: equals("deactivated"),
      site_admin: equals("site_admin"),
    },
  },
  rejection_reasons: { rows: (account) => account.rejection_reasons },
  close_reasons: { rows: (account) => account.close_reasons },
  sources: { rows: (account) => account.sources },
};

const cursorSchema = z.object({ resource: z.string(), after: z.number(), query: z.string(), epoch: z.number() });
const MOST_IDS = 50;

const readCursor = (raw: string, resource: string, epoch: number) => {
  try {
    const cursor = cursorSchema.parse(JSON.parse(Buffer.from(raw, "base64url").toString("utf8")));
    return cursor.resource === resource && cursor.epoch === epoch ? cursor : null;
  } catch {
    return null;
  }
};

/** One list endpoint: filters, `fields`, and a cursor that must travel alone. */
const list = (name: string, resource: Resource, call: Call, world: World<State>, account: Account): Reply => {
  const raw = call.query.get("cursor");
  if (raw !== null && call.query.size > 1) return invalid("cursor", "cursor must be the only query parameter");
  const cursor = raw === null ? null : readCursor(raw, name, world.state.cursorEpoch);
  if (raw !== null && cursor === null) return invalid("cursor", "cursor is invalid");
  const query = cursor ? new URLSearchParams(cursor.query) : call.query;

  const perPage = Number(query.get("per_page") ?? 100);
  if (!Number.isInteger(perPage) || perPage < 1 || perPage > 500)
    return invalid("per_page", "per_page must be between 1 and 500");
  let rows = resource.rows(account, world);
  const times = ["created_at", "updated_at", ...(resource.times ?? [])];
  for (const [key, value] of query) {
    if (key === "per_page" || key === "fields") continue;
    if (key === "ids" || key.endsWith("_ids"))
      if (value.split(",").length > MOST_IDS) return invalid(key, `${key} takes at most ${MOST_IDS} ids`);
    const filter = resource.filters?.[key];
    if (times.includes(key)) {
      const fits = timeFilter(value);
      if (!fits) return invalid(key, `${key} must be operator|time with gte, lte, gt or lt`);
      rows = rows.filter((row) => {
        const at = field(row, key);
        return typeof at === "string" && fits(at);
      });
    } else if (key === "ids") rows = rows.filter((row) => value.split(",").includes(String(row.id)));
    else if (filter) rows = rows.filter((row) => filter(row, value));
    else return invalid(key, `${key} is not a parameter of this endpoint`);
  }
  const rest = rows.filter((row) => row.id > (cursor?.after ?? 0)).toSorted((left, right) => left.id - right.id);
  const shown = rest.slice(0, perPage);
  const last = shown.at(-1);
  const wanted = query.get("fields")?.split(",");
  const body = wanted
    ? shown.map((row) => Object.fromEntries(Object.entries(row).filter(([key]) => wanted.includes(key))))
    : shown;
  if (rest.length <= perPage || !last) return json(200, body);
  const next = { resource: name, after: last.id, query: query.toString(), epoch: world.state.cursorEpoch };
  const link = call.link(`${call.path}?cursor=${Buffer.from(JSON.stringify(next)).toString("base64url")}`);
  return json(200, body, { Link: `<${link}>; rel="next"` });
};

const contacts = z.array(z.object({ value: z.string().min(1), type: z.string() })).default([]);
const newCandidate = z.object({
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
  application: z.object({
    job_id: z.number(),
    source_id: z.number().nullish(),
    initial_stage_id: z.number().nullish(),
  }),
});
const newApplication = z.object({
  candidate_id: z.number(),
  job_id: z.number(),
  source_id: z.number().nullish(),
  initial_stage_id: z.number().nullish(),
});
const moveSchema = z.object({
  from_stage_id: z.number().optional(),
  to_stage_id: z.number().optional(),
  to_job_id: z.number().optional(),
});
const fileSchema = z.object({
  application_id: z.number(),
  filename: z.string().min(1),
  type: z.string(),
  content: z.base64().optional(),
  url: z.url().optional(),
});
const noteSchema = z.object({
  candidate_id: z.number(),
  user_id: z.number().nullable().default(null),
  body: z.string().min(1),
  visibility: z.string(),
});

/** Parses a JSON body, or answers with the first thing that is wrong. */
export const withBody = <T>(call: Call, schema: z.ZodType<T>, handle: (input: T) => Reply): Reply => {
  const parsed = schema.safeParse(jsonBody(call));
  if (parsed.success) return handle(parsed.data);
  return refuse(
    422,
    "Validation error",
    parsed.error.issues.map((issue) => ({ message: issue.message, field: issue.path.join(".") })),
  );
};

/** Starts an application on an open job; shared by the two ways to create one. */
export const startApplication = (
  world: World<State>,
  account: Account,
  input: {
    candidate_id: number;
    job_id: number;
    source_id?: number | null | undefined;
    initial_stage_id?: number | null | undefined;
  },
) => {
  if (!account.jobs.some((job) => job.id === input.job_id)) return invalid("job_id", "job_id does not exist");
  const at = world.now().toISOString();
  const stages = account.job_interview_stages.filter((stage) => stage.job_id === input.job_id);
  const stageIndex = input.initial_stage_id ? stages.findIndex((stage) => stage.id === input.initial_stage_id) : 0;
  if (stageIndex < 0) return invalid("initial_stage_id", "initial_stage_id is not a stage of this job");
  const application = addApplication(world.state, account, input.candidate_id, input.job_id, at, {
    stageIndex,
    sourceId: input.source_id ?? null,
  });
  world.emit("new_candidate_application", { account: account.key, applicationId: String(application.id) });
  return application;
};

export const createCandidate = (
  world: World<State>,
  account: Account,
  person: Omit<z.infer<typeof newCandidate>, "application">,
) => {
  const at = world.now().toISOString();
  const base = { preferred_name: null, private: false, can_email: true, custom_fields: {}, last_activity_at: at };
  const candidate = { ...base, ...person, id: newId(world.state), created_at: at, updated_at: at };
  account.candidates.push(candidate);
  return candidate;
};

const transition =
  (
    scope: string,
    change: (world: World<State>, account: Account, application: Account["applications"][number], call: Call) => Reply,
  ): Route<State>["handle"] =>
  (call, world) =>
    asV3(call, world, `harvest:applications:${scope}`, ({ account }) => {
      const application = account.applications.find((candidate) => String(candidate.id) === call.params.id);
      return application ? change(world, account, application, call) : refuse(404, "Resource not found");
    });

export const move = (
  world: World<State>,
  account: Account,
  application: Account["applications"][number],
  input: z.infer<typeof moveSchema>,
): Reply => {
  if (application.status !== "in_process") return invalid("status", "Only an active application can be moved");
  if (input.from_stage_id !== undefined && input.from_stage_id !== application.job_interview_stage_id)
    return invalid("from_stage_id", "from_stage_id is not the current stage of the application");
  if (input.to_job_id !== undefined) {
    const first = account.job_interview_stages.find((stage) => stage.job_id === input.to_job_id);
    if (!first) return invalid("to_job_id", "to_job_id does not exist");
    application.job_id = first.job_id;
    moveTo(world, account, application, first.id);
    return { status: 204 };
  }
  const target =
    input.to_stage_id === undefined
      ? nextStage(account, application)
      : account.job_interview_stages.find(
          (stage) => stage.id === input.to_stage_id && stage.job_id === application.job_id,
        );
  if (!target) return invalid("to_stage_id", "to_stage_id is not a stage of this job");
  moveTo(world, account, application, target.id);
  return { status: 204 };
};

const patch = (
  path: string,
  scope: string,
  schema: z.ZodType<object>,
  rows: (account: Account) => readonly (Row & object)[],
  event: string,
  key: string,
): Route<State> => ({
  method: "PATCH",
  host: API,
  path,
  handle: (call, world) =>
    asV3(call, world, scope, ({ account }) =>
      withBody(call, schema, (input) => {
        const row = rows(account).find((candidate) => String(candidate.id) === call.params.id);
        if (!row) return refuse(404, "Resource not found");
        Object.assign(row, input, { updated_at: world.now().toISOString() });
        world.emit(event, { account: account.key, [key]: String(row.id) });
        return json(200, row);
      }),
    ),
});

const issueToken = (call: Call, world: World<State>): Reply => {
  const given = basic(call);
  const owner = world.state.credentials.find(
    (candidate) => candidate.clientId === given?.user && candidate.clientSecret === given.password,
  );
  if (!owner || owner.revoked)
    return json(401, { error: "invalid_client", error_description: "Client authentication failed" });
  const form = formBody(call);
  if (form.get("grant_type") !== "client_credentials") return json(400, { error: "unsupported_grant_type" });
  const sub = form.get("sub");
  const account = world.state.accounts.find((candidate) => candidate.key === owner.account);
  if (sub !== null && !account?.users.some((user) => String(user.id) === sub))
    return json(400, { error: "invalid_request", error_description: "sub is not a user" });
  const now = world.now();
  const expiresAt = new Date(now.getTime() + world.state.tokenSeconds * 1000).toISOString();
  const value = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("base64url")}.sandbox`;
  world.state.tokens = world.state.tokens
    .filter(
      (token) =>
        Date.parse(token.expiresAt) > now.getTime() && !(world.state.singleToken && token.clientId === owner.clientId),
    )
    .slice(-200);
  world.state.tokens.push({ value, clientId: owner.clientId, sub: sub === null ? null : Number(sub), expiresAt });
  return json(200, { access_token: value, token_type: "Bearer", expires_at: expiresAt });
};

const file: Route<State>["handle"] = (call, world) => {
  if (call.headers.authorization !== undefined)
    return {
      status: 400,
      headers: { "content-type": "application/xml" },
      body: "<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>",
    };
  const found = world.state.accounts
    .flatMap((account) => account.attachments)
    .find((attachment) => String(attachment.id) === call.params.id);
  if (!found || Number(call.query.get("until")) < world.now().getTime())
    return {
      status: 403,
      headers: { "content-type": "application/xml" },
      body: "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
    };
  return {
    status: 200,
    headers: { "content-type": "application/octet-stream" },
    body: Buffer.from(found.content_base64, "base64"),
  };
};

export const v3Routes: readonly Route<State>[] = [
  { method: "POST", host: AUTH, path: "/token", handle: issueToken },
  { method: "GET", host: FILES, path: "/greenhouse-files/:id", handle: file },
  ...Object.entries(RESOURCES).map(
    ([name, resource]): Route<State> => ({
      method: "GET",
      host: API,
      path: `/v3/${name}`,
      handle: (call, world) =>
        asV3(call, world, `harvest:${name}:list`, ({ account }) => list(name, resource, call, world, account)),
    }),
  ),
  {
    method: "POST",
    host: API,
    path: "/v3/candidates",
    handle: (call, world) =>
      asV3(call, world, "harvest:candidates:create", ({ account }) =>
        withBody(call, newCandidate, ({ application: wanted, ...person }) => {
          if (!account.jobs.some((job) => job.id === wanted.job_id))
            return invalid("application.job_id", "job_id does not exist");
          const candidate = createCandidate(world, account, person);
          const application = startApplication(world, account, { ...wanted, candidate_id: candidate.id });
          return json(201, { candidate, application });
        }),
      ),
  },
  {
    method: "POST",
    host: API,
    path: "/v3/applications",
    handle: (call, world) =>
      asV3(call, world, "harvest:applications:create", ({ account }) =>
        withBody(call, newApplication, (input) => {
          if (!account.candidates.some((candidate) => candidate.id === input.candidate_id))
            return invalid("candidate_id", "candidate_id does not exist");
          const made = startApplication(world, account, input);
          return "candidate_id" in made ? json(201, made) : made;
        }),
      ),
  },
  {
    method: "POST",
    host: API,
    path: "/v3/applications/:id/move",
    handle: transition("move", (world, account, application, call) =>
      withBody(call, moveSchema, (input) => move(world, account, application, input)),
    ),
  },
  {
    method: "POST",
    host: API,
    path: "/v3/applications/:id/reject",
    handle: transition("reject", (world, account, application, call) =>
      withBody(call, z.object({ rejection_reason_id: z.number() }), (input) => {
        if (!account.rejection_reasons.some((reason) => reason.id === input.rejection_reason_id))
          return invalid("rejection_reason_id", "rejection_reason_id does not exist");
        reject(world, account, application, input.rejection_reason_id);
        return { status: 204 };
      }),
    ),
  },
  {
    method: "POST",
    host: API,
    path: "/v3/applications/:id/unreject",
    handle: transition("unreject", (world, account, application) => {
      unreject(world, account, application);
      return { status: 204 };
    }),
  },
  {
    method: "POST",
    host: API,
    path: "/v3/applications/:id/hire",
    handle: transition("hire", (world, account, application, call) =>
      withBody(
        call,
        z.object({ start_date: z.iso.datetime({ offset: true }), close_reason_id: z.number().optional() }),
        (input) => {
          hire(world, account, application, input.close_reason_id ?? null);
          return { status: 204 };
        },
      ),
    ),
  },
  {
    method: "POST",
    host: API,
    path: "/v3/attachments",
    handle: (call, world) =>
      asV3(call, world, "harvest:attachments:create", ({ account }) =>
        withBody(call, fileSchema, (input) => {
          if (!account.applications.some((application) => application.id === input.application_id))
            return invalid("application_id", "application_id does not exist");
          if ((input.content === undefined) === (input.url === undefined))
            return invalid("content", "Give either content or url");
          const { content_base64: _, ...made } = attach(
            world.state,
            account,
            {
              application_id: input.application_id,
              type: input.type,
              filename: input.filename,
              content_base64: input.content ?? "",
            },
            world.now().toISOString(),
          );
          return json(201, { ...made, url: fileLink(world, made.id) });
        }),
      ),
  },
  {
    method: "POST",
    host: API,
    path: "/v3/notes",
    handle: (call, world) =>
      asV3(call, world, "harvest:notes:create", ({ account }) =>
        withBody(call, noteSchema, (input) => {
          const at = world.now().toISOString();
          const note = { ...input, id: newId(world.state), created_at: at, updated_at: at };
          account.notes.push(note);
          return json(201, note);
        }),
      ),
  },
  patch(
    "/v3/jobs/:id",
    "harvest:jobs:update",
    z.strictObject({
      name: z.string().min(1).optional(),
      notes: z.string().optional(),
      requisition_id: z.string().optional(),
    }),
    (account) => account.jobs,
    "job_updated",
    "jobId",
  ),
  patch(
    "/v3/candidates/:id",
    "harvest:candidates:update",
    z.strictObject({
      first_name: z.string().optional(),
      last_name: z.string().optional(),
      company: z.string().nullish(),
      title: z.string().nullish(),
      tags: z.array(z.string()).optional(),
    }),
    (account) => account.candidates,
    "update_candidate",
    "candidateId",
  ),
];
