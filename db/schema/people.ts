import { sql } from "drizzle-orm";
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
import { createdAt, employerId, instant, oneOf, rowId, updatedAt } from "./columns.ts";

/* People and employers belong to the sign-in library: no row-level security, because they are read before a tenant is known. */

export const user = pgTable("user", {
  id: uuid("id").primaryKey(),
  name: text("name").notNull(),
  email: text("email").notNull().unique(),
  emailVerified: boolean("email_verified").notNull().default(false),
  image: text("image"),
  twoFactorEnabled: boolean("two_factor_enabled").notNull().default(false),
  /** May see the instance page: vendor apps, keys, queue. */
  instanceAdmin: boolean("instance_admin").notNull().default(false),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

export const employer = pgTable("employer", {
  id: uuid("id").primaryKey(),
  name: text("name").notNull(),
  slug: text("slug").notNull().unique(),
  logo: text("logo"),
  metadata: text("metadata"),
  website: text("website"),
  about: text("about"),
  timeZone: text("time_zone").notNull().default("UTC"),
  createdAt: createdAt(),
});

export const session = pgTable(
  "session",
  {
    id: uuid("id").primaryKey(),
    token: text("token").notNull().unique(),
    userId: uuid("user_id")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    activeOrganizationId: uuid("active_employer_id").references(() => employer.id, { onDelete: "set null" }),
    expiresAt: instant("expires_at").notNull(),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [index("session_user").on(t.userId)],
);

export const account = pgTable(
  "account",
  {
    id: uuid("id").primaryKey(),
    accountId: text("account_id").notNull(),
    providerId: text("provider_id").notNull(),
    userId: uuid("user_id")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    accessToken: text("access_token"),
    refreshToken: text("refresh_token"),
    idToken: text("id_token"),
    accessTokenExpiresAt: instant("access_token_expires_at"),
    refreshTokenExpiresAt: instant("refresh_token_expires_at"),
    scope: text("scope"),
    password: text("password"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [index("account_user").on(t.userId)],
);

/* Its id is text: the sign-in link reserves a row under an id derived from the link. */
export const verification = pgTable(
  "verification",
  {
    id: text("id").primaryKey(),
    identifier: text("identifier").notNull(),
    value: text("value").notNull(),
    expiresAt: instant("expires_at").notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [index("verification_identifier").on(t.identifier)],
);

export const roles = ["owner", "admin", "recruiter", "viewer"] as const;

export const member = pgTable(
  "member",
  {
    id: uuid("id").primaryKey(),
    employerId: uuid("employer_id")
      .notNull()
      .references(() => employer.id, { onDelete: "cascade" }),
    userId: uuid("user_id")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    role: text("role").notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    unique("member_once").on(t.employerId, t.userId),
    index("member_user").on(t.userId),
    oneOf("member_role", t.role, roles),
  ],
);

export const invitation = pgTable(
  "invitation",
  {
    id: uuid("id").primaryKey(),
    employerId: uuid("employer_id")
      .notNull()
      .references(() => employer.id, { onDelete: "cascade" }),
    email: text("email").notNull(),
    role: text("role"),
    status: text("status").notNull().default("pending"),
    expiresAt: instant("expires_at").notNull(),
    inviterId: uuid("inviter_id")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    createdAt: createdAt(),
  },
  (t) => [index("invitation_employer").on(t.employerId), index("invitation_email").on(t.email)],
);

export const twoFactor = pgTable(
  "two_factor",
  {
    id: uuid("id").primaryKey(),
    secret: text("secret").notNull(),
    backupCodes: text("backup_codes").notNull(),
    verified: boolean("verified").notNull().default(true),
    failedVerificationCount: integer("failed_verification_count").notNull().default(0),
    lockedUntil: instant("locked_until"),
    userId: uuid("user_id")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
  },
  (t) => [index("two_factor_user").on(t.userId)],
);

/** Counters of the sign-in library and of our own throttles; `key` names who and what. */
export const rateLimit = pgTable("rate_limit", {
  id: uuid("id").primaryKey(),
  key: text("key").notNull().unique(),
  count: integer("count").notNull(),
  lastRequest: bigint("last_request", { mode: "number" }).notNull(),
});

/** `pbk_<employer>_<secret>`: the key names its employer, so that it is looked up inside the tenant. */
export const apiKey = pgTable(
  "api_key",
  {
    employerId: employerId().references(() => employer.id, { onDelete: "cascade" }),
    id: rowId(),
    name: text("name").notNull(),
    /** The first characters, for recognition. */
    prefix: text("prefix").notNull(),
    sha256: text("sha256").notNull(),
    scopes: jsonb("scopes").$type<readonly string[]>().notNull(),
    createdBy: uuid("created_by"),
    createdAt: createdAt(),
    expiresAt: instant("expires_at"),
    lastUsedAt: instant("last_used_at"),
    revokedAt: instant("revoked_at"),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    uniqueIndex("api_key_hash").on(t.employerId, t.sha256),
    ...tenantPolicy(),
  ],
);

/** The stored answer of a POST that carried an Idempotency-Key, kept for a day. */
export const idempotencyKey = pgTable(
  "idempotency_key",
  {
    employerId: employerId().references(() => employer.id, { onDelete: "cascade" }),
    key: text("key").notNull(),
    requestHash: text("request_hash").notNull(),
    /** Null while the first request is still running. */
    status: integer("status"),
    body: text("body"),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.employerId, t.key] }), index("idempotency_age").on(t.createdAt), ...tenantPolicy()],
);

/** Append-only, hash-chained per employer. `hash` covers the previous hash and the row's canonical JSON. */
export const auditEntry = pgTable(
  "audit_entry",
  {
    employerId: employerId().references(() => employer.id, { onDelete: "cascade" }),
    seq: bigint("seq", { mode: "number" }).notNull(),
    at: instant("at").notNull().default(sql`now()`),
    actorKind: text("actor_kind").notNull(),
    actorId: text("actor_id"),
    actorName: text("actor_name").notNull(),
    action: text("action").notNull(),
    subjectKind: text("subject_kind"),
    subjectId: text("subject_id"),
    subjectName: text("subject_name"),
    data: jsonb("data").$type<Record<string, unknown>>().notNull(),
    previousHash: text("previous_hash").notNull(),
    hash: text("hash").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.seq] }),
    index("audit_at").on(t.employerId, t.at),
    oneOf("audit_actor_kind", t.actorKind, ["person", "api", "system", "vendor"]),
    ...tenantPolicy(),
  ],
);
