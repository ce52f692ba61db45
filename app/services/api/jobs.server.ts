import { and, desc, eq, lt } from "drizzle-orm";
import { z } from "zod";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer } from "#db/client.server.ts";
import { employmentTypes, job, jobStatuses, remoteKinds, salaryPeriods } from "#db/schema/hiring.ts";
import { jobInput } from "../job-input.server.ts";
import { closeJob, getJob, type Job, reopenJob, saveJob } from "../jobs.server.ts";
import { defineApi, idOfCursor, idParam, pageFrom, pageOf, pageQuery, wire, wireOrNull } from "./define.server.ts";

const tag = "Jobs";

const place = z.object({
  city: z.string().optional(),
  region: z.string().optional(),
  country: z.string().optional(),
  postalCode: z.string().optional(),
});

const shownJob = z
  .object({
    id: z.uuid(),
    title: z.string(),
    descriptionHtml: z.string(),
    status: z.enum(jobStatuses),
    departments: z.array(z.string()),
    locations: z.array(place),
    remote: z.enum(remoteKinds),
    employment: z.enum(employmentTypes),
    experience: z.string().nullable(),
    category: z.string().nullable(),
    salary: z
      .object({
        min: z.number().describe("Minor units"),
        max: z.number().describe("Minor units"),
        currency: z.string(),
        period: z.enum(salaryPeriods),
      })
      .nullable(),
    openings: z.number().int(),
    validThrough: z.iso.datetime().nullable(),
    requisition: z.string().nullable(),
    origin: z.string().describe("portal, sync or api"),
    version: z.number().int(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    publishedAt: z.iso.datetime().nullable(),
    closedAt: z.iso.datetime().nullable(),
    closeReason: z.string().nullable(),
  })
  .meta({ id: "Job" });

function shown(row: Job): z.input<typeof shownJob> {
  const { salaryMin: min, salaryMax: max, salaryCurrency: currency, salaryPeriod: period } = row;
  const known = min !== null && max !== null && currency !== null && period !== null;
  return {
    ...row,
    departments: [...row.departments],
    locations: [...row.locations],
    salary: known ? { min, max, currency, period } : null,
    validThrough: wireOrNull(row.validThrough),
    createdAt: wire(row.createdAt),
    updatedAt: wire(row.updatedAt),
    publishedAt: wireOrNull(row.publishedAt),
    closedAt: wireOrNull(row.closedAt),
  };
}

const list = defineApi({
  method: "GET",
  path: "/api/v1/jobs",
  id: "listJobs",
  summary: "Jobs, newest first",
  tag,
  permission: "jobs:read",
  query: pageQuery.extend({ status: z.enum(jobStatuses).optional() }),
  answer: { status: 200, schema: pageOf(shownJob) },
  handler: async ({ actor, query }) => {
    allow(actor, "jobs:read");
    const before = idOfCursor(query.cursor);
    const rows = await withEmployer(actor.employerId, (tx) =>
      tx
        .select()
        .from(job)
        .where(
          and(
            eq(job.employerId, actor.employerId),
            query.status && eq(job.status, query.status),
            before === undefined ? undefined : lt(job.id, before),
          ),
        )
        .orderBy(desc(job.id))
        .limit(query.limit + 1),
    );
    const page = pageFrom(rows, query.limit);
    return { ...page, data: page.data.map(shown) };
  },
});

const get = defineApi({
  method: "GET",
  path: "/api/v1/jobs/{id}",
  id: "getJob",
  summary: "One job",
  tag,
  permission: "jobs:read",
  params: idParam,
  answer: { status: 200, schema: shownJob },
  handler: async ({ actor, params }) => shown(await getJob(actor, params.id)),
});

const create = defineApi({
  method: "POST",
  path: "/api/v1/jobs",
  id: "createJob",
  summary: "Write a job; publishing it to boards is a separate step",
  tag,
  permission: "jobs:manage",
  body: jobInput,
  answer: { status: 201, schema: shownJob },
  handler: async ({ actor, body }) => shown(await saveJob(actor, null, body)),
});

const update = defineApi({
  method: "PATCH",
  path: "/api/v1/jobs/{id}",
  id: "updateJob",
  summary: "Change the named parts of a job; boards that show it follow",
  tag,
  permission: "jobs:manage",
  params: idParam,
  body: jobInput.partial(),
  answer: { status: 200, schema: shownJob },
  handler: async ({ actor, params, body, given }) => {
    const { salary, ...before } = shown(await getJob(actor, params.id));
    const present = Object.entries({ ...before, salary }).filter(([, value]) => value !== null);
    const status = before.status === "draft" ? "draft" : "open";
    const changed = Object.entries(body).filter(([name]) => given.has(name));
    const merged = jobInput.parse({ ...Object.fromEntries(present), status, ...Object.fromEntries(changed) });
    return shown(await saveJob(actor, params.id, merged));
  },
});

const close = defineApi({
  method: "POST",
  path: "/api/v1/jobs/{id}/close",
  id: "closeJob",
  summary: "Take a job off the career site and every board",
  tag,
  permission: "jobs:manage",
  params: idParam,
  body: z.object({ reason: z.enum(["filled", "withdrawn", "expired"]) }),
  answer: { status: 200, schema: shownJob },
  handler: async ({ actor, params, body }) => shown(await closeJob(actor, params.id, body.reason)),
});

const reopen = defineApi({
  method: "POST",
  path: "/api/v1/jobs/{id}/reopen",
  id: "reopenJob",
  summary: "Open a closed job or a draft; postings stay closed until someone publishes",
  tag,
  permission: "jobs:manage",
  params: idParam,
  answer: { status: 200, schema: shownJob },
  handler: async ({ actor, params }) => shown(await reopenJob(actor, params.id)),
});

export const jobOperations = [list, get, create, update, close, reopen];
