import { z } from "zod";
import { type Call, json, jsonBody, type Reply, type Route, type World } from "../../framework.ts";
import { as, invalid, notFound } from "./access.ts";
import { type Account, addOpportunity, type Opportunity, type Posting, REASONS, STAGES, type State } from "./state.ts";

const one = (value: unknown, status = 200, beside: Record<string, unknown> = {}) =>
  json(status, { data: value, ...beside });

const showPosting = (row: Posting, account: Account) => {
  const site = `https://jobs.lever.co/${account.key}`;
  const { id, text, state, team, department, location, commitment, salaryRange } = row;
  return {
    ...{ id, text, state },
    distributionChannels: state === "published" ? ["public", "internal"] : null,
    user: account.users[0]?.id,
    owner: account.users[0]?.id,
    hiringManager: null,
    categories: { team, department, location, allLocations: [location], commitment, level: null },
    tags: [],
    content: {
      description: `Work as ${text}.\n`,
      descriptionHtml: `<div>Work as ${text}.</div>`,
      lists: [{ text: "You will", content: "<li>plan</li><li>do</li>" }],
      closing: "",
      closingHtml: "<div>We look forward to you.</div>",
    },
    country: row.country,
    followers: [],
    reqCode: null,
    requisitionCodes: row.requisitionCodes,
    ...(salaryRange ? { salaryRange } : {}),
    urls: state === "draft" ? null : { list: site, show: `${site}/${id}`, apply: `${site}/${id}/apply` },
    confidentiality: "non-confidential",
    workplaceType: row.workplaceType,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
};

const showApplication = (row: Opportunity, application: Opportunity["applications"][number]) => ({
  id: application.id,
  type: "posting",
  candidateId: row.id,
  opportunityId: row.id,
  posting: application.posting,
  name: row.name,
  email: row.emails[0] ?? null,
  phone: row.phones[0] ?? null,
  links: row.links,
  customQuestions: [],
  createdAt: application.createdAt,
  archived: row.archived,
  requisitionForHire: null,
});

const showOpportunity = (row: Opportunity, expand: readonly string[], account: Account) => ({
  ...row,
  applications: row.applications.map((application) =>
    expand.includes("applications") ? showApplication(row, application) : application.id,
  ),
  stage: expand.includes("stage") ? (STAGES.find((stage) => stage.id === row.stage) ?? row.stage) : row.stage,
  confidentiality: "non-confidential",
  location: "Leeds",
  owner: account.users[0]?.id,
  tags: [],
  sourcedBy: null,
  followers: [],
  lastInteractionAt: row.updatedAt,
  lastAdvancedAt: row.stageChanges.at(-1)?.updatedAt ?? null,
  snoozedUntil: null,
  urls: { list: "https://hire.lever.co/candidates", show: `https://hire.lever.co/candidates/${row.id}` },
  dataProtection: null,
});

const token = (state: State, at: number) => Buffer.from(JSON.stringify([state.turn, at])).toString("base64url");

/** Where a page starts; null for a token that is not, or no longer, one of ours. */
const startOf = (state: State, offset: string | null): number | null => {
  if (offset === null) return 0;
  try {
    const parsed = z.tuple([z.number(), z.number()]).safeParse(JSON.parse(Buffer.from(offset, "base64url").toString()));
    return parsed.success && parsed.data[0] === state.turn ? parsed.data[1] : null;
  } catch {
    return null;
  }
};

const list = <Row>(call: Call, state: State, rows: readonly Row[], show: (row: Row) => unknown): Reply => {
  const limit = Number(call.query.get("limit") ?? 100);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) return invalid("limit must be between 1 and 100");
  const start = startOf(state, call.query.get("offset"));
  if (start === null) return invalid("offset is not a valid token");
  const hasNext = start + limit < rows.length;
  return json(200, {
    data: rows.slice(start, start + limit).map(show),
    hasNext,
    ...(hasNext ? { next: token(state, start + limit) } : {}),
  });
};

/** `<name>_start` and `<name>_end`, both in milliseconds. */
const within = (call: Call, name: string, time: number): boolean => {
  const limit = (end: string) => Number(call.query.get(`${name}_${end}`) ?? Number.NaN);
  return !(time < limit("start")) && !(time > limit("end"));
};

const dated = (call: Call, row: { createdAt: number; updatedAt: number }) =>
  within(call, "created_at", row.createdAt) && within(call, "updated_at", row.updatedAt);

const asked = (call: Call, name: string, values: readonly (string | null)[]): boolean => {
  const wanted = call.query.getAll(name);
  return wanted.length === 0 || wanted.some((value) => values.includes(value));
};

const expandOf = (call: Call) => call.query.getAll("expand").flatMap((value) => value.split(","));

const opportunities: Route<State>["handle"] = (call, world) =>
  as(call, world, "opportunities:read", (account) => {
    const rows = account.opportunities.filter(
      (row) =>
        dated(call, row) &&
        asked(call, "archived", [String(row.archived !== null)]) &&
        asked(call, "email", row.emails) &&
        asked(call, "stage_id", [row.stage]) &&
        asked(
          call,
          "posting_id",
          row.applications.map((application) => application.posting),
        ),
    );
    const expand = expandOf(call);
    return list(call, world.state, rows, (row) => showOpportunity(row, expand, account));
  });

const deleted =
  (kind: keyof Account["deleted"]): Route<State>["handle"] =>
  (call, world) =>
    as(call, world, `${kind}:read`, (account) => {
      const rows = account.deleted[kind].filter((row) => within(call, "deleted_at", row.deletedAt));
      return list(call, world.state, rows, (row) => row);
    });

const activeUser = (call: Call, account: Account) =>
  account.users.find((user) => user.id === call.query.get("perform_as") && user.deactivatedAt === null);

const found = (account: Account, call: Call) => account.opportunities.find((row) => row.id === call.params.id);

const newOpportunity = z.object({
  name: z.string().min(1),
  headline: z.string().optional(),
  emails: z.array(z.email()),
  phones: z.array(z.object({ type: z.string(), value: z.string() })).optional(),
  links: z.array(z.string()).optional(),
  sources: z.array(z.string()).optional(),
  origin: z.enum(["agency", "applied", "internal", "referred", "sourced", "university"]).optional(),
  postings: z.array(z.string()).max(1).optional(),
  stage: z.string().optional(),
});

const addPerson: Route<State>["handle"] = (call, world) =>
  as(call, world, "opportunities:write", (account) => {
    if (!activeUser(call, account)) return invalid("perform_as must name an active user");
    const parsed = newOpportunity.safeParse(jsonBody(call));
    if (!parsed.success) return invalid(`${parsed.error.issues[0]?.path.join(".")} is not valid`);
    const given = parsed.data;
    const posting = given.postings?.[0] ?? null;
    if (posting !== null && !account.postings.some((row) => row.id === posting))
      return invalid("postings names an unknown posting");
    const { headline = "", phones = [], links = [], sources = [], origin = "sourced" } = given;
    const person = { name: given.name, headline, emails: given.emails, phones, links, sources, origin };
    const of = { posting, ...(given.stage ? { stage: given.stage } : {}) };
    const { opportunity, deduped } = addOpportunity(world.state, account, person, of, world.now().getTime());
    if (posting !== null) world.emit("applicationCreated", { account: account.key, opportunityId: opportunity.id });
    return one(showOpportunity(opportunity, expandOf(call), account), 201, deduped ? { deduped: true } : {});
  });

export const moveTo = (world: World<State>, account: Account, row: Opportunity, stage: string, userId: string) => {
  const from = row.stage;
  const at = world.now().getTime();
  row.stage = stage;
  row.updatedAt = at;
  const toStageIndex = STAGES.findIndex((known) => known.id === stage);
  row.stageChanges.push({ toStageId: stage, toStageIndex, updatedAt: at, userId });
  world.emit("candidateStageChange", { account: account.key, opportunityId: row.id, fromStageId: from });
};

export const archive = (world: World<State>, account: Account, row: Opportunity, reason: string) => {
  row.updatedAt = world.now().getTime();
  row.archived = { reason, archivedAt: row.updatedAt };
  const hired = REASONS.find((known) => known.id === reason)?.type === "hired";
  const fields = { account: account.key, opportunityId: row.id };
  world.emit("candidateArchiveChange", fields);
  if (hired) world.emit("candidateHired", fields);
};

const setStage: Route<State>["handle"] = (call, world) =>
  as(call, world, "opportunities:write", (account) => {
    const user = activeUser(call, account);
    if (!user) return invalid("perform_as must name an active user");
    const row = found(account, call);
    if (!row) return notFound();
    const parsed = z.object({ stage: z.string() }).safeParse(jsonBody(call));
    const stage = STAGES.find((known) => parsed.success && known.id === parsed.data.stage);
    if (!stage) return invalid("stage is not valid");
    if (row.stage !== stage.id) moveTo(world, account, row, stage.id, user.id);
    return one(showOpportunity(row, [], account));
  });

export const recordRoutes: readonly Route<State>[] = [
  {
    method: "GET",
    path: "/v1/users",
    handle: (call, world) =>
      as(call, world, "users:read", ({ users }) => {
        const all = call.query.get("includeDeactivated") === "true";
        const rows = users.filter((user) => (all || user.deactivatedAt === null) && asked(call, "email", [user.email]));
        return list(call, world.state, rows, (row) => ({ ...row, username: row.name.toLowerCase() }));
      }),
  },
  {
    method: "GET",
    path: "/v1/users/:id",
    handle: (call, world) =>
      as(call, world, "users:read", ({ users }) => {
        const user = users.find((row) => row.id === call.params.id);
        return user ? one(user) : notFound();
      }),
  },
  {
    method: "GET",
    path: "/v1/stages",
    handle: (call, world) => as(call, world, "stages:read", () => list(call, world.state, STAGES, (row) => row)),
  },
  {
    method: "GET",
    path: "/v1/archive_reasons",
    handle: (call, world) =>
      as(call, world, "archive_reasons:read", () => {
        const rows = REASONS.filter((row) => asked(call, "type", [row.type]));
        return list(call, world.state, rows, (row) => row);
      }),
  },
  {
    method: "GET",
    path: "/v1/postings",
    handle: (call, world) =>
      as(call, world, "postings:read", (account) => {
        const rows = account.postings.filter((row) => dated(call, row) && asked(call, "state", [row.state]));
        return list(call, world.state, rows, (row) => showPosting(row, account));
      }),
  },
  { method: "GET", path: "/v1/postings/deleted", handle: deleted("postings") },
  {
    method: "GET",
    path: "/v1/postings/:id",
    handle: (call, world) =>
      as(call, world, "postings:read", (account) => {
        const row = account.postings.find((posting) => posting.id === call.params.id);
        return row ? one(showPosting(row, account)) : notFound();
      }),
  },
  { method: "GET", path: "/v1/applications/deleted", handle: deleted("applications") },
  { method: "GET", path: "/v1/opportunities", handle: opportunities },
  { method: "POST", path: "/v1/opportunities", handle: addPerson },
  { method: "GET", path: "/v1/opportunities/deleted", handle: deleted("opportunities") },
  {
    method: "GET",
    path: "/v1/opportunities/:id",
    handle: (call, world) =>
      as(call, world, "opportunities:read", (account) => {
        const row = found(account, call);
        return row ? one(showOpportunity(row, expandOf(call), account)) : notFound();
      }),
  },
  { method: "PUT", path: "/v1/opportunities/:id/stage", handle: setStage },
  {
    method: "GET",
    path: "/v1/opportunities/:id/applications",
    handle: (call, world) =>
      as(call, world, "applications:read", (account) => {
        const row = found(account, call);
        if (!row) return notFound();
        return list(call, world.state, row.applications, (application) => showApplication(row, application));
      }),
  },
];
