import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import { logWith } from "#app/platform/log.server.ts";
import { keyScopes } from "#app/platform/permissions.ts";
import { operations } from "#app/services/api/operations.server.ts";
import { createApiKey } from "#app/services/api-keys.server.ts";
import { withSystem } from "#db/client.server.ts";
import { rateLimit } from "#db/schema/people.ts";
import { catalog, type TaskName, type TaskPayload, taskNames } from "#jobs/catalog.ts";
import { taskModules } from "#jobs/tasks/index.ts";
import { type AppRoute, appRoutes, testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { signedIn, type TestMember, testMember } from "#tests/support/people.ts";
import { checksums, fillEmployer, MARK } from "#tests/support/tenants.ts";
import type { Visitor } from "#tests/support/visitor.ts";

/**
 * Walks every route and every task, as they are found, with the ids of another employer. A new one is walked without a
 * line here, unless its ids have a name that is not known yet: then this test says which.
 */

/** Addresses without a tenant of the signed-in person, each with its own guard. */
const OWN_GUARD: readonly { under: RegExp; why: string }[] = [
  {
    under: /^\/(login|logout|no-employer|invite|portal|__gallery)(\/|$)/,
    why: "before the sign-in; invitations and guest links carry a key of their own",
  },
  { under: /^\/careers\//, why: "open to everyone: it shows what an employer publishes" },
  { under: /^\/inbox\//, why: "open to whoever knows the address: it takes what is posted and shows nothing" },
  { under: /^\/feeds\//, why: "open to the boards that crawl it" },
  { under: /^\/webhooks\/:vendor/, why: "vendors, by signature" },
  { under: /^\/oauth\//, why: "bound to the session that began it; proven in the connect tests" },
  { under: /^\/api(\/|$)/, why: "every operation is walked below" },
  {
    under: /^\/resources\/(theme|live)$/,
    why: "the look is a cookie; the live line is an endless stream of one employer",
  },
  { under: /^\/resources\/files\//, why: "opens only by a signed link; proven in the document tests" },
  { under: /^\/metrics$/, why: "by a token of the instance; its figures name no employer" },
  { under: /^\/\*$/, why: "answers what nothing else does" },
];

/** Where a dynamic part stands behind this word, it is an id of this table. */
const TABLE_OF: Readonly<Record<string, string>> = {
  integrations: "connection",
  connections: "connection",
  jobs: "job",
  postings: "posting",
  applicants: "application",
  applications: "application",
  candidates: "candidate",
  interviews: "interview",
  webhooks: "endpoint",
  endpoints: "endpoint",
  deliveries: "delivery",
  attempts: "attempt",
  inbound: "inbound_delivery",
  documents: "document",
  issues: "issue",
  events: "event",
  hooks: "endpoint",
  receive: "inbox",
  "portal-links": "portal_link",
  recoveries: "recovery",
  secrets: "endpoint_secret",
  runs: "sync_run",
  run: "sync_run",
};

/** A task's `deliveryId` is an outbound delivery, unless it is said here. */
const TASK_TABLE_OF: Readonly<Record<string, string>> = {
  "inbound-process.deliveryId": "inbound_delivery",
};

/** Dynamic parts that name no tenant's row. */
const NO_IDS: Readonly<Record<string, string>> = { vendor: "greenhouse", type: "greenhouse", what: "jobs" };

const database = await testDatabase();
const { url } = await testApp();
const admin = postgres(database.adminUrl, { max: 2, onnotice: () => {} });
afterAll(() => admin.end());

const routes = await appRoutes();
let ours: TestMember;
let theirs: TestMember;
let ids: Record<string, string>;
let visitor: Visitor;
let theirVisitor: Visitor;
let key: string;
let before: Record<string, string>;

beforeAll(async () => {
  ours = await testMember();
  theirs = await testMember();
  ids = await fillEmployer(admin, theirs);
  await admin`
    insert into delivery (employer_id, id, endpoint_id, event_id, event_type, state, last_error)
    select employer_id, ${newId()}, endpoint_id, event_id, ${MARK}, 'failed', ${MARK} from delivery
    where employer_id = ${theirs.employerId}`;
  visitor = await signedIn(url, ours);
  theirVisitor = await signedIn(url, theirs);
  key = (await createApiKey(ours.actor, { name: "all", scopes: keyScopes, days: null })).key;
  before = await checksums(admin, theirs.employerId);
});

const guardedElsewhere = (path: string) => OWN_GUARD.some(({ under }) => under.test(path));
const walked = routes.filter(
  ({ path, module }) => !guardedElsewhere(path) && ("loader" in module || "action" in module),
);

/** An address with the other employer's ids in it, and whether it holds any. */
function foreign(path: string): { path: string; holdsIds: boolean } {
  let word = "";
  let holdsIds = false;
  const parts = path.split("/").map((part) => {
    const name = /^:(\w+)\??$|^\{(\w+)\}$/.exec(part)?.slice(1).find(Boolean);
    if (name === undefined) {
      if (part !== "") word = part;
      return part;
    }
    const fixed = NO_IDS[name];
    if (fixed !== undefined) return fixed;
    const table = TABLE_OF[word];
    const id = table === undefined ? undefined : ids[table];
    if (id === undefined) throw new Error(`Say in TABLE_OF of which table the id in ${path} behind "${word}" is.`);
    holdsIds = true;
    return id;
  });
  return { path: parts.join("/"), holdsIds };
}

const expectUntouched = async (by: string) => {
  const now = await checksums(admin, theirs.employerId);
  const changed = Object.keys(before).filter((table) => now[table] !== before[table]);
  expect([by, changed]).toEqual([by, []]);
};

/** Words that an action may wait for, read from the route's own source and the components it shows. */
function intentsOf(route: AppRoute): string[] {
  const folder = fileURLToPath(new URL("../../app/", import.meta.url));
  const source = readFileSync(`${folder}${route.file}`, "utf8");
  const parts = [...source.matchAll(/from "#app\/(components\/[^"]+)"/g)].map((match) => match[1] ?? "");
  const all = [
    source,
    ...parts.filter((part) => !part.startsWith("components/ui/")).map((part) => readFileSync(folder + part, "utf8")),
  ].join("\n");
  const found = [...all.matchAll(/(?:case |=== |intent"\s+value=|literal\()"([\w-]+)"/g)].map(
    (match) => match[1] ?? "",
  );
  const enums = [...all.matchAll(/enum\(\[([^\]]+)\]/g)].flatMap((match) => [
    ...(match[1] ?? "").matchAll(/"([\w-]+)"/g),
  ]);
  return [...new Set(["", ...found, ...enums.map((match) => match[1] ?? "")])];
}

const camel = (table: string) => table.replaceAll(/_(\w)/g, (_all, letter: string) => letter.toUpperCase());

/** Every name under which a form may carry an id, each with the other employer's row. */
function foreignFields(): Record<string, string> {
  const named = Object.entries(ids).map(([table, id]) => [`${camel(table)}Id`, id] as const);
  return {
    ...Object.fromEntries(named),
    id: ids.connection ?? "",
    memberId: ids.member ?? "",
    keyId: ids.api_key ?? "",
    runId: ids.sync_run ?? "",
    ruleId: ids.notification_rule ?? "",
    ticked: ids.delivery ?? "",
    employerId: theirs.employerId,
  };
}

const forgetThrottles = () => withSystem((tx) => tx.delete(rateLimit));

describe("a page", () => {
  it("has an address of its own", () => {
    const pages = routes.filter(({ index, id, module }) => "default" in module || index || !id.includes("_portal."));
    const layouts = new Set(routes.map(({ parentId }) => parentId));
    const own = pages.filter(({ id }) => !layouts.has(id)).map(({ path }) => path.replaceAll(/:\w+/g, ":"));
    expect(own.filter((path, at) => own.indexOf(path) !== at)).toEqual([]);
  });

  it.each(walked.filter(({ module }) => "loader" in module))(
    "shows nothing of another employer: $path",
    async (route) => {
      const { path, holdsIds } = foreign(route.path);
      const answer = await visitor.get(path);
      expect(answer.body).not.toContain(MARK);
      if (holdsIds) expect([path, answer.status]).toEqual([path, 404]);
      else {
        expect(answer.status).toBeLessThan(500);
        for (const [table, id] of Object.entries(ids)) {
          if (answer.body.includes(id)) throw new Error(`${path} shows the id of another employer's ${table}.`);
        }
      }
      await expectUntouched(`GET ${path}`);
    },
  );

  it.each(walked.filter(({ module }) => "action" in module))(
    "changes nothing of another employer: $path",
    async (route) => {
      const { path, holdsIds } = foreign(route.path);
      for (const intent of intentsOf(route)) {
        await forgetThrottles();
        const answer = await visitor.post(path, { ...foreignFields(), intent, action: intent });
        const said = `POST ${path} ${intent}: ${answer.status}`;
        // A redirect does nothing by itself: a word that the page does not know may lead back to it.
        if (holdsIds) expect([302, 400, 403, 404, 405], said).toContain(answer.status);
        else expect(answer.status, said).toBeLessThan(500);
        expect(answer.body).not.toContain(MARK);
      }
      await expectUntouched(`POST ${path}`);
    },
    120_000,
  );
});

describe("the failed deliveries", () => {
  it("are the employer's own, also by the endpoint of another", async () => {
    const list = `/webhooks/failed?endpoint=${ids.endpoint}`;
    expect((await visitor.get(list)).body).not.toContain(MARK);
    expect((await theirVisitor.get(list)).body).toContain(MARK);
  });
});

describe("an operation of the API", () => {
  const candidate = { firstName: "Wen", lastName: "Li", emails: ["wen@example.com"] };
  const bodies = (): Record<string, unknown> => ({
    updateJob: { title: "Ours now" },
    closeJob: { reason: "filled" },
    createApplication: { jobId: ids.job, candidate },
    moveApplication: { status: "rejected" },
    createJob: null,
    connectIntegration: null,
    saveIntegrationConfig: null,
    createWebhookEndpoint: null,
    subscribeHook: null,
    createPortalLink: { name: "Ana", endpointId: ids.endpoint },
    updateWebhookEndpoint: { description: "Ours now" },
    testWebhookEndpoint: { type: "job.closed" },
    rotateWebhookSecret: {},
    recoverWebhookEndpoint: { since: "2026-01-01T00:00:00Z" },
    replayWebhookDeliveries: { ids: [ids.delivery] },
    replayWebhookEvent: {},
    triggerWebhookTestEvent: { type: "job.closed", endpointId: ids.endpoint },
  });

  it.each(operations)("$method $path knows no other employer's rows", async (operation) => {
    await forgetThrottles();
    const { path, holdsIds } = foreign(operation.path);
    const takesBody = operation.body._zod.def.type !== "undefined";
    const body = bodies()[operation.id];
    if (takesBody && body === undefined) throw new Error(`Say in bodies() what ${operation.id} is called with.`);
    const answer = await fetch(url + path, {
      method: operation.method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(takesBody ? { body: JSON.stringify(body ?? {}) } : {}),
    });
    const text = await answer.text();
    expect(text).not.toContain(MARK);
    if (holdsIds || body) expect([path, answer.status]).toEqual([path, 404]);
    else expect(answer.status).toBeLessThan(500);
    await expectUntouched(`${operation.method} ${path}`);
  });
});

describe("a task", () => {
  const schemas: { readonly [Name in TaskName]: { payload: z.ZodType<TaskPayload<Name>> } } = catalog;
  const shapeOf = (name: TaskName): string[] => {
    const json = z.toJSONSchema(catalog[name].payload, { io: "input", unrepresentable: "any" });
    return Object.keys(
      z.looseObject({ properties: z.record(z.string(), z.unknown()).default({}) }).parse(json).properties,
    );
  };

  const payloadOf = (name: TaskName): Record<string, unknown> => {
    const fixed: Record<string, unknown> = {
      ...{ employerId: ours.employerId, page: 0, resource: "jobs" },
      // A place in a list, which is nobody's.
      after: "00000000-0000-0000-0000-000000000000",
      // The vendor's own id, text.
      calendarId: "primary",
    };
    const entries = shapeOf(name).map((field) => {
      if (fixed[field] !== undefined) return [field, fixed[field]];
      if (field === "endpointIds") return [field, [ids.endpoint]];
      if (!field.endsWith("Id")) return [field, new Date().toISOString()];
      const word = field.slice(0, -2).replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      const table = TASK_TABLE_OF[`${name}.${field}`] ?? TABLE_OF[word] ?? word;
      if (!ids[table]) throw new Error(`Say in TASK_TABLE_OF of which table ${name}.${field} is.`);
      return [field, ids[table]];
    });
    return Object.fromEntries(entries);
  };

  async function run<Name extends TaskName>(name: Name): Promise<void> {
    const payload = schemas[name].payload.parse(payloadOf(name));
    const context = {
      signal: AbortSignal.timeout(10_000),
      attempt: 1,
      lastAttempt: true,
      log: logWith({ task: name, jobId: "test" }),
    };
    const module = await taskModules[name]();
    try {
      await module.default(payload, context);
    } catch (error) {
      await module.onGivenUp?.(payload, error, context).catch(() => {});
    }
  }

  const ofOneEmployer = taskNames().filter((name) => shapeOf(name).includes("employerId"));

  it("names its employer whenever it names a row", () => {
    const unbound = taskNames().filter((name) => !ofOneEmployer.includes(name));
    for (const name of unbound)
      expect([name, shapeOf(name).filter((field) => field.endsWith("Id"))]).toEqual([name, []]);
  });

  it.each(ofOneEmployer)("%s does nothing to another employer's rows", async (name) => {
    await run(name);
    await expectUntouched(name);
  });
});
