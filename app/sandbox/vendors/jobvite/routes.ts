import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type Call, header, htmlReply, json, type Reply, type Route, type World } from "../../framework.ts";
import { PEOPLE } from "../../names.ts";
import { makeEnvelope, openEnvelope } from "./envelope.ts";
import { type Account, type Application, accountOf, type State } from "./state.ts";

/** Jobvite's own error: the code in the body counts. Missing rights look like a wrong key. */
export const refuse = (code: number, message: string, status = code): Reply =>
  json(status, { status: { code, messages: [message] } });

const SKEW_SECONDS = 300;

/** The key in the headers, if its signature over `key|epoch` fits; method, path and body are not signed. */
export const callerOf = (call: Call, world: World<State>) => {
  const owner = world.state.credentials.find((one) => one.apiKey === header(call, "x-jvi-api"));
  const epoch = header(call, "x-jvi-epoch");
  if (!owner || owner.revoked || !/^\d{10}$/.test(epoch)) return null;
  if (Math.abs(Number(epoch) - world.now().getTime() / 1000) > SKEW_SECONDS) return null;
  const wanted = createHmac("sha256", owner.secret).update(`${owner.apiKey}|${epoch}`).digest();
  const given = Buffer.from(header(call, "x-jvi-sign"), "base64");
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? owner : null;
};

const guarded =
  (right: string, handle: (call: Call, world: World<State>, account: Account) => Reply) =>
  (call: Call, world: World<State>): Reply => {
    const owner = callerOf(call, world);
    if (!owner?.rights.includes(right)) return refuse(401, "Invalid api key or secret key", 200);
    return handle(call, world, accountOf(world.state, owner.account));
  };

const number = (call: Call, name: string, fallback: number) => Number(call.query.get(name) ?? fallback) || fallback;

/** `start` counts from 1, and 0 means 1; at most 500 rows. */
const paged = <T>(call: Call, rows: readonly T[]): readonly T[] => {
  const start = Math.max(1, number(call, "start", 1));
  return rows.slice(start - 1, start - 1 + Math.min(500, number(call, "count", 50)));
};

const list = <T>(name: string, all: readonly T[], shown: readonly T[]): Reply =>
  // The total is not to be trusted: it is 0 on an empty page.
  json(200, { status: { code: 200, messages: [] }, total: shown.length === 0 ? 0 : all.length, [name]: shown });

const jobs = (call: Call, _world: World<State>, account: Account): Reply => {
  const ids = call.query.get("ids")?.split(",");
  const all = account.jobs
    .filter((job) => !ids || ids.includes(job.eId))
    .map(({ city, ...job }) => ({
      ...job,
      description: `<p>${account.name} is looking for a ${job.title} in ${city}.</p>`,
      briefDescription: job.title,
      category: "Logistics",
      locations: [{ city, state: "", country: "United Kingdom" }],
      applyLink: `https://jobs.jobvite.com/${account.key}/job/${job.eId}/apply`,
    }));
  return list("requisitions", all, paged(call, all));
};

const row = (account: Account, application: Application) => {
  const [first, last] = PEOPLE(application.person);
  const job = account.jobs.find((one) => one.eId === application.jobId);
  const { person: _person, personId, jobId: _jobId, consent, resume, ...own } = application;
  const address = `${first}.${last}.${application.person}@mail.example`;
  return {
    eId: personId,
    firstName: ` ${first}`,
    lastName: `${last}\n`,
    email: address
      .toLowerCase()
      .normalize("NFD")
      .replace(/[^\x21-\x7e]/g, ""),
    homePhone: "",
    mobile: `+44 20 7946 ${String(application.person % 10_000).padStart(4, "0")}`,
    workPhone: "",
    city: "Leeds",
    country: "United Kingdom",
    companyName: "Old Mill Ltd",
    title: "Picker",
    application: {
      ...own,
      status: "",
      sourceType: "Job Board",
      consentStatus: "Not Requested",
      personalDataProcessingStatus: consent,
      hasArtifacts: false,
      gender: "Female",
      race: "",
      veteranStatus: "",
      customField: [],
      ...(resume === null
        ? {}
        : resume.format === "Text"
          ? { resume }
          : { resume: { name: resume.name, format: resume.format, contentByteArray: resume.content } }),
      job: { eId: application.jobId, title: job?.title ?? "", company: account.name, location: job?.city ?? "" },
    },
  };
};

const candidates = (call: Call, _world: World<State>, account: Account): Reply => {
  const { query } = call;
  const from = query.get("datestart");
  const to = query.get("dateend");
  const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const all = account.applications
    .filter(({ personId }) => !query.has("candidateId") || query.get("candidateId") === personId)
    .filter(({ eId }) => !query.has("applicationId") || query.get("applicationId") === eId)
    .filter(({ lastUpdatedDate }) => from === null || dayOf(lastUpdatedDate) >= from)
    .filter(({ lastUpdatedDate }) => to === null || dayOf(lastUpdatedDate) <= to);
  const shown = paged(call, all).map((application) => row(account, application));
  return list<unknown>("candidates", all, shown);
};

const operators = z
  .object({ eq: z.string().optional(), in: z.array(z.string()).optional(), nin: z.array(z.string()).optional() })
  .partial();
const asked = z.object({
  filter: z.record(z.string(), z.record(z.string(), operators)).default({}),
  start: z.number().default(1),
  count: z.number().default(100),
});

/** The filter language: entity → field → operator → value. */
const matches = (entry: Record<string, unknown>, filter: Record<string, z.infer<typeof operators>> = {}): boolean =>
  Object.entries(filter).every(([field, test]) => {
    const value = String(entry[field] ?? "");
    return (
      (test.eq === undefined || test.eq === value) &&
      (test.in === undefined || test.in.includes(value)) &&
      (test.nin === undefined || !test.nin.includes(value))
    );
  });

const sealedList =
  (entity: "process" | "task", name: string, rowsOf: (account: Account) => readonly Record<string, unknown>[]) =>
  (call: Call, world: World<State>, account: Account): Reply => {
    const parsed = asked.safeParse(openEnvelope(call.body, world.state.keys.vendorPrivate));
    if (!parsed.success) return htmlReply(400, "<html><body>Bad Request</body></html>");
    const { filter, start, count } = parsed.data;
    const found = rowsOf(account).filter((entry) => matches(entry, filter[entity]));
    const shown = found.slice(start - 1, start - 1 + count);
    const body = makeEnvelope({ total: found.length, [name]: shown }, account.customerKey);
    return { status: 200, headers: { "content-type": "application/json" }, body };
  };

const processes = (account: Account) =>
  account.processes.map((one) => {
    const application = account.applications.find(({ eId }) => eId === one.applicationId);
    const person = application ? row(account, application) : null;
    return { ...one, firstName: person?.firstName, lastName: person?.lastName, email: person?.email };
  });

export const API = "api.jobvite.com";
export const STAGE_API = "api.jvistg2.com";

export const jobviteRoutes: readonly Route<State>[] = [
  { method: "GET", path: "/api/v2/job", handle: guarded("job", jobs) },
  { method: "GET", path: "/api/v2/candidate", handle: guarded("candidate", candidates) },
  {
    method: "POST",
    path: "/api/v2/process",
    handle: guarded("process", sealedList("process", "processes", processes)),
  },
  {
    method: "POST",
    path: "/api/v2/task",
    handle: guarded(
      "task",
      sealedList("task", "tasks", (one) => one.tasks),
    ),
  },
];
