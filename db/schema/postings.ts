import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text, unique, uuid } from "drizzle-orm/pg-core";
import { tenantPolicy } from "../rls.ts";
import { belongsTo, createdAt, employerId, instant, oneOf, rowId, updatedAt } from "./columns.ts";
import { onConnection } from "./connections.ts";
import { application, applicationStatuses, job } from "./hiring.ts";

export const postingStates = [
  "draft",
  "validating",
  "queued",
  "in_review",
  "live",
  "rejected",
  "expiring",
  "closed",
  "your_step",
  "still_up",
] as const;

/** `unsent`: the connection has no way to tell the board, as with a feed. */
export const dispositionStates = ["queued", "sent", "refused", "unsent"] as const;

/** One job on one board: what we want (`desired`) and what the board shows (`state`). The reconciler acts on the difference. */
export const posting = pgTable(
  "posting",
  {
    employerId: employerId(),
    id: rowId(),
    jobId: uuid("job_id").notNull(),
    /** Where it went. No foreign key: what was posted stays on record when the connection is removed. */
    connectionId: uuid("connection_id").notNull(),
    /** What the connection was called, from when it was removed; `state` is then what was last known. */
    disconnectedLabel: text("disconnected_label"),
    disconnectedAt: instant("disconnected_at"),
    vendorId: text("vendor_id").notNull(),
    /** Our stable external key at the board; survives retries and edits. */
    key: text("key").notNull(),
    desired: text("desired").$type<"live" | "closed">().notNull(),
    /** The job version that should be up, and the one that is. */
    desiredVersion: integer("desired_version").notNull(),
    observedVersion: integer("observed_version"),
    state: text("state").$type<(typeof postingStates)[number]>().notNull(),
    externalId: text("external_id"),
    /** What the board's module wants back with every later call; written by it alone. */
    externalData: jsonb("external_data").$type<Readonly<Record<string, string>>>(),
    url: text("url"),
    /** The board's reason in our words. */
    reason: text("reason"),
    /** The job field that the reason is about. */
    reasonField: text("reason_field"),
    /** Set before a call that may cost money, cleared when its fate is known: while set, look before sending again. */
    sentAt: instant("sent_at"),
    /** The board has taken the order to close and works on it: until then a posting that still shows is no ghost. */
    closingUntil: instant("closing_until"),
    costAmount: bigint("cost_amount", { mode: "number" }),
    costCurrency: text("cost_currency"),
    /** In every link and feed item; tells where an applicant came from. */
    sourceToken: text("source_token").notNull(),
    /** The rendered feed item, for boards that crawl. */
    feedItem: text("feed_item"),
    /** The feed's version since when it says what we want of this posting. */
    feedVersion: bigint("feed_version", { mode: "number" }),
    closeReason: text("close_reason"),
    attempts: integer("attempts").notNull().default(0),
    leaseOwner: text("lease_owner"),
    leaseUntil: instant("lease_until"),
    /** When to act or look again; null when nothing is awaited. */
    nextCheckAt: instant("next_check_at"),
    queuedAt: instant("queued_at"),
    liveAt: instant("live_at"),
    rejectedAt: instant("rejected_at"),
    expiresAt: instant("expires_at"),
    closedAt: instant("closed_at"),
    /** Read back from the board. */
    observedAt: instant("observed_at"),
    createdBy: text("created_by"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    unique("posting_once").on(t.employerId, t.jobId, t.connectionId),
    unique("posting_key").on(t.employerId, t.key),
    unique("posting_source_token").on(t.employerId, t.sourceToken),
    index("posting_connection").on(t.employerId, t.connectionId, t.id),
    index("posting_due").on(t.employerId, t.nextCheckAt),
    oneOf("posting_state", t.state, postingStates),
    oneOf("posting_desired", t.desired, ["live", "closed"]),
    belongsTo("posting_job", [t.employerId, t.jobId], job),
    ...tenantPolicy(),
  ],
);

/** Every state a posting went through, with the reason. */
export const postingEvent = pgTable(
  "posting_event",
  {
    employerId: employerId(),
    id: rowId(),
    postingId: uuid("posting_id").notNull(),
    at: instant("at").notNull().defaultNow(),
    state: text("state").notNull(),
    note: text("note"),
    actor: text("actor").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    index("posting_event_posting").on(t.employerId, t.postingId, t.id),
    belongsTo("posting_event_posting_fk", [t.employerId, t.postingId], posting),
    ...tenantPolicy(),
  ],
);

/** What a board that handed an application over is told of it; the first row of an application records the hand-over. */
export const disposition = pgTable(
  "disposition",
  {
    employerId: employerId(),
    id: rowId(),
    connectionId: uuid("connection_id").notNull(),
    applicationId: uuid("application_id").notNull(),
    /** The board's own id of the application. */
    externalId: text("external_id").notNull(),
    isNew: boolean("is_new").notNull(),
    status: text("status").$type<(typeof applicationStatuses)[number]>().notNull(),
    stage: text("stage"),
    /** When it came to stand there. */
    at: instant("at").notNull(),
    state: text("state").$type<(typeof dispositionStates)[number]>().notNull(),
    error: text("error"),
    createdAt: createdAt(),
    doneAt: instant("done_at"),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    index("disposition_application").on(t.employerId, t.applicationId),
    index("disposition_open").on(t.employerId, t.connectionId, t.state),
    oneOf("disposition_status", t.status, applicationStatuses),
    oneOf("disposition_state", t.state, dispositionStates),
    belongsTo("disposition_application_fk", [t.employerId, t.applicationId], application),
    onConnection(t, "disposition_connection"),
    ...tenantPolicy(),
  ],
);

/** The version of a board's feed: bumped in the transaction of every change, so an unchanged feed answers 304 at once. */
export const feed = pgTable(
  "feed",
  {
    employerId: employerId(),
    connectionId: uuid("connection_id").notNull(),
    version: bigint("version", { mode: "number" }).notNull().default(1),
    items: integer("items").notNull().default(0),
    changedAt: instant("changed_at").notNull().defaultNow(),
    lastCrawledAt: instant("last_crawled_at"),
    /** The newest version that a crawler has read to its end. */
    crawledVersion: bigint("crawled_version", { mode: "number" }),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.connectionId] }),
    onConnection(t, "feed_connection"),
    ...tenantPolicy(),
  ],
);

/** Clicks and views per posting and day. */
export const postingStat = pgTable(
  "posting_stat",
  {
    employerId: employerId(),
    postingId: uuid("posting_id").notNull(),
    day: instant("day").notNull(),
    views: integer("views").notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.postingId, t.day] }),
    belongsTo("posting_stat_posting", [t.employerId, t.postingId], posting),
    ...tenantPolicy(),
  ],
);

/** Per-platform wishes kept for the next job: category, region, plan. */
export const postingPreference = pgTable(
  "posting_preference",
  {
    employerId: employerId(),
    connectionId: uuid("connection_id").notNull(),
    values: jsonb("values").$type<Record<string, string>>().notNull(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.connectionId] }),
    onConnection(t, "posting_preference_connection"),
    ...tenantPolicy(),
  ],
);
