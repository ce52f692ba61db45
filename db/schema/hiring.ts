import {
  bigint,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { Location } from "#app/integrations/contract/domain.ts";
import { tenantPolicy } from "../rls.ts";
import { belongsTo, createdAt, employerId, instant, oneOf, rowId, sealed, updatedAt } from "./columns.ts";
import { employer } from "./people.ts";

export const jobStatuses = ["draft", "open", "closed", "archived"] as const;
export const employmentTypes = [
  "full_time",
  "part_time",
  "contract",
  "temporary",
  "internship",
  "volunteer",
  "other",
] as const;
export const remoteKinds = ["on_site", "hybrid", "remote"] as const;
export const salaryPeriods = ["hour", "day", "week", "month", "year"] as const;

export const job = pgTable(
  "job",
  {
    employerId: employerId().references(() => employer.id, { onDelete: "cascade" }),
    id: rowId(),
    /** In the public address of the job; unique per employer. */
    slug: text("slug").notNull(),
    title: text("title").notNull(),
    /** Sanitised on the way in. */
    descriptionHtml: text("description_html").notNull(),
    status: text("status").$type<(typeof jobStatuses)[number]>().notNull(),
    departments: jsonb("departments").$type<readonly string[]>().notNull(),
    locations: jsonb("locations").$type<readonly Location[]>().notNull(),
    remote: text("remote").$type<(typeof remoteKinds)[number]>().notNull(),
    employment: text("employment").$type<(typeof employmentTypes)[number]>().notNull(),
    experience: text("experience"),
    category: text("category"),
    /** Minor units of `salaryCurrency`. */
    salaryMin: bigint("salary_min", { mode: "number" }),
    salaryMax: bigint("salary_max", { mode: "number" }),
    salaryCurrency: text("salary_currency"),
    salaryPeriod: text("salary_period").$type<(typeof salaryPeriods)[number]>(),
    openings: integer("openings").notNull().default(1),
    validThrough: instant("valid_through"),
    requisition: text("requisition"),
    origin: text("origin").notNull(),
    /** The connection that owns the job, when it came by sync. */
    connectionId: uuid("connection_id"),
    /** Grows with every change that a board would show. */
    version: integer("version").notNull().default(1),
    createdBy: text("created_by"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    publishedAt: instant("published_at"),
    closedAt: instant("closed_at"),
    closeReason: text("close_reason"),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    unique("job_slug").on(t.employerId, t.slug),
    index("job_list").on(t.employerId, t.status, t.id),
    oneOf("job_status", t.status, jobStatuses),
    oneOf("job_remote", t.remote, remoteKinds),
    oneOf("job_employment", t.employment, employmentTypes),
    oneOf("job_origin", t.origin, ["portal", "sync", "api"]),
    ...tenantPolicy(),
  ],
);

export const stage = pgTable(
  "stage",
  {
    employerId: employerId().references(() => employer.id, { onDelete: "cascade" }),
    id: rowId(),
    /** Null for the employer's own stages that every job shares. */
    jobId: uuid("job_id"),
    name: text("name").notNull(),
    position: integer("position").notNull(),
    connectionId: uuid("connection_id"),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    index("stage_job").on(t.employerId, t.jobId),
    ...tenantPolicy(),
  ],
);

export const candidate = pgTable(
  "candidate",
  {
    employerId: employerId().references(() => employer.id, { onDelete: "cascade" }),
    id: rowId(),
    firstName: text("first_name").notNull(),
    lastName: text("last_name").notNull(),
    /** Lower case; the first of `emails`. */
    email: text("email"),
    emails: jsonb("emails").$type<readonly string[]>().notNull(),
    phones: jsonb("phones").$type<readonly string[]>().notNull(),
    headline: text("headline"),
    links: jsonb("links").$type<readonly string[]>().notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    index("candidate_email").on(t.employerId, t.email),
    ...tenantPolicy(),
  ],
);

export const applicationStatuses = ["active", "hired", "rejected", "withdrawn"] as const;

export const application = pgTable(
  "application",
  {
    employerId: employerId().references(() => employer.id, { onDelete: "cascade" }),
    id: rowId(),
    jobId: uuid("job_id").notNull(),
    candidateId: uuid("candidate_id").notNull(),
    status: text("status").$type<(typeof applicationStatuses)[number]>().notNull().default("active"),
    stageId: uuid("stage_id"),
    stageName: text("stage_name"),
    /** Vendor id of the board, "career-site", "api" or the ATS's own word; "unknown" is said, never guessed. */
    source: text("source").notNull(),
    /** The posting whose link or feed brought the person. */
    postingId: uuid("posting_id"),
    coverLetter: text("cover_letter"),
    answers: jsonb("answers").$type<readonly { question: string; answer: string }[]>().notNull(),
    rejectedReason: text("rejected_reason"),
    appliedAt: instant("applied_at").notNull(),
    /** Makes a repeated submission one application. */
    dedupeKey: text("dedupe_key").notNull(),
    connectionId: uuid("connection_id"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    uniqueIndex("application_dedupe").on(t.employerId, t.dedupeKey),
    index("application_job").on(t.employerId, t.jobId, t.appliedAt),
    index("application_candidate").on(t.employerId, t.candidateId),
    index("application_applied").on(t.employerId, t.appliedAt),
    oneOf("application_status", t.status, applicationStatuses),
    belongsTo("application_job_fk", [t.employerId, t.jobId], job),
    belongsTo("application_candidate_fk", [t.employerId, t.candidateId], candidate),
    ...tenantPolicy(),
  ],
);

export const documentScans = ["none", "waiting", "clean", "refused"] as const;

export const document = pgTable(
  "document",
  {
    employerId: employerId().references(() => employer.id, { onDelete: "cascade" }),
    id: rowId(),
    candidateId: uuid("candidate_id").notNull(),
    applicationId: uuid("application_id"),
    kind: text("kind").notNull(),
    fileName: text("file_name").notNull(),
    contentType: text("content_type").notNull(),
    bytes: integer("bytes").notNull(),
    sha256: text("sha256").notNull(),
    storageKey: text("storage_key").notNull(),
    /** Only `clean` is handed out while a scanner is configured; `none` came while there was no scanner. */
    scan: text("scan").$type<(typeof documentScans)[number]>().notNull().default("none"),
    scanNote: text("scan_note"),
    /** The document's own key, sealed: rotating the instance's key re-wraps rows and leaves the stored bytes alone. */
    ...sealed(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    index("document_candidate").on(t.employerId, t.candidateId),
    index("document_key").on(t.employerId, t.keyId),
    index("document_scan").on(t.employerId, t.scan),
    oneOf("document_scan_word", t.scan, documentScans),
    belongsTo("document_candidate_fk", [t.employerId, t.candidateId], candidate),
    ...tenantPolicy(),
  ],
);

export const onboardingStatuses = ["open", "done", "cancelled"] as const;

/** A new hire's onboarding as the vendor holds it: who, how far, and the names of its tasks; never what was filled in. */
export const onboarding = pgTable(
  "onboarding",
  {
    employerId: employerId().references(() => employer.id, { onDelete: "cascade" }),
    id: rowId(),
    connectionId: uuid("connection_id").notNull(),
    applicationId: uuid("application_id"),
    firstName: text("first_name").notNull(),
    lastName: text("last_name").notNull(),
    email: text("email"),
    status: text("status").$type<(typeof onboardingStatuses)[number]>().notNull(),
    /** Dates in it are ISO 8601 text. */
    tasks: jsonb("tasks").$type<readonly StoredTask[]>().notNull(),
    startsOn: instant("starts_on"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    index("onboarding_application").on(t.employerId, t.applicationId),
    index("onboarding_connection").on(t.employerId, t.connectionId),
    oneOf("onboarding_status", t.status, onboardingStatuses),
    ...tenantPolicy(),
  ],
);

interface StoredTask {
  externalId: string;
  name: string;
  kind?: string;
  status: (typeof onboardingStatuses)[number];
  dueAt?: string;
  completedAt?: string;
}

export const message = pgTable(
  "message",
  {
    employerId: employerId().references(() => employer.id, { onDelete: "cascade" }),
    id: rowId(),
    connectionId: uuid("connection_id").notNull(),
    channel: text("channel").notNull(),
    sender: text("sender").notNull(),
    body: text("body").notNull(),
    externalId: text("external_id").notNull(),
    receivedAt: instant("received_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    unique("message_once").on(t.employerId, t.connectionId, t.externalId),
    ...tenantPolicy(),
  ],
);
