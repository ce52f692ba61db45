import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { tenantPolicy } from "../rls.ts";
import { belongsTo, createdAt, employerId, instant, oneOf, rowId, sealed, updatedAt } from "./columns.ts";
import { onConnection } from "./connections.ts";
import { employer } from "./people.ts";

/* event, delivery, attempt and inbound_delivery are partitioned by their UUIDv7 ids, which carry the time (see the migration). */

export const payloadStyles = ["full", "thin", "template"] as const;
export const conditionOperators = ["eq", "ne", "in", "gt", "lt", "contains", "exists"] as const;

/** One comparison with what stands at a path of the event. */
export interface Condition {
  path: string;
  op: (typeof conditionOperators)[number];
  /** A list for "in", true or false for "exists". */
  value: string | number | boolean | null | readonly (string | number | boolean | null)[];
}

export const orderings = ["none", "subject", "endpoint"] as const;

export const endpoint = pgTable(
  "endpoint",
  {
    employerId: employerId().references(() => employer.id, { onDelete: "cascade" }),
    id: rowId(),
    url: text("url").notNull(),
    description: text("description").notNull().default(""),
    /** "hook": a program subscribed by itself and ends by answering 410. */
    kind: text("kind").$type<"endpoint" | "hook">().notNull().default("endpoint"),
    /** Empty means every type. */
    eventTypes: jsonb("event_types").$type<readonly string[]>().notNull(),
    state: text("state").$type<"delivering" | "struggling" | "off">().notNull().default("delivering"),
    offReason: text("off_reason"),
    /** Also send X-Webhook-Signature: hex HMAC-SHA256 of the body under a secret of its own. */
    legacySignature: boolean("legacy_signature").notNull().default(false),
    /** The event as it is, its id and address only, or the endpoint's own template filled in. */
    payload: text("payload").$type<(typeof payloadStyles)[number]>().notNull().default("full"),
    /** JSON with `{{path}}` placeholders; set exactly when the payload is "template". */
    template: text("template"),
    /** All must hold for an event to be sent here. */
    conditions: jsonb("conditions").$type<readonly Condition[]>().notNull().default([]),
    failingSince: instant("failing_since"),
    consecutiveFailures: integer("consecutive_failures").notNull().default(0),
    lastSuccessAt: instant("last_success_at"),
    /** While set, the breaker is open: only one probe goes out. */
    openUntil: instant("open_until"),
    /** Requests per second at most; null where nobody asked for a limit. */
    ratePerSecond: integer("rate_per_second"),
    /** Requests under way at once at most; null where nobody asked for a limit. */
    concurrency: integer("concurrency"),
    /** Whether events arrive in the order in which they were committed: all of them, those about one subject, or not. */
    ordering: text("ordering").$type<(typeof orderings)[number]>().notNull().default("none"),
    /** Events of one request at most, and how long the first of them may wait for company; null sends each by itself. */
    batchEvents: integer("batch_events"),
    batchSeconds: integer("batch_seconds"),
    /** With a rate, when the next request may leave. */
    rateNextAt: instant("rate_next_at"),
    /** When the breaker opened: attempts that had begun before say nothing new. */
    openedAt: instant("opened_at"),
    /** Warnings given since `failing_since`. */
    warnings: integer("warnings").notNull().default(0),
    /** When it was last switched off, and since when deliveries were missed: older, where some had waited or failed before. */
    offAt: instant("off_at"),
    missedSince: instant("missed_since"),
    createdBy: text("created_by"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    oneOf("endpoint_kind", t.kind, ["endpoint", "hook"]),
    oneOf("endpoint_state", t.state, ["delivering", "struggling", "off"]),
    oneOf("endpoint_payload", t.payload, payloadStyles),
    oneOf("endpoint_ordering", t.ordering, orderings),
    ...tenantPolicy(),
  ],
);

/** What signs: HMAC of Standard Webhooks, the older header's HMAC, and the pair of keys of `v1a`. */
export const signingKinds = ["standard", "legacy", "ed25519"] as const;
/** Sealed settings of an endpoint, one row of a kind: headers of its own, how we sign in, our client certificate. */
export const sealedSettings = ["headers", "auth", "certificate"] as const;

/** Secrets of an endpoint: several that sign while one rotates out, and settings that nobody may read back. */
export const endpointSecret = pgTable(
  "endpoint_secret",
  {
    employerId: employerId(),
    id: rowId(),
    endpointId: uuid("endpoint_id").notNull(),
    kind: text("kind").$type<(typeof signingKinds)[number] | (typeof sealedSettings)[number]>().notNull(),
    ...sealed(),
    createdAt: createdAt(),
    expiresAt: instant("expires_at"),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    index("endpoint_secret_endpoint").on(t.employerId, t.endpointId),
    oneOf("endpoint_secret_kind", t.kind, [...signingKinds, ...sealedSettings]),
    belongsTo("endpoint_secret_endpoint_fk", [t.employerId, t.endpointId], endpoint),
    ...tenantPolicy(),
  ],
);

/** Something that happened, written in the transaction that made it happen. `body` is sent byte for byte. */
export const event = pgTable(
  "event",
  {
    employerId: employerId(),
    id: rowId(),
    type: text("type").notNull(),
    subjectId: uuid("subject_id"),
    body: text("body").notNull(),
    /** A sample that somebody sent, not something that happened. */
    test: boolean("test").notNull().default(false),
    /** The transaction that wrote it: the order in which events are read over the API, because ids are older than their commit. */
    written: bigint("written", { mode: "number" }).notNull().default(sql`(pg_current_xact_id()::text)::bigint`),
    createdAt: createdAt(),
    /** When the body was emptied, because the person it is about was deleted. */
    erasedAt: instant("erased_at"),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    index("event_written").on(t.employerId, t.written, t.id),
    index("event_type").on(t.employerId, t.type, t.id),
    index("event_subject").on(t.employerId, t.subjectId),
    ...tenantPolicy(),
  ],
);

export const deliveryStates = ["queued", "sending", "delivered", "retrying", "failed", "not_sent"] as const;

/** One event for one endpoint. No foreign key to the partitioned event table, so that old partitions can be dropped. */
export const delivery = pgTable(
  "delivery",
  {
    employerId: employerId(),
    id: rowId(),
    endpointId: uuid("endpoint_id").notNull(),
    eventId: uuid("event_id").notNull(),
    eventType: text("event_type").notNull(),
    state: text("state").$type<(typeof deliveryStates)[number]>().notNull().default("queued"),
    /** "event", "test", or "replay" of an earlier delivery. */
    cause: text("cause").notNull().default("event"),
    replayOf: uuid("replay_of"),
    /** The bytes of every attempt where the endpoint asked for other than the event's own; null means the event's. */
    body: text("body"),
    attempts: integer("attempts").notNull().default(0),
    /** Attempts made before a person started the schedule anew. */
    scheduleFrom: integer("schedule_from").notNull().default(0),
    /** When a person last asked for it to go out now. */
    resentAt: instant("resent_at"),
    /** The recovery that made it; no recovery makes two of one event. */
    recoveryId: uuid("recovery_id"),
    /** When the next attempt is due; stays while it is under way, null when none will follow. */
    nextAttemptAt: instant("next_attempt_at"),
    /** While an attempt is under way: until when nobody else may make it. In no index, so that a claim rewrites none. */
    leasedUntil: instant("leased_until"),
    /** Where order counts: deliveries of one endpoint and key go out one after the other, by number. A trigger sets both. */
    orderKey: text("order_key"),
    orderNumber: bigint("order_number", { mode: "number" }),
    lastStatus: integer("last_status"),
    lastError: text("last_error"),
    createdAt: createdAt(),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    index("delivery_endpoint").on(t.employerId, t.endpointId, t.id),
    index("delivery_event").on(t.employerId, t.eventId),
    index("delivery_due").on(t.employerId, t.endpointId, t.nextAttemptAt).where(sql`${t.nextAttemptAt} is not null`),
    index("delivery_order")
      .on(t.employerId, t.endpointId, t.orderKey, t.orderNumber)
      .where(sql`${t.orderKey} is not null and ${t.nextAttemptAt} is not null`),
    // What ended without arriving. By columns that only an end changes together, so that taking a delivery for an attempt
    // rewrites no index.
    index("delivery_ended")
      .on(t.employerId, t.id)
      .where(sql`${t.nextAttemptAt} is null and ${t.lastError} is not null`),
    oneOf("delivery_state", t.state, deliveryStates),
    oneOf("delivery_cause", t.cause, ["event", "test", "replay"]),
    ...tenantPolicy(),
  ],
);

export const attempt = pgTable(
  "attempt",
  {
    employerId: employerId(),
    id: rowId(),
    deliveryId: uuid("delivery_id").notNull(),
    endpointId: uuid("endpoint_id").notNull(),
    number: integer("number").notNull(),
    startedAt: instant("started_at").notNull(),
    milliseconds: integer("milliseconds").notNull(),
    /** delivered, http, redirect, timeout, dns, blocked, connect, tls, reset, too-large. */
    outcome: text("outcome").notNull(),
    /** Where a failed one ended: dns, connect, tls, ttfb or body; null when a whole answer came. */
    phase: text("phase"),
    /** Milliseconds per phase that it went through; a kept socket has neither dns, connect nor tls. */
    timings: jsonb("timings").$type<Readonly<Record<string, number>>>().notNull().default({}),
    /** The IP address spoken with. */
    remoteAddress: text("remote_address"),
    status: integer("status"),
    error: text("error"),
    requestHeaders: jsonb("request_headers").$type<Record<string, string>>().notNull(),
    responseHeaders: jsonb("response_headers").$type<Record<string, string>>().notNull(),
    /** At most 16 KiB. */
    responseBody: text("response_body"),
    /** There was more than that. */
    responseTruncated: boolean("response_truncated").notNull().default(false),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    index("attempt_delivery").on(t.employerId, t.deliveryId, t.id),
    index("attempt_endpoint").on(t.employerId, t.endpointId, t.id),
    ...tenantPolicy(),
  ],
);

export const recoveryStates = ["running", "done", "cancelled"] as const;
/** Ends of a delivery that a recovery may look for. */
export const recoverableStates = ["failed", "not_sent", "delivered"] as const;

/** Sending again in bulk: goes through an endpoint's deliveries of a time, a page per transaction, and can be resumed. */
export const recovery = pgTable(
  "recovery",
  {
    employerId: employerId(),
    id: rowId(),
    endpointId: uuid("endpoint_id").notNull(),
    /** Deliveries made in [since, until). */
    since: instant("since").notNull(),
    until: instant("until").notNull(),
    states: jsonb("states").$type<readonly (typeof recoverableStates)[number][]>().notNull(),
    /** Empty means every type. */
    eventTypes: jsonb("event_types").$type<readonly string[]>().notNull(),
    state: text("state").$type<(typeof recoveryStates)[number]>().notNull().default("running"),
    /** Why it ended early, in words. */
    note: text("note"),
    /** The last delivery looked at; before the first, the smallest id of the time. */
    cursor: uuid("cursor").notNull(),
    /** Events found, sent again, and left alone because they arrived or are under way. */
    found: integer("found").notNull().default(0),
    enqueued: integer("enqueued").notNull().default(0),
    skipped: integer("skipped").notNull().default(0),
    createdBy: text("created_by").notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    index("recovery_endpoint").on(t.employerId, t.endpointId, t.id),
    uniqueIndex("recovery_running").on(t.employerId, t.endpointId).where(sql`state = 'running'`),
    oneOf("recovery_state", t.state, recoveryStates),
    belongsTo("recovery_endpoint_fk", [t.employerId, t.endpointId], endpoint),
    ...tenantPolicy(),
  ],
);

export const inboundStates = ["received", "processed", "ignored", "failed"] as const;

/** A verified request from a vendor: raw bytes and headers sealed, kept 60 days, replayable. */
export const inboundDelivery = pgTable(
  "inbound_delivery",
  {
    employerId: employerId(),
    id: rowId(),
    connectionId: uuid("connection_id").notNull(),
    vendorId: text("vendor_id").notNull(),
    dedupeKey: text("dedupe_key").notNull(),
    /** Method, address, headers and body, packed (see `inbound-envelope`). */
    ...sealed(),
    bytes: integer("bytes").notNull(),
    type: text("type").notNull(),
    state: text("state").$type<(typeof inboundStates)[number]>().notNull().default("received"),
    note: text("note"),
    attempts: integer("attempts").notNull().default(0),
    replayOf: uuid("replay_of"),
    receivedAt: instant("received_at").notNull().defaultNow(),
    processedAt: instant("processed_at"),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    index("inbound_delivery_connection").on(t.employerId, t.connectionId, t.id),
    oneOf("inbound_delivery_state", t.state, inboundStates),
    ...tenantPolicy(),
  ],
);

/** The vendor's event ids already taken; small and apart, so that it stays fast. */
export const inboundDedupe = pgTable(
  "inbound_dedupe",
  {
    employerId: employerId(),
    connectionId: uuid("connection_id").notNull(),
    dedupeKey: text("dedupe_key").notNull(),
    deliveryId: uuid("delivery_id").notNull(),
    at: instant("at").notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.connectionId, t.dedupeKey] }),
    index("inbound_dedupe_age").on(t.employerId, t.at),
    ...tenantPolicy(),
  ],
);

/** A request we turned away, with why in plain words; no body is kept. */
export const inboundRefusal = pgTable(
  "inbound_refusal",
  {
    employerId: employerId().references(() => employer.id, { onDelete: "cascade" }),
    id: rowId(),
    connectionId: uuid("connection_id").notNull(),
    vendorId: text("vendor_id").notNull(),
    reason: text("reason").notNull(),
    at: instant("at").notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    index("inbound_refusal_connection").on(t.employerId, t.connectionId, t.id),
    ...tenantPolicy(),
  ],
);

/** Verified, but no connection has this account yet. Instance-wide, sealed, claimed or dropped by a person. */
export const inboundQuarantine = pgTable(
  "inbound_quarantine",
  {
    id: uuid("id").primaryKey(),
    vendorId: text("vendor_id").notNull(),
    environment: text("environment").notNull(),
    accountId: text("account_id").notNull(),
    ...sealed(),
    /** Nobody has checked who sent it: there is no secret to check with yet. */
    unproven: boolean("unproven").notNull().default(false),
    receivedAt: instant("received_at").notNull().defaultNow(),
    decision: text("decision"),
    decidedAt: instant("decided_at"),
  },
  (t) => [index("inbound_quarantine_account").on(t.vendorId, t.environment, t.accountId)],
);

/** When a connection's vendor usually sends, hour by hour of the week; one look an hour keeps it (see `inbound-rhythm`). */
export const inboundRhythm = pgTable(
  "inbound_rhythm",
  {
    employerId: employerId(),
    connectionId: uuid("connection_id").notNull(),
    hours: jsonb("hours").$type<readonly number[]>().notNull(),
    lookedHours: integer("looked_hours").notNull(),
    heardHours: integer("heard_hours").notNull(),
    lookedUntil: instant("looked_until").notNull(),
    lastAt: instant("last_at"),
    surprise: doublePrecision("surprise").notNull(),
    missed: doublePrecision("missed").notNull(),
    longest: doublePrecision("longest").notNull(),
    /** While set, the vendor is silent against its own rhythm. */
    silentSince: instant("silent_since"),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.connectionId] }),
    onConnection(t, "inbound_rhythm_connection"),
    ...tenantPolicy(),
  ],
);
