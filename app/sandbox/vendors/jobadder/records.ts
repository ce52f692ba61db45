import { z } from "zod";
import { type Call, json, jsonBody, type Reply, type Route, type World } from "../../framework.ts";
import { asUser, failed, invalid, notFound } from "./access.ts";
import {
  type Account,
  type Ad,
  type Application,
  addApplication,
  type Candidate,
  type Job,
  jobStatusOf,
  newId,
  STATUSES,
  type State,
  statusOf,
} from "./state.ts";

/** Parameter names are taken in any case, as in practice. */
const param = (call: Call, name: string): string[] =>
  [...call.query].filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value);

/** `>time` or `<time`, several of which must all hold. */
const within = (time: string, limits: readonly string[]): boolean =>
  limits.every((limit) => {
    const at = Date.parse(limit.slice(1));
    return limit.startsWith("<") ? Date.parse(time) < at : Date.parse(time) > at;
  });

const user = (account: Account) => ({ userId: account.user.userId, email: account.user.email });

const jobTitle = (job: Job) => ({
  jobId: job.jobId,
  jobTitle: job.jobTitle,
  location: { locationId: 12, name: job.countryCode, area: { areaId: 120, name: job.area } },
  company: { companyId: 77, name: "Old Mill Ltd" },
  status: jobStatusOf(job.statusId),
});

const stamps = (row: { createdAt: string; updatedAt: string }, account: Account) => ({
  createdBy: user(account),
  createdAt: row.createdAt,
  updatedBy: user(account),
  updatedAt: row.updatedAt,
});

const showJob = (call: Call, account: Account, job: Job, full: boolean) => ({
  ...jobTitle(job),
  source: "Website",
  userFavourite: false,
  owner: user(account),
  ...stamps(job, account),
  closedAt: job.closedAt,
  ...(full
    ? {
        jobDescription: job.jobDescription,
        numberOfJobs: job.numberOfJobs,
        workplaceAddress: {
          addressId: "00000000-0000-4000-8000-0000000000a1",
          name: "Depot",
          street: ["1 Mill Road"],
          city: job.city,
          state: "",
          countryCode: job.countryCode,
        },
        category: { categoryId: 5, name: job.category, subCategory: { subCategoryId: 51, name: "General" } },
        workType: { workTypeId: 1, name: job.workType, ratePer: "Year" },
        ...(job.salary ? { salary: { ratePer: "Year", ...job.salary } } : {}),
        skillTags: { matchAll: false, tags: ["forklift"] },
        custom: [],
        recruiters: [],
        links: { self: call.link(`/v2/jobs/${job.jobId}`) },
      }
    : {}),
});

const showAd = (call: Call, account: Account, ad: Ad, full: boolean) => {
  const job = account.jobs.find((one) => one.jobId === ad.jobId);
  return {
    adId: ad.adId,
    state: "Current",
    title: ad.title,
    reference: `REF-${ad.adId}`,
    summary: ad.title,
    bulletPoints: [],
    owner: user(account),
    postAt: ad.postAt,
    expireAt: ad.expireAt,
    ...(full
      ? {
          description: ad.description,
          ...(job ? { job: jobTitle(job) } : {}),
          screening: [],
          jobBoards: [],
          createdAt: ad.postAt,
          links: { self: call.link(`/v2/jobads/${ad.adId}`) },
        }
      : {}),
  };
};

const candidateName = (person: Candidate) => ({
  candidateId: person.candidateId,
  firstName: person.firstName,
  lastName: person.lastName,
  email: person.email,
  phone: person.phone,
  mobile: person.mobile,
  unsubscribed: false,
  status: { statusId: 1, name: "Active", active: true, default: true },
  rating: null,
  source: person.source,
});

const showCandidate = (call: Call, account: Account, person: Candidate, full: boolean) => ({
  ...candidateName(person),
  ...stamps(person, account),
  ...(full
    ? {
        otherEmail: [],
        employment: { current: { employer: person.employer, position: person.position }, history: [] },
        skillTags: [],
        custom: [],
        recruiters: [],
        links: { self: call.link(`/v2/candidates/${person.candidateId}`) },
      }
    : {}),
});

const showApplication = (call: Call, account: Account, row: Application, full: boolean) => {
  const job = account.jobs.find((one) => one.jobId === row.jobId);
  const person = account.candidates.find((one) => one.candidateId === row.candidateId);
  return {
    applicationId: row.applicationId,
    jobTitle: job?.jobTitle ?? null,
    manual: false,
    source: row.source,
    rating: null,
    status: statusOf(row.statusId),
    ...(person ? { candidate: candidateName(person) } : {}),
    ...(job ? { job: jobTitle(job) } : {}),
    owner: user(account),
    ...stamps(row, account),
    ...(full ? { custom: [], links: { self: call.link(`/v2/applications/${row.applicationId}`) } } : {}),
  };
};

/** A list with its filters applied, sorted and cut as asked; `Limit=0` counts only. */
const list = <Row>(
  call: Call,
  rows: readonly Row[],
  timeOf: (row: Row) => string,
  show: (row: Row, full: boolean) => unknown,
): Reply => {
  const limits = param(call, "UpdatedAt");
  const [sort = ""] = param(call, "Sort");
  const limit = Math.min(1000, Number(param(call, "Limit")[0] ?? 100));
  const offset = Number(param(call, "Offset")[0] ?? 0);
  const kept = rows.filter((row) => within(timeOf(row), limits));
  const turn = sort.startsWith("-") ? -1 : 1;
  const sorted = sort === "" ? kept : kept.toSorted((a, b) => turn * timeOf(a).localeCompare(timeOf(b)));
  const full = param(call, "Embed").some((value) => value.split(",").includes("self"));
  const items = sorted.slice(offset, offset + limit);
  const at = (position: number) => {
    const query = new URLSearchParams(call.query);
    query.set("Offset", String(position));
    return call.link(`${call.path}?${query}`);
  };
  const next = limit > 0 && offset + limit < sorted.length ? { next: at(offset + limit) } : {};
  const links = { first: at(0), ...next };
  return json(200, { items: items.map((row) => show(row, full)), totalCount: kept.length, links });
};

const among = (call: Call, name: string, id: number): boolean => {
  const wanted = param(call, name);
  return wanted.length === 0 || wanted.includes(String(id));
};

const deleted =
  (kind: keyof Account["deleted"], idName: string, scope: string): Route<State>["handle"] =>
  (call, world) =>
    asUser(call, world, [scope, "read"], ({ account }) => {
      const oldest = world.now().getTime() - 14 * 86_400_000;
      const rows = account.deleted[kind].filter((row) => Date.parse(row.deletedAt) > oldest);
      return json(200, { items: rows.map(({ id, deletedAt }) => ({ [idName]: id, deletedAt })) });
    });

/** One record by its number in the path. */
/** The routes of one kind of record: its list, narrowed by what `fits`, and one by its id. */
const records = <Row>(
  kind: string,
  scope: string,
  by: {
    rows: (account: Account) => readonly Row[];
    idOf: (row: Row) => number;
    timeOf: (row: Row) => string;
    show: (call: Call, account: Account, row: Row, full: boolean) => unknown;
    fits?: (call: Call, row: Row) => boolean;
  },
): Route<State>[] => [
  {
    method: "GET",
    path: `/v2/${kind}`,
    handle: (call, world) =>
      asUser(call, world, [scope, "read"], ({ account }) => {
        const rows = by.rows(account).filter((row) => by.fits?.(call, row) ?? true);
        return list(call, rows, by.timeOf, (row, full) => by.show(call, account, row, full));
      }),
  },
  {
    method: "GET",
    path: `/v2/${kind}/:id`,
    handle: (call, world) =>
      asUser(call, world, [scope, "read"], ({ account }) => {
        const row = by.rows(account).find((candidate) => String(by.idOf(candidate)) === call.params.id);
        return row ? json(200, by.show(call, account, row, true)) : notFound();
      }),
  },
];

const newCandidate = z.object({
  firstName: z.string().max(50).nullish(),
  lastName: z.string().max(50).nullish(),
  email: z.string().max(100).nullish(),
  phone: z.string().max(50).nullish(),
  mobile: z.string().max(50).nullish(),
  source: z.string().max(50).nullish(),
});

const addPerson: Route<State>["handle"] = (call, world) =>
  asUser(call, world, ["write_candidate", "write"], ({ account }) => {
    const parsed = newCandidate.safeParse(jsonBody(call));
    if (!parsed.success) return invalid("Invalid", "The candidate cannot be read", ["email"]);
    const given = parsed.data;
    if (given.email && account.candidates.some((person) => person.email === given.email))
      return {
        ...failed(409, "A candidate with this email already exists"),
        headers: { "content-type": "application/json", "X-Allow-Duplicates": "dup-1" },
      };
    const at = world.now().toISOString();
    const person: Candidate = {
      candidateId: 700_000 + newId(world.state),
      firstName: given.firstName ?? "",
      lastName: given.lastName ?? "",
      email: given.email ?? null,
      phone: given.phone ?? null,
      mobile: given.mobile ?? null,
      source: given.source ?? null,
      position: null,
      employer: null,
      createdAt: at,
      updatedAt: at,
    };
    account.candidates.push(person);
    return json(201, showCandidate(call, account, person, true));
  });

const addToJob: Route<State>["handle"] = (call, world) =>
  asUser(call, world, ["write_jobapplication", "write"], ({ account }) => {
    const job = account.jobs.find((row) => String(row.jobId) === call.params.id);
    if (!job) return notFound();
    const shape = z.object({ candidateId: z.array(z.number()).min(1), source: z.string().max(100).nullish() });
    const parsed = shape.safeParse(jsonBody(call));
    if (!parsed.success) return invalid("Missing", "candidateId is missing", ["candidateId"]);
    const { candidateId: ids, source } = parsed.data;
    if (ids.some((id) => !account.candidates.some((person) => person.candidateId === id)))
      return invalid("Invalid", "There is no such candidate", ["candidateId"]);
    if (account.applications.some((row) => row.jobId === job.jobId && ids.includes(row.candidateId)))
      return failed(409, "The candidate is on this job already");
    const at = world.now().toISOString();
    const of = { jobId: job.jobId, source: source ?? null };
    const made = ids.map((candidateId) => addApplication(world.state, account, { ...of, candidateId }, at));
    const items = made.map((row) => showApplication(call, account, row, false));
    return json(201, { items, totalCount: items.length, links: {} });
  });

/** 202 means "already so", not "accepted for later". */
const setStatus: Route<State>["handle"] = (call, world) =>
  asUser(call, world, ["write_jobapplication", "write"], ({ account }) => {
    const row = account.applications.find((one) => String(one.applicationId) === call.params.id);
    if (!row) return notFound();
    const parsed = z.object({ statusId: z.number() }).safeParse(jsonBody(call));
    if (!parsed.success || !STATUSES.some((status) => status.statusId === parsed.data.statusId))
      return invalid("Invalid", "There is no such status", ["statusId"]);
    if (row.statusId === parsed.data.statusId) return { status: 202 };
    moveTo(world, account, row, parsed.data.statusId);
    return { status: 200 };
  });

export const moveTo = (world: World<State>, account: Account, row: Application, statusId: number): void => {
  row.statusId = statusId;
  row.updatedAt = world.now().toISOString();
  const applicationId = String(row.applicationId);
  world.emit("jobapplication_status_changed", { account: account.key, applicationId });
};

export const recordRoutes: readonly Route<State>[] = [
  {
    method: "GET",
    path: "/v2/users/current",
    handle: (call, world) =>
      asUser(call, world, ["read_user", "read"], ({ account }) =>
        json(200, {
          userId: account.user.userId,
          firstName: "Lee",
          lastName: "Park",
          email: account.user.email,
          inactive: false,
          deleted: false,
          admin: account.user.admin,
          accountName: account.name,
          timeZone: "Europe/London",
          culture: "en-GB",
        }),
      ),
  },
  { method: "GET", path: "/v2/jobs/deleted", handle: deleted("jobs", "jobId", "read_job") },
  { method: "GET", path: "/v2/candidates/deleted", handle: deleted("candidates", "candidateId", "read_candidate") },
  {
    method: "GET",
    path: "/v2/applications/deleted",
    handle: deleted("applications", "applicationId", "read_jobapplication"),
  },
  {
    method: "GET",
    path: "/v2/applications/lists/status",
    handle: (call, world) =>
      asUser(call, world, ["read_jobapplication", "read"], () => json(200, { items: STATUSES, links: {} })),
  },
  ...records("jobs", "read_job", {
    rows: (account) => account.jobs,
    idOf: (row) => row.jobId,
    timeOf: (row) => row.updatedAt,
    show: showJob,
    fits: (call, row) => among(call, "JobId", row.jobId),
  }),
  ...records("jobads", "read_jobad", {
    rows: (account) => account.ads,
    idOf: (row) => row.adId,
    timeOf: (row) => row.postAt,
    show: showAd,
  }),
  ...records("candidates", "read_candidate", {
    rows: (account) => account.candidates,
    idOf: (row) => row.candidateId,
    timeOf: (row) => row.updatedAt,
    show: showCandidate,
    fits(call, row) {
      const [email] = param(call, "Email");
      return among(call, "CandidateId", row.candidateId) && (email === undefined || row.email === email);
    },
  }),
  ...records("applications", "read_jobapplication", {
    rows: (account) => account.applications,
    idOf: (row) => row.applicationId,
    timeOf: (row) => row.updatedAt,
    show: showApplication,
    fits: (call, row) =>
      among(call, "ApplicationId", row.applicationId) &&
      among(call, "CandidateId", row.candidateId) &&
      among(call, "JobId", row.jobId),
  }),
  { method: "POST", path: "/v2/candidates", handle: addPerson },
  { method: "POST", path: "/v2/jobs/:id/applications", handle: addToJob },
  { method: "PUT", path: "/v2/applications/:id/status", handle: setStatus },
];
