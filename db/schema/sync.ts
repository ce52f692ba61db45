import { boolean, index, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { tenantPolicy } from "../rls.ts";
import { createdAt, employerId, instant, oneOf, rowId, updatedAt } from "./columns.ts";
import { onConnection } from "./connections.ts";

/** One object type of one connection: its schedule, checkpoint and lease. */
export const syncStream = pgTable(
  "sync_stream",
  {
    employerId: employerId(),
    connectionId: uuid("connection_id").notNull(),
    resource: text("resource").notNull(),
    enabled: boolean("enabled").notNull().default(true),
    /** Start time of the last complete run, ISO 8601; null asks for everything. */
    checkpoint: text("checkpoint"),
    everyMinutes: integer("every_minutes").notNull(),
    nextRunAt: instant("next_run_at"),
    /** When the next complete scan is due, for vendors that cannot name deletions. */
    fullScanAt: instant("full_scan_at"),
    currentRunId: uuid("current_run_id"),
    leaseOwner: text("lease_owner"),
    leaseUntil: instant("lease_until"),
    lastRunId: uuid("last_run_id"),
    lastStatus: text("last_status"),
    lastCompleteAt: instant("last_complete_at"),
    records: integer("records").notNull().default(0),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.connectionId, t.resource] }),
    index("sync_stream_due").on(t.employerId, t.nextRunAt),
    onConnection(t, "sync_stream_connection"),
    ...tenantPolicy(),
  ],
);

export const syncStatuses = [
  "queued",
  "running",
  "parked",
  "succeeded",
  "partial",
  "failed",
  "held",
  "stopped",
] as const;

export const syncRun = pgTable(
  "sync_run",
  {
    employerId: employerId(),
    id: rowId(),
    connectionId: uuid("connection_id").notNull(),
    resource: text("resource").notNull(),
    mode: text("mode").notNull(),
    status: text("status").$type<(typeof syncStatuses)[number]>().notNull(),
    startedBy: text("started_by").notNull(),
    cursor: text("cursor"),
    /** The checkpoint it began from; null is a full pull. */
    checkpoint: text("checkpoint"),
    /** Pages done; the fence of a page job. */
    pages: integer("pages").notNull().default(0),
    read: integer("read").notNull().default(0),
    written: integer("written").notNull().default(0),
    skipped: integer("skipped").notNull().default(0),
    rejected: integer("rejected").notNull().default(0),
    deleted: integer("deleted").notNull().default(0),
    total: integer("total"),
    errorKind: text("error_kind"),
    error: text("error"),
    parkedUntil: instant("parked_until"),
    stopRequested: boolean("stop_requested").notNull().default(false),
    startedAt: instant("started_at").notNull().defaultNow(),
    finishedAt: instant("finished_at"),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    index("sync_run_connection").on(t.employerId, t.connectionId, t.id),
    oneOf("sync_run_status", t.status, syncStatuses),
    oneOf("sync_run_mode", t.mode, ["incremental", "full"]),
    onConnection(t, "sync_run_connection_fk"),
    ...tenantPolicy(),
  ],
);

/** A row that could not be used, with its reason; cleared when a later run reads it well. */
export const syncReject = pgTable(
  "sync_reject",
  {
    employerId: employerId(),
    connectionId: uuid("connection_id").notNull(),
    resource: text("resource").notNull(),
    externalId: text("external_id").notNull(),
    runId: uuid("run_id").notNull(),
    reason: text("reason").notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.connectionId, t.resource, t.externalId] }),
    onConnection(t, "sync_reject_connection"),
    ...tenantPolicy(),
  ],
);

/** Vendor id ↔ our row. `contentHash` tells a real change from a repeat. */
export const externalRecord = pgTable(
  "external_record",
  {
    employerId: employerId(),
    connectionId: uuid("connection_id").notNull(),
    resource: text("resource").notNull(),
    externalId: text("external_id").notNull(),
    localId: uuid("local_id").notNull(),
    version: text("version").notNull(),
    contentHash: text("content_hash").notNull(),
    /** The last complete scan that saw it. */
    seenRunId: uuid("seen_run_id"),
    deletedAt: instant("deleted_at"),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ name: "external_record_pk", columns: [t.employerId, t.connectionId, t.resource, t.externalId] }),
    index("external_record_local").on(t.employerId, t.localId),
    onConnection(t, "external_record_connection"),
    ...tenantPolicy(),
  ],
);

/** Deletions the brake holds until a person decides. */
export const heldDeletion = pgTable(
  "held_deletion",
  {
    employerId: employerId(),
    id: rowId(),
    connectionId: uuid("connection_id").notNull(),
    resource: text("resource").notNull(),
    runId: uuid("run_id").notNull(),
    externalIds: jsonb("external_ids").$type<readonly string[]>().notNull(),
    outOf: integer("out_of").notNull(),
    why: text("why").notNull(),
    decision: text("decision"),
    decidedBy: text("decided_by"),
    decidedAt: instant("decided_at"),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    index("held_deletion_connection").on(t.employerId, t.connectionId),
    oneOf("held_deletion_decision", t.decision, ["deleted", "kept"]),
    onConnection(t, "held_deletion_connection_fk"),
    ...tenantPolicy(),
  ],
);

/** A change of ours on its way to the vendor. */
export const pushItem = pgTable(
  "push_item",
  {
    employerId: employerId(),
    id: rowId(),
    connectionId: uuid("connection_id").notNull(),
    resource: text("resource").notNull(),
    op: text("op").notNull(),
    localId: uuid("local_id").notNull(),
    /** What changed, e.g. the stage to move to. */
    detail: jsonb("detail").$type<Record<string, string>>().notNull(),
    status: text("status").notNull().default("queued"),
    error: text("error"),
    externalId: text("external_id"),
    createdAt: createdAt(),
    doneAt: instant("done_at"),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    index("push_item_open").on(t.employerId, t.connectionId, t.status),
    oneOf("push_item_op", t.op, ["create", "update", "delete"]),
    oneOf("push_item_status", t.status, ["queued", "sending", "done", "failed"]),
    onConnection(t, "push_item_connection"),
    ...tenantPolicy(),
  ],
);
