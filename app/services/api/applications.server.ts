import { and, desc, eq, lt, type SQL } from "drizzle-orm";
import { z } from "zod";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { application, applicationStatuses, candidate, job } from "#db/schema/hiring.ts";
import { moveApplication, receiveApplication } from "../applications.server.ts";
import { audit } from "../audit.server.ts";
import { documentLink } from "../document-links.server.ts";
import { documentsOf } from "../documents.server.ts";
import { AppError } from "../errors.ts";
import {
  defineApi,
  idOfCursor,
  idParam,
  listOf,
  pageFrom,
  pageOf,
  pageQuery,
  wire,
  wireOrNull,
} from "./define.server.ts";

const tag = "Applications";

const shownApplication = z
  .object({
    id: z.uuid(),
    status: z.enum(applicationStatuses),
    stage: z.object({ id: z.uuid(), name: z.string() }).nullable(),
    source: z.string(),
    job: z.object({ id: z.uuid(), title: z.string() }),
    candidate: z.object({
      id: z.uuid(),
      firstName: z.string(),
      lastName: z.string(),
      emails: z.array(z.string()),
      phones: z.array(z.string()),
    }),
    coverLetter: z.string().nullable(),
    answers: z.array(z.object({ question: z.string(), answer: z.string() })),
    appliedAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "Application" });

const shownDocument = z
  .object({
    id: z.uuid(),
    kind: z.string(),
    fileName: z.string(),
    contentType: z.string(),
    bytes: z.number().int(),
    held: z.string().nullable().describe("Why it cannot be opened; null when it can"),
    url: z.url().nullable().describe("Opens without a key until `urlExpiresAt`"),
    urlExpiresAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "Document" });

/** Applications with job and candidate, newest first. */
async function read(tx: EmployerTx, employerId: string, condition: SQL | undefined, limit: number) {
  const rows = await tx
    .select({ row: application, title: job.title, person: candidate })
    .from(application)
    .innerJoin(job, and(eq(job.employerId, employerId), eq(job.id, application.jobId)))
    .innerJoin(candidate, and(eq(candidate.employerId, employerId), eq(candidate.id, application.candidateId)))
    .where(and(eq(application.employerId, employerId), condition))
    .orderBy(desc(application.id))
    .limit(limit);
  return rows.map(
    ({ row, title, person }): z.input<typeof shownApplication> => ({
      ...row,
      stage: row.stageId !== null && row.stageName !== null ? { id: row.stageId, name: row.stageName } : null,
      job: { id: row.jobId, title },
      candidate: { ...person, emails: [...person.emails], phones: [...person.phones] },
      answers: [...row.answers],
      appliedAt: wire(row.appliedAt),
      updatedAt: wire(row.updatedAt),
    }),
  );
}

async function readOne(tx: EmployerTx, employerId: string, id: string) {
  const [found] = await read(tx, employerId, eq(application.id, id), 1);
  if (!found) throw new AppError("not-found", "This application does not exist.");
  return found;
}

const list = defineApi({
  method: "GET",
  path: "/api/v1/applications",
  id: "listApplications",
  summary: "Applications, newest first",
  tag,
  permission: "applications:read",
  query: pageQuery.extend({ jobId: z.uuid().optional(), status: z.enum(applicationStatuses).optional() }),
  answer: { status: 200, schema: pageOf(shownApplication) },
  handler: async ({ actor, query }) => {
    allow(actor, "applications:read");
    const before = idOfCursor(query.cursor);
    const condition = and(
      query.jobId === undefined ? undefined : eq(application.jobId, query.jobId),
      query.status && eq(application.status, query.status),
      before === undefined ? undefined : lt(application.id, before),
    );
    const rows = await withEmployer(actor.employerId, (tx) => read(tx, actor.employerId, condition, query.limit + 1));
    return pageFrom(rows, query.limit);
  },
});

const get = defineApi({
  method: "GET",
  path: "/api/v1/applications/{id}",
  id: "getApplication",
  summary: "One application",
  tag,
  permission: "applications:read",
  params: idParam,
  answer: { status: 200, schema: shownApplication },
  handler: async ({ actor, params }) => {
    allow(actor, "applications:read");
    return withEmployer(actor.employerId, (tx) => readOne(tx, actor.employerId, params.id));
  },
});

const documents = defineApi({
  method: "GET",
  path: "/api/v1/applications/{id}/documents",
  id: "listApplicationDocuments",
  summary: "Files of the person who applied, each with a link that opens for five minutes",
  tag,
  permission: "applications:read",
  params: idParam,
  answer: { status: 200, schema: listOf(shownDocument) },
  handler: async ({ actor, params }) => {
    allow(actor, "applications:read");
    const files = await withEmployer(actor.employerId, async (tx) => {
      const found = await readOne(tx, actor.employerId, params.id);
      return documentsOf(tx, actor.employerId, found.candidate.id);
    });
    return {
      data: files.map(({ createdAt, ...file }) => {
        const link = file.held === null ? documentLink(actor.employerId, file.id) : null;
        const opens = { url: link?.url ?? null, urlExpiresAt: wireOrNull(link?.expiresAt ?? null) };
        return { ...file, ...opens, createdAt: wire(createdAt) };
      }),
    };
  },
});

const create = defineApi({
  method: "POST",
  path: "/api/v1/applications",
  id: "createApplication",
  summary: "Bring an application in; the same person for the same job again answers with the first one",
  tag,
  permission: "applications:manage",
  body: z.object({
    jobId: z.uuid(),
    candidate: z.object({
      firstName: z.string().trim().min(1).max(120),
      lastName: z.string().trim().min(1).max(120),
      emails: z.array(z.email()).min(1).max(10),
      phones: z.array(z.string().trim().min(1).max(40)).max(10).default([]),
      links: z
        .array(z.url({ protocol: /^https?$/ }))
        .max(10)
        .default([]),
    }),
    source: z.string().trim().min(1).max(60).default("api"),
    coverLetter: z.string().max(20_000).optional(),
    answers: z
      .array(z.object({ question: z.string().max(1000), answer: z.string().max(5000) }))
      .max(50)
      .default([]),
    appliedAt: z.iso.datetime().optional().describe("Now when absent"),
  }),
  answer: { status: 201, schema: shownApplication },
  handler: async ({ actor, body }) => {
    allow(actor, "applications:manage");
    const { appliedAt, coverLetter, ...rest } = body;
    return withEmployer(actor.employerId, async (tx) => {
      const { applicationId, created } = await receiveApplication(tx, actor.employerId, {
        ...rest,
        appliedAt: appliedAt === undefined ? new Date() : new Date(appliedAt),
        ...(coverLetter === undefined ? {} : { coverLetter }),
      });
      const found = await readOne(tx, actor.employerId, applicationId);
      const name = `${found.candidate.firstName} ${found.candidate.lastName}`;
      if (created) await audit(tx, actor, "application.created", { kind: "application", id: applicationId, name });
      return found;
    });
  },
});

const move = defineApi({
  method: "POST",
  path: "/api/v1/applications/{id}/move",
  id: "moveApplication",
  summary: "Move an application to a stage of its job, or hire, reject, withdraw or reopen it",
  tag,
  permission: "applications:manage",
  params: idParam,
  body: z.union([
    z.object({ stageId: z.uuid() }),
    z.object({ status: z.enum(applicationStatuses), reason: z.string().max(500).optional() }),
  ]),
  answer: { status: 200, schema: shownApplication },
  handler: async ({ actor, params, body }) => {
    const to = "stageId" in body ? body : { status: body.status, ...(body.reason ? { reason: body.reason } : {}) };
    await moveApplication(actor, params.id, to);
    return withEmployer(actor.employerId, (tx) => readOne(tx, actor.employerId, params.id));
  },
});

export const applicationOperations = [list, get, documents, create, move];
