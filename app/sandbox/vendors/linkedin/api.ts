import { randomUUID } from "node:crypto";
import { z } from "zod";
import {
  type Call,
  formBody,
  header,
  htmlReply,
  json,
  jsonBody,
  type Reply,
  type Route,
  type World,
} from "../../framework.ts";
import { html, page } from "../../markup.ts";
import { type Account, API, callerOf, type Job, type State, type Task, WWW } from "./state.ts";
import { advance, jobOf } from "./tasks.ts";

const TOKEN_SECONDS = 1800;

const refuse = (status: number, serviceErrorCode: number, message: string): Reply =>
  json(status, { status, serviceErrorCode, message });

const token: Route<State>["handle"] = (call, world) => {
  const form = formBody(call);
  const own = world.state.accounts.find(
    (one) => one.clientId === form.get("client_id") && one.clientSecret === form.get("client_secret"),
  );
  if (!own || own.revoked)
    return json(401, { error: "invalid_client", error_description: "Client authentication failed" });
  if (form.get("grant_type") !== "client_credentials") return json(400, { error: "unsupported_grant_type" });
  const value = `li_at_${randomUUID().replaceAll("-", "")}`;
  const expiresAt = new Date(world.now().getTime() + TOKEN_SECONDS * 1000).toISOString();
  world.state.tokens.push({ value, clientId: own.clientId, expiresAt });
  return json(200, { access_token: value, expires_in: TOKEN_SECONDS });
};

const asCaller = (call: Call, world: World<State>, handle: (own: Account) => Reply | Promise<Reply>) => {
  const own = callerOf(call, world);
  if (own === null) return refuse(401, 65600, "Invalid access token");
  if (own === "expired") return refuse(401, 65602, "The token used in the request has expired");
  if (!own.mayPost) return refuse(403, 100, "Not enough permissions to access: simpleJobPostings");
  if (call.path.startsWith("/rest/") && !/^20\d{4}$/.test(header(call, "linkedin-version")))
    return refuse(400, 0, "A version must be present in the LinkedIn-Version header");
  return handle(own);
};

const filled = z.string({ error: "field is required but not found and has no default value" }).min(1);
const money = z.object({ currencyCode: z.string().length(3), amount: z.string().regex(/^\d+(\.\d+)?$/) });
const range = z.object({ start: money, end: money });
/** The foundation schema, strict about what the documents state. */
const elementSchema = z
  .object({
    externalJobPostingId: filled.max(75),
    jobPostingOperationType: z.enum(["CREATE", "UPDATE", "RENEW", "CLOSE"]),
    title: filled.max(200),
    description: filled.min(100).max(25_000),
    listedAt: z.number().int(),
    location: filled.regex(/^[^,]+, [^,]+$/, { error: 'is neither "City, Country" nor "PostalCode, CountryCode"' }),
    alternateLocations: z.array(z.string()).max(7).optional(),
    company: z
      .string()
      .regex(/^urn:li:organization:\d+$/)
      .optional(),
    integrationContext: z
      .string()
      .regex(/^urn:li:organization:\d+$/)
      .optional(),
    companyName: z.string().optional(),
    companyApplyUrl: z.url(),
    companyJobCode: z.string().optional(),
    workplaceTypes: z
      .array(z.enum(["On-site", "Hybrid", "Remote"]))
      .length(1)
      .optional(),
    employmentStatus: z
      .enum(["FULL_TIME", "PART_TIME", "CONTRACT", "INTERNSHIP", "TEMPORARY", "VOLUNTEER", "OTHER"])
      .optional(),
    experienceLevel: z
      .enum(["ENTRY_LEVEL", "MID_SENIOR_LEVEL", "DIRECTOR", "EXECUTIVE", "INTERNSHIP", "ASSOCIATE", "NOT_APPLICABLE"])
      .optional(),
    categories: z.array(z.string()).max(3).optional(),
    skillsDescription: z.string().max(4_000).optional(),
    compensation: z
      .object({
        compensations: z.array(
          z.object({
            type: z.string(),
            period: z.enum(["YEARLY", "MONTHLY", "SEMIMONTHLY", "BIWEEKLY", "WEEKLY", "DAILY", "HOURLY"]),
            value: z.union([z.object({ range }), z.object({ exactAmount: money })]),
          }),
        ),
      })
      .optional(),
    expireAt: z.number().int().optional(),
    listingType: z.enum(["BASIC", "PREMIUM"]).optional(),
    availability: z.enum(["PUBLIC", "INTERNAL"]).optional(),
    posterEmail: z.email().optional(),
    onsiteApplyConfiguration: z.looseObject({ jobApplicationWebhookUrl: z.url() }).optional(),
  })
  .loose();

const refused = (message: string) => ({ status: 422, error: { status: 422, message } });

/** One element of a batch: a task is made, or the element alone is refused. */
const submit = (world: World<State>, own: Account, raw: unknown) => {
  const parsed = elementSchema.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refused(`ERROR :: /${issue?.path.join("/") ?? ""} :: ${issue?.message ?? "is invalid"}\n`);
  }
  const { data } = parsed;
  const now = world.now().getTime();
  if (data.listedAt > now + 60_000) return refused("ERROR :: /listedAt :: ERROR_INVALID_LISTED_AT_FIELD\n");
  if (data.expireAt !== undefined && (data.expireAt <= now + 86_400_000 || data.expireAt > now + 181 * 86_400_000))
    return refused("ERROR :: /expireAt :: is out of range\n");
  if ((data.company ?? data.integrationContext) !== `urn:li:organization:${own.organizationId}` && !data.companyName)
    return refused("ERROR :: /company :: is not the organization of this application\n");
  const busy = world.state.tasks.some(
    (one) =>
      one.clientId === own.clientId &&
      one.externalJobPostingId === data.externalJobPostingId &&
      one.status === "IN_PROGRESS",
  );
  if (busy) return refused("ERROR :: /externalJobPostingId :: another task for it is in progress\n");
  const id = `urn:li:simpleJobPostingTask:${randomUUID()}`;
  world.state.tasks.push({
    id,
    clientId: own.clientId,
    externalJobPostingId: data.externalJobPostingId,
    operation: data.jobPostingOperationType,
    status: "IN_PROGRESS",
    element: data,
    errorMessage: null,
    jobPosting: null,
    createdAt: world.now().toISOString(),
  });
  return { status: 202, id, location: `/simpleJobPostings/${encodeURIComponent(id)}` };
};

const batchCreate: Route<State>["handle"] = (call, world) =>
  asCaller(call, world, async (own) => {
    await advance(world);
    if (header(call, "x-restli-method") !== "batch_create")
      return refuse(400, 0, "x-restli-method must be batch_create");
    const body = z.object({ elements: z.array(z.unknown()).min(1).max(100) }).safeParse(jsonBody(call));
    if (!body.success) return refuse(400, 0, "elements must hold 1 to 100 job postings");
    return json(200, { elements: body.data.elements.map((raw) => submit(world, own, raw)) });
  });

const byIds = (ids: readonly string[], find: (id: string) => unknown) => {
  const results: Record<string, unknown> = {};
  const errors: Record<string, unknown> = {};
  for (const id of ids) {
    const found = find(id);
    if (found === undefined) errors[id] = { status: 404, message: "Not found" };
    else results[id] = found;
  }
  return json(200, { results, statuses: {}, errors });
};

const print = (task: Task) => ({
  id: task.id,
  status: task.status,
  externalJobPostingId: task.externalJobPostingId,
  location: task.element.location,
  ...(task.jobPosting ? { jobPosting: task.jobPosting } : {}),
  ...(task.errorMessage ? { errorMessage: task.errorMessage } : {}),
});

const tasks: Route<State>["handle"] = (call, world) =>
  asCaller(call, world, async (own) => {
    await advance(world);
    const ids = call.query.getAll("ids");
    if (ids.length === 0 || ids.some((id) => !id.startsWith("urn:li:simpleJobPostingTask:")))
      return refuse(400, 0, "Batch key parameter value is invalid");
    return byIds(ids, (id) => {
      const task = world.state.tasks.find((one) => one.id === id && one.clientId === own.clientId);
      return task && print(task);
    });
  });

const listing = (call: Call, job: Job) => ({
  // Ids that look like numbers come back as numbers.
  externalJobPostingId: /^\d+$/.test(job.externalJobPostingId)
    ? Number(job.externalJobPostingId)
    : job.externalJobPostingId,
  listingStatus: job.listing,
  ...(job.problem
    ? {
        listingStatusDetail: { errorCode: "POLICY", errorType: "CUSTOMER_ERROR", statusMessage: job.problem },
      }
    : {}),
  linkedInApplyStatus: job.applyStatus,
  promotionStatus: "NOT_PROMOTED",
  ...(job.listing === "LISTED" ? { jobPostingUrl: viewUrl(call, job) } : {}),
  jobPostingInfo: { expireAt: job.expireAt, visibilityTag: "PUBLIC" },
});

/** Where people see the job: the same host as LinkedIn's own, in the form in which the request came. */
const viewUrl = (call: Call, job: Job) => call.link(`/jobs/view/${job.number}`).replace(API, WWW);

const statuses: Route<State>["handle"] = (call, world) =>
  asCaller(call, world, async (own) => {
    await advance(world);
    const ids = call.query.getAll("ids");
    if (ids.length === 0 || ids.length > 100) return refuse(400, 0, "Between 1 and 100 ids");
    return byIds(ids, (id) => {
      const job = jobOf(world.state, own.clientId, id);
      return job && listing(call, job);
    });
  });

const lifecycle = z.object({
  jobApplicationId: filled,
  action: z.enum(["APPLICATION_VIEWED", "RESUME_DOWNLOADED", "APPLICATION_REJECTED"]),
  performedAt: z.number().int(),
  integrationContext: z.string().regex(/^urn:li:organization:\d+$/),
});

const lifecycleAction: Route<State>["handle"] = (call, world) =>
  asCaller(call, world, (own) => {
    const parsed = lifecycle.safeParse(jsonBody(call));
    if (!parsed.success || header(call, "x-restli-method") !== "create")
      return refuse(422, 0, parsed.success ? "x-restli-method must be create" : z.prettifyError(parsed.error));
    const { jobApplicationId: application, action, performedAt } = parsed.data;
    if (!world.state.applications.some((one) => one.id === application))
      return refuse(404, 0, "No such job application");
    const at = new Date(performedAt).toISOString();
    world.state.actions.push({ at, clientId: own.clientId, application, action });
    return json(201, {});
  });

const view: Route<State>["handle"] = (call, { state }) => {
  const job = state.jobs.find((one) => String(one.number) === call.params.number && one.listing === "LISTED");
  if (!job) return htmlReply(404, page("LinkedIn", html`<h1>No longer accepting applications</h1>`, false));
  const body = html`<h1>${job.title}</h1><p><a href="${job.applyUrl}">Apply on the company's site</a></p>`;
  return htmlReply(200, page(`${job.title} · LinkedIn`, body, false));
};

export const linkedInRoutes: readonly Route<State>[] = [
  { method: "POST", host: WWW, path: "/oauth/v2/accessToken", handle: token },
  ...["/rest", "/v2"].flatMap((base): Route<State>[] => [
    { method: "POST", host: API, path: `${base}/simpleJobPostings`, handle: batchCreate },
    { method: "GET", host: API, path: `${base}/simpleJobPostingTasks`, handle: tasks },
  ]),
  { method: "GET", host: API, path: "/v2/jobPostingStatus", handle: statuses },
  { method: "POST", host: API, path: "/v2/jobApplicationLifecycleActions", handle: lifecycleAction },
  { method: "GET", host: WWW, path: "/jobs/view/:number", handle: view },
];
