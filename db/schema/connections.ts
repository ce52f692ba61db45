import type { AnyPgColumn } from "drizzle-orm/pg-core";
import {
  bigint,
  boolean,
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
import { tenantPolicy } from "../rls.ts";
import { belongsTo, createdAt, employerId, instant, oneOf, rowId, sealed, updatedAt } from "./columns.ts";
import { employer } from "./people.ts";

export const connectionStates = [
  "added",
  "needs_setup",
  "active",
  "degraded",
  "needs_reconnect",
  "paused_by_user",
  "disconnecting",
] as const;

export const connection = pgTable(
  "connection",
  {
    employerId: employerId().references(() => employer.id, { onDelete: "cascade" }),
    id: rowId(),
    vendorId: text("vendor_id").notNull(),
    /** "production", another of the manifest's environments, or "sandbox". */
    environment: text("environment").notNull(),
    label: text("label").notNull(),
    state: text("state").$type<(typeof connectionStates)[number]>().notNull(),
    /** vendor_down, needs_attention, we_are_on_it, throttled; null when the state says it all. */
    stateReason: text("state_reason"),
    /** One plain sentence for the card. */
    stateDetail: text("state_detail"),
    stateSince: instant("state_since").notNull().defaultNow(),
    /** What the state was before a person paused it. */
    resumeState: text("resume_state"),
    accountId: text("account_id"),
    accountName: text("account_name"),
    /** Non-secret config fields by key. */
    config: jsonb("config").$type<Record<string, string | number | boolean>>().notNull(),
    /** The fields that go with a sign-in which has begun at the vendor; they take effect once it has worked. */
    consentConfig: jsonb("consent_config").$type<Record<string, string | number | boolean>>(),
    /** Setup choices by key. */
    setup: jsonb("setup").$type<Record<string, string | readonly string[]>>().notNull(),
    /** Non-secret values kept from the token answer. */
    grant: jsonb("grant").$type<Record<string, string>>().notNull(),
    /** Per-connection switches, e.g. { "push": true }. */
    features: jsonb("features").$type<Record<string, boolean>>().notNull(),
    /** Start of the present run of failures without a success, and whether it is an outage or a limit. */
    failingSince: instant("failing_since"),
    failingKind: text("failing_kind").$type<"outage" | "limit">(),
    consecutiveFailures: integer("consecutive_failures").notNull().default(0),
    lastSuccessAt: instant("last_success_at"),
    lastTestedAt: instant("last_tested_at"),
    createdBy: uuid("created_by"),
    pausedBy: text("paused_by"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    index("connection_vendor").on(t.employerId, t.vendorId),
    oneOf("connection_state", t.state, connectionStates),
    ...tenantPolicy(),
  ],
);

/** Composite reference to a connection, for the tables that hang on one and go with it. */
export const onConnection = (t: { employerId: AnyPgColumn; connectionId: AnyPgColumn }, name: string) =>
  belongsTo(name, [t.employerId, t.connectionId], connection);

/**
 * One encrypted value per connection and field: a secret config field, or "grant" (the token set as JSON).
 * The lease columns serialise refreshes of the grant; `version` fences their writes.
 */
export const credential = pgTable(
  "credential",
  {
    employerId: employerId(),
    connectionId: uuid("connection_id").notNull(),
    field: text("field").notNull(),
    ...sealed(),
    version: integer("version").notNull().default(1),
    leaseOwner: text("lease_owner"),
    leaseUntil: instant("lease_until"),
    expiresAt: instant("expires_at"),
    scopes: jsonb("scopes").$type<readonly string[]>(),
    status: text("status").notNull().default("live"),
    statusReason: text("status_reason"),
    lastVerifiedAt: instant("last_verified_at"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.connectionId, t.field] }),
    index("credential_expiry").on(t.employerId, t.expiresAt),
    index("credential_key").on(t.employerId, t.keyId),
    oneOf("credential_status", t.status, ["live", "revoked"]),
    onConnection(t, "credential_connection"),
    ...tenantPolicy(),
  ],
);

/** A consent in progress. `stateHash` binds the callback to the session that began it. */
export const oauthFlow = pgTable(
  "oauth_flow",
  {
    employerId: employerId(),
    id: rowId(),
    connectionId: uuid("connection_id").notNull(),
    stateHash: text("state_hash").notNull(),
    sessionId: uuid("session_id").notNull(),
    userId: uuid("user_id").notNull(),
    /** The PKCE verifier; sealed. */
    ...sealed(),
    redirectUri: text("redirect_uri").notNull(),
    returnTo: text("return_to").notNull(),
    expiresAt: instant("expires_at").notNull(),
    usedAt: instant("used_at"),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    unique("oauth_flow_state").on(t.employerId, t.stateHash),
    onConnection(t, "oauth_flow_connection"),
    ...tenantPolicy(),
  ],
);

/** OAuth clients and app-level secrets of this instance. Not a tenant table; `field` is client_id, client_secret or a setting. */
export const vendorApp = pgTable(
  "vendor_app",
  {
    vendorId: text("vendor_id").notNull(),
    /** "production" or "sandbox". */
    environment: text("environment").notNull(),
    field: text("field").notNull(),
    ...sealed(),
    updatedBy: uuid("updated_by"),
    updatedAt: updatedAt(),
  },
  (t) => [primaryKey({ columns: [t.vendorId, t.environment, t.field] })],
);

/** What we asked a vendor to send us, one row per target (a calendar, or the whole account). */
export const subscription = pgTable(
  "subscription",
  {
    employerId: employerId(),
    id: rowId(),
    connectionId: uuid("connection_id").notNull(),
    target: text("target").notNull().default(""),
    externalId: text("external_id").notNull(),
    ...sealed(),
    data: jsonb("data").$type<Record<string, string>>().notNull(),
    expiresAt: instant("expires_at"),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    unique("subscription_target").on(t.employerId, t.connectionId, t.target),
    index("subscription_expiry").on(t.employerId, t.expiresAt),
    onConnection(t, "subscription_connection"),
    ...tenantPolicy(),
  ],
);

/**
 * Where an inbound request belongs, found before a tenant is known; no secrets and no personal data, so no row-level security.
 * `lookup` is "token:<sha256 of the URL token>" or "account:<vendor>:<environment>:<account id>".
 */
export const inboundRoute = pgTable(
  "inbound_route",
  {
    lookup: text("lookup").primaryKey(),
    employerId: employerId().references(() => employer.id, { onDelete: "cascade" }),
    connectionId: uuid("connection_id").notNull(),
    vendorId: text("vendor_id").notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    index("inbound_route_connection").on(t.employerId, t.connectionId),
    onConnection(t, "inbound_route_connection_fk"),
  ],
);

/** Shared budget of vendor calls: one row per scope and bucket. Counters only, so no row-level security. */
export const rateBudget = pgTable(
  "rate_budget",
  {
    /** "connection:<id>:<class>" or "app:<vendor>:<class>". */
    scope: text("scope").notNull(),
    seconds: integer("seconds").notNull(),
    windowStart: instant("window_start").notNull(),
    used: integer("used").notNull(),
    blockedUntil: instant("blocked_until"),
  },
  (t) => [primaryKey({ columns: [t.scope, t.seconds] })],
);

/** Calls per connection and hour, for the sparkline and the success rate. */
export const callStat = pgTable(
  "call_stat",
  {
    employerId: employerId(),
    connectionId: uuid("connection_id").notNull(),
    hour: instant("hour").notNull(),
    succeeded: integer("succeeded").notNull().default(0),
    failed: integer("failed").notNull().default(0),
    milliseconds: bigint("milliseconds", { mode: "number" }).notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.connectionId, t.hour] }),
    onConnection(t, "call_stat_connection"),
    ...tenantPolicy(),
  ],
);

/** What happened, in sentences. `subjectKind` + `subjectId` name what it is about besides the connection. */
export const activity = pgTable(
  "activity",
  {
    employerId: employerId().references(() => employer.id, { onDelete: "cascade" }),
    id: rowId(),
    at: instant("at").notNull().defaultNow(),
    connectionId: uuid("connection_id"),
    subjectKind: text("subject_kind"),
    subjectId: uuid("subject_id"),
    /** Which lucide icon and filter: "sync", "webhook", "person", "posting", "message", "interview", "credential", "wait". */
    kind: text("kind").notNull(),
    tone: text("tone").notNull().default("idle"),
    /** Bold beginning of the line. */
    who: text("who").notNull(),
    what: text("what").notNull(),
    href: text("href"),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    index("activity_connection").on(t.employerId, t.connectionId, t.id),
    index("activity_subject").on(t.employerId, t.subjectId, t.id),
    oneOf("activity_tone", t.tone, ["ok", "idle", "run", "warn", "bad"]),
    ...tenantPolicy(),
  ],
);

/** A durable problem: one row per cause while it is open. */
export const issue = pgTable(
  "issue",
  {
    employerId: employerId().references(() => employer.id, { onDelete: "cascade" }),
    id: rowId(),
    connectionId: uuid("connection_id"),
    type: text("type").notNull(),
    /** Same cause, same key: a repeat updates the open row. */
    causeKey: text("cause_key").notNull(),
    severity: text("severity").notNull(),
    title: text("title").notNull(),
    /** What it means, then what to do. */
    detail: text("detail").notNull(),
    fixLabel: text("fix_label"),
    fixHref: text("fix_href"),
    affected: jsonb("affected").$type<readonly { label: string; count: number; href?: string }[]>().notNull(),
    occurrences: integer("occurrences").notNull().default(1),
    firstSeenAt: instant("first_seen_at").notNull().defaultNow(),
    lastSeenAt: instant("last_seen_at").notNull().defaultNow(),
    toldAt: instant("told_at"),
    toldWhom: text("told_whom"),
    snoozedUntil: instant("snoozed_until"),
    resolvedAt: instant("resolved_at"),
    /** Empty while open; the row's id once resolved, so that the open cause is unique without a partial index. */
    resolvedKey: text("resolved_key").notNull().default(""),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    uniqueIndex("issue_open_cause").on(t.employerId, t.causeKey, t.resolvedKey),
    index("issue_connection").on(t.employerId, t.connectionId),
    oneOf("issue_severity", t.severity, ["warn", "bad"]),
    ...tenantPolicy(),
  ],
);

/** Which event goes to which channel of a chat connection, with its template. */
export const notificationRule = pgTable(
  "notification_rule",
  {
    employerId: employerId(),
    id: rowId(),
    connectionId: uuid("connection_id").notNull(),
    eventType: text("event_type").notNull(),
    destinationId: text("destination_id").notNull(),
    destinationName: text("destination_name").notNull(),
    enabled: boolean("enabled").notNull().default(true),
    /** Template over {{placeholders}} of the event. */
    title: text("title").notNull(),
    body: text("body").notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    unique("notification_rule_once").on(t.employerId, t.connectionId, t.eventType, t.destinationId),
    onConnection(t, "notification_rule_connection"),
    ...tenantPolicy(),
  ],
);

/** `unclear`: the vendor may have it, and cannot be asked; a person decides whether to send again. */
export const notificationStatuses = ["queued", "sending", "sent", "unclear", "failed"] as const;

/** One message to send for one event and rule; unique, so that a repeated job sends once. */
export const notification = pgTable(
  "notification",
  {
    employerId: employerId(),
    id: rowId(),
    connectionId: uuid("connection_id").notNull(),
    eventId: uuid("event_id").notNull(),
    ruleId: uuid("rule_id").notNull(),
    destinationId: text("destination_id").notNull(),
    title: text("title").notNull(),
    body: text("body").notNull(),
    linkLabel: text("link_label"),
    linkUrl: text("link_url"),
    status: text("status").$type<(typeof notificationStatuses)[number]>().notNull().default("queued"),
    externalId: text("external_id"),
    error: text("error"),
    createdAt: createdAt(),
    sentAt: instant("sent_at"),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    unique("notification_once").on(t.employerId, t.eventId, t.ruleId),
    index("notification_waiting").on(t.employerId, t.connectionId, t.status),
    oneOf("notification_status", t.status, notificationStatuses),
    onConnection(t, "notification_connection"),
    ...tenantPolicy(),
  ],
);
