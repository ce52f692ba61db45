import { randomUUID } from "node:crypto";
import { z } from "zod";
import {
  basic,
  bearer,
  type Call,
  formBody,
  json,
  jsonBody,
  type Reply,
  type Route,
  type World,
} from "../../framework.ts";
import { GraphQLSyntax, type Operation, parseOperation, project, type Selection, UnknownField } from "./graphql.ts";
import { APIS, type Post, type State } from "./state.ts";

const TOKEN_SECONDS = 3600;

type Problem = { message: string; path?: readonly (string | number)[]; code: string };

const withErrors = (data: unknown, problems: readonly Problem[]): Reply =>
  json(200, {
    data,
    errors: problems.map(({ message, path, code }) => ({
      message,
      ...(path ? { path } : {}),
      extensions: { code, classification: code === "BAD_USER_INPUT" ? "ValidationError" : "ExecutionAborted" },
    })),
  });

/** Two-legged OAuth: client id and secret by HTTP Basic or as form fields. */
const token: Route<State>["handle"] = (call, world) => {
  const form = formBody(call);
  const pair = basic(call);
  // The parts of a Basic pair are form-encoded (RFC 6749 §2.3.1).
  const plain = (text: string) => decodeURIComponent(text.replaceAll("+", " "));
  const id = pair ? plain(pair.user) : form.get("client_id");
  const secret = pair ? plain(pair.password) : form.get("client_secret");
  const own = world.state.clients.find((one) => one.clientId === id && one.clientSecret === secret);
  if (!own || own.revoked)
    return json(401, { error: "invalid_client", error_description: "Client authentication failed" });
  if (form.get("grant_type") !== "client_credentials") return json(400, { error: "unsupported_grant_type" });
  if (form.get("scope") !== "employer_access") return json(400, { error: "invalid_scope" });
  const value = `ind_at_${randomUUID().replaceAll("-", "")}`;
  const expiresAt = new Date(world.now().getTime() + TOKEN_SECONDS * 1000).toISOString();
  world.state.tokens.push({ value, clientId: own.clientId, expiresAt });
  return json(200, {
    access_token: value,
    token_type: "Bearer",
    expires_in: TOKEN_SECONDS,
    scope: "employer_access",
  });
};

export const clientOf = (call: Call, { state, now }: World<State>) => {
  const live = state.tokens.find((one) => one.value === bearer(call) && Date.parse(one.expiresAt) > now().getTime());
  const own = live && state.clients.find((one) => one.clientId === live.clientId);
  return own && !own.revoked ? own : null;
};

const filled = (message = "is required") => z.string({ error: message }).trim().min(1, { error: message });
const amount = z.number().int().positive();

const postingInput = z
  .object({
    body: z.object({
      title: filled(),
      description: filled(),
      descriptionFormatting: z.enum(["TEXT", "RICH_FORMATTING"]).optional(),
      location: z.object({
        country: z.string().regex(/^[A-Z]{2}$/, { error: "is not a country code" }),
        cityRegionPostal: z.string().nullish(),
      }),
      salary: z
        .object({
          currency: z.string().regex(/^[A-Z]{3}$/, { error: "is not a currency" }),
          minimumMinor: amount,
          maximumMinor: amount.nullish(),
          period: z.enum(["HOUR", "DAY", "WEEK", "MONTH", "YEAR", "MILE", "TASK", "SHIFT"]),
        })
        .refine((salary) => (salary.maximumMinor ?? salary.minimumMinor) >= salary.minimumMinor, {
          error: "the maximum is below the minimum",
        })
        .nullish(),
      benefits: z.array(z.string()),
    }),
    metadata: z.object({
      jobSource: z
        .object({
          companyName: filled(),
          sourceName: filled().regex(/\D/, { error: "must not be a bare number" }),
          sourceType: z.enum(["Employer", "Job Board", "Staffing Agency"]),
          isPlacement: z.boolean().optional(),
        })
        .refine((source) => !source.isPlacement || source.sourceType === "Staffing Agency", {
          error: "isPlacement wants the sourceType Staffing Agency",
        }),
      jobPostingId: filled(),
      jobRequisitionId: z.string().optional(),
      taxonomyClassification: z
        .object({ jobTypes: z.array(z.string()).optional(), remoteType: z.string().nullish() })
        .optional(),
      contacts: z.object(
        {
          contactType: z.literal("contact", { error: "exactly one contact of type contact is required" }),
          contactInfo: z.object({ contactName: filled(), contactEmail: z.email() }),
        },
        { error: "exactly one contact of type contact is required" },
      ),
      datePublished: z
        .string()
        .refine((text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) && !Number.isNaN(Date.parse(text)), {
          error: "is not a date-time",
        }),
      url: z.url(),
    }),
    applyMethod: z
      .object({
        indeedApply: z.object({
          apiToken: z.string().optional(),
          postUrl: z.url(),
          jobMeta: z.string().optional(),
          nameFormat: z.string().optional(),
          phoneRequired: z.enum(["YES", "OPTIONAL", "NO"]).optional(),
          coverLetterRequired: z.enum(["YES", "OPTIONAL", "NO"]).optional(),
          resumeRequired: z.enum(["YES", "OPTIONAL", "NO"]).optional(),
          applyQuestions: z.url().optional(),
        }),
      })
      .optional(),
  })
  .refine((job) => Buffer.byteLength(job.body.description) <= 65_000, {
    path: ["body", "description"],
    error: "is longer than 65000 bytes",
  })
  .refine(
    (job) =>
      Boolean(job.body.location.cityRegionPostal) || job.metadata.taxonomyClassification?.remoteType === "Fully Remote",
    { path: ["body", "location", "cityRegionPostal"], error: "may only be null when the job is Fully Remote" },
  );

const inputs = z.object({ input: z.object({ jobPostings: z.array(z.unknown()).min(1).max(100) }) });
const keyInput = z.object({
  metadata: z.object({ jobPostingId: z.string(), jobSource: z.object({ sourceName: z.string() }) }),
});

/** Creates or, under the same client, id and source name, replaces a posting. Refused items are null, with an error each. */
const ingest = (world: World<State>, clientId: string, account: string, args: unknown) => {
  const parsed = inputs.safeParse(args);
  if (!parsed.success) return { value: null, problems: [bad(parsed.error, ["input"])] };
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const results = parsed.data.input.jobPostings.map((raw, index) => {
    const at = ["jobsIngest", "createSourcedJobPostings", "results", index];
    const key = keyInput.safeParse(raw);
    const triple = key.success ? `${key.data.metadata.jobSource.sourceName}\n${key.data.metadata.jobPostingId}` : "";
    const item = postingInput.safeParse(raw);
    if (!item.success || seen.has(triple)) {
      problems.push(
        item.success
          ? { message: "Duplicate job in one request", path: at, code: "BAD_USER_INPUT" }
          : bad(item.error, at),
      );
      return { jobPosting: null };
    }
    seen.add(triple);
    const { sourcedPostingId, employerJobId } = put(world, clientId, account, item.data);
    return { jobPosting: { sourcedPostingId, employerJobId } };
  });
  return { value: { results }, problems };
};

const bad = (error: z.ZodError, path: readonly (string | number)[]): Problem => {
  const [issue] = error.issues;
  return {
    message: `${issue?.path.join(".") || "input"}: ${issue?.message ?? "invalid"}`,
    path,
    code: "BAD_USER_INPUT",
  };
};

const put = (world: World<State>, clientId: string, account: string, job: z.infer<typeof postingInput>): Post => {
  const { state } = world;
  const { jobPostingId, jobSource } = job.metadata;
  const known = state.posts.find(
    (one) => one.clientId === clientId && one.jobPostingId === jobPostingId && one.sourceName === jobSource.sourceName,
  );
  const rejected = state.rejectNext !== null;
  state.rejectNext = null;
  const now = world.now().toISOString();
  const fresh = {
    title: job.body.title,
    postUrl: job.applyMethod?.indeedApply.postUrl ?? null,
    needsSponsor: false,
  };
  if (known) {
    const anew = known.status === "expired" || known.status === "rejected";
    const status = rejected ? "rejected" : anew ? "received" : known.status;
    Object.assign(known, fresh, { status, receivedAt: anew ? now : known.receivedAt, writes: known.writes + 1 });
    return known;
  }
  const made: Post = {
    ...fresh,
    clientId,
    account,
    jobPostingId,
    sourceName: jobSource.sourceName,
    sourcedPostingId: randomUUID(),
    employerJobId: Buffer.from(`employer-job:${randomUUID()}`).toString("base64url"),
    status: rejected ? "rejected" : "received",
    receivedAt: now,
    writes: 1,
  };
  state.posts.push(made);
  return made;
};

/** What has been waiting long enough is in the search. */
export const index = ({ state, now }: World<State>, all = false): number => {
  const due = state.posts.filter(
    (one) =>
      one.status === "received" && (all || now().getTime() - Date.parse(one.receivedAt) >= state.indexSeconds * 1000),
  );
  for (const post of due) post.status = "active";
  return due.length;
};

const expireInput = z.object({
  input: z.object({ jobs: z.array(z.object({ sourcedPostingId: z.string() })).min(1) }),
});

const expire = ({ state }: World<State>, clientId: string, args: unknown) => {
  const parsed = expireInput.safeParse(args);
  if (!parsed.success) return { value: null, problems: [bad(parsed.error, ["input"])] };
  const problems: Problem[] = [];
  const results = parsed.data.input.jobs.map(({ sourcedPostingId }, at) => {
    const post = state.posts.find((one) => one.clientId === clientId && one.sourcedPostingId === sourcedPostingId);
    if (!post) {
      problems.push({
        message: `No posting ${sourcedPostingId}`,
        path: ["jobsIngest", "expireSourcedJobsBySourcedPostingId", "results", at],
        code: "NOT_FOUND",
      });
      return null;
    }
    post.status = "expired";
    return { trackingKey: randomUUID(), inputData: { sourcedPostingId } };
  });
  return { value: { results }, problems };
};

const jobPostOf = (post: Post) => ({
  id: post.employerJobId,
  seats: [
    {
      jobPost: {
        id: `${post.employerJobId}-post`,
        status: {
          globalStatus: {
            lifecycleStatus: post.status === "expired" ? "EXPIRED" : post.status === "active" ? "ACTIVE" : "PENDING",
            isIndeedApplyActive: post.postUrl !== null && post.status === "active",
          },
          surfaceStatuses: [
            {
              isRejected: post.status === "rejected",
              isSponsorshipRequired: post.needsSponsor,
              isMissingRequiredSponsorship: post.needsSponsor,
            },
          ],
        },
      },
    },
  ],
});

const STATUSES =
  "NEW REVIEW LIKED CONTACTED SCREEN POSITIVELY_SCREENED ASSESS_QUALIFICATIONS INTERVIEW BACKGROUND_CHECK VERIFY_ELIGIBILITY OFFER_MADE OFFER_DECLINED HIRED ONBOARDED NOT_SELECTED WITHDRAWN INCOMPLETE JOB_INACTIVE JOB_CLOSED UNABLE_TO_MAP DROPPED_DUPLICATE DROPPED_JOB_EXPIRED DROPPED_FRAUD_SPAM".split(
    " ",
  );
const disposition = z.object({
  identifiedBy: z
    .object({
      indeedApplyID: z.string().optional(),
      ittk: z.string().optional(),
      universalApplyId: z.string().optional(),
      alternateIdentifier: z.record(z.string(), z.unknown()).optional(),
    })
    .refine((by) => Object.values(by).filter((one) => one !== undefined).length === 1, {
      error: "wants exactly one identifier",
    }),
  dispositionStatus: z.enum(STATUSES),
  rawDispositionStatus: filled(),
  rawDispositionDetails: z.string().optional(),
  atsName: filled(),
  statusChangeDateTime: z.iso.datetime({ offset: true }),
  applicationSourceName: z.string().optional(),
});
const dispositionInput = z.object({ input: z.object({ dispositions: z.array(disposition).min(1) }) });

const takeDispositions = (world: World<State>, account: string, args: unknown) => {
  const parsed = dispositionInput.safeParse(args);
  if (!parsed.success) return { value: null, problems: [bad(parsed.error, ["input"])] };
  const failed: unknown[] = [];
  let good = 0;
  for (const { identifiedBy, ...one } of parsed.data.input.dispositions) {
    const id = identifiedBy.indeedApplyID ?? "";
    if (!world.state.applications.some((sent) => sent.account === account && sent.id === id)) {
      const none = { indeedApplyID: null, ittk: null, universalApplyId: null };
      failed.push({ identifiedBy: { ...none, ...identifiedBy }, rationale: "No application with this identifier" });
      continue;
    }
    good++;
    const { dispositionStatus: status, rawDispositionStatus: raw, statusChangeDateTime: at } = one;
    world.state.dispositions.push({ at, account, id, status, raw });
  }
  return { value: { numberGoodDispositions: good, failedDispositions: failed }, problems: [] };
};

const bodySchema = z.object({
  query: z.string(),
  operationName: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
});

const graphql: Route<State>["handle"] = (call, world) => {
  const own = clientOf(call, world);
  if (bearer(call) === "") return withErrors(null, [{ message: "Not authenticated", code: "UNAUTHENTICATED" }]);
  // One answer for a token that is old or unknown and for a client without the permission.
  if (!own?.mayPost) return withErrors(null, [{ message: "client not authorised", code: "FORBIDDEN" }]);
  const body = bodySchema.safeParse(jsonBody(call));
  if (!body.success) return json(400, { errors: [{ message: "POST body missing or malformed" }] });
  let operation: Operation;
  try {
    operation = parseOperation(body.data.query, body.data.variables ?? {});
  } catch (error) {
    if (!(error instanceof GraphQLSyntax)) throw error;
    return withErrors(null, [{ message: error.message, code: "GRAPHQL_PARSE_FAILED" }]);
  }
  try {
    const answers = operation.fields.map((field) => ({ field, ...answer(world, own, operation.kind, field) }));
    const data = Object.fromEntries(
      answers.map(({ field, value }) => [field.as, project(value, field.fields, field.name)]),
    );
    const problems = answers.flatMap((one) => one.problems);
    return problems.length > 0 ? withErrors(data, problems) : json(200, { data });
  } catch (error) {
    if (!(error instanceof UnknownField)) throw error;
    return withErrors(null, [{ message: error.message, code: "GRAPHQL_VALIDATION_FAILED" }]);
  }
};

type Answered = { value: unknown; problems: readonly Problem[] };

const answer = (
  world: World<State>,
  own: State["clients"][number],
  kind: Operation["kind"],
  field: Selection,
): Answered => {
  if (kind === "query" && field.name === "__typename") return { value: "Query", problems: [] };
  if (kind === "query" && field.name === "node") {
    index(world);
    const post = world.state.posts.find((one) => one.clientId === own.clientId && one.employerJobId === field.args.id);
    if (post) return { value: jobPostOf(post), problems: [] };
    return { value: null, problems: [{ message: "The node was not found", path: [field.as], code: "NOT_FOUND" }] };
  }
  const [inner, ...more] = field.fields ?? [];
  if (kind !== "mutation" || !inner || more.length > 0) throw new UnknownField(`Cannot query field "${field.name}"`);
  const run = (): Answered => {
    const path = `${field.name}.${inner.name}`;
    if (path === "jobsIngest.createSourcedJobPostings") return ingest(world, own.clientId, own.account, inner.args);
    if (path === "jobsIngest.expireSourcedJobsBySourcedPostingId") return expire(world, own.clientId, inner.args);
    if (path === "partnerDisposition.send") return takeDispositions(world, own.account, inner.args);
    throw new UnknownField(`Cannot query field "${inner.name}" on "${field.name}"`);
  };
  const { value, problems } = run();
  return { value: { [inner.name]: value }, problems };
};

export const jobSyncRoutes: readonly Route<State>[] = [
  { method: "POST", host: APIS, path: "/oauth/v2/tokens", handle: token },
  { method: "POST", host: APIS, path: "/graphql", handle: graphql },
];
