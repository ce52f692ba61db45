import { boolean, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { tenantPolicy } from "../rls.ts";
import { belongsTo, createdAt, employerId, instant, oneOf, rowId } from "./columns.ts";
import { employer } from "./people.ts";
import { endpoint } from "./webhooks.ts";

/** A link that opens an employer's webhook pages, or one endpoint's, to somebody without an account, until it ends. */
export const portalLink = pgTable(
  "portal_link",
  {
    employerId: employerId().references(() => employer.id, { onDelete: "cascade" }),
    id: rowId(),
    /** Whom it is for; stands in the audit log for what they do. */
    name: text("name").notNull(),
    sha256: text("sha256").notNull(),
    /** Only this endpoint; null for all of them. */
    endpointId: uuid("endpoint_id"),
    access: text("access").$type<"read" | "manage">().notNull(),
    createdBy: text("created_by").notNull(),
    createdAt: createdAt(),
    expiresAt: instant("expires_at").notNull(),
    openedAt: instant("opened_at"),
    revokedAt: instant("revoked_at"),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    uniqueIndex("portal_link_hash").on(t.employerId, t.sha256),
    oneOf("portal_link_access", t.access, ["read", "manage"]),
    belongsTo("portal_link_endpoint_fk", [t.employerId, t.endpointId], endpoint),
    ...tenantPolicy(),
  ],
);

/** A receiving address of our own, to look at what arrives. Who knows the token may post to it and see nothing. */
export const inbox = pgTable(
  "inbox",
  {
    employerId: employerId().references(() => employer.id, { onDelete: "cascade" }),
    id: rowId(),
    name: text("name").notNull(),
    token: text("token").notNull(),
    /** What senders are answered, so that retries and 410 can be watched. */
    answerStatus: integer("answer_status").notNull().default(200),
    createdBy: text("created_by").notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    uniqueIndex("inbox_token").on(t.employerId, t.token),
    ...tenantPolicy(),
  ],
);

/** One request that arrived at an inbox: the newest few of each, for a day. */
export const inboxRequest = pgTable(
  "inbox_request",
  {
    employerId: employerId(),
    id: rowId(),
    inboxId: uuid("inbox_id").notNull(),
    receivedAt: instant("received_at").notNull().defaultNow(),
    method: text("method").notNull(),
    path: text("path").notNull(),
    headers: jsonb("headers").$type<Readonly<Record<string, string>>>().notNull(),
    /** At most 64 KiB. */
    body: text("body").notNull(),
    bytes: integer("bytes").notNull(),
    cut: boolean("cut").notNull().default(false),
    /** Whether one of the employer's secrets signed it, and why not. */
    verified: boolean("verified").notNull(),
    verdict: text("verdict").notNull(),
    answered: integer("answered").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.employerId, t.id] }),
    index("inbox_request_inbox").on(t.employerId, t.inboxId, t.id),
    belongsTo("inbox_request_inbox_fk", [t.employerId, t.inboxId], inbox),
    ...tenantPolicy(),
  ],
);
