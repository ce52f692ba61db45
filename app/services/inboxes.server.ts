import { and, asc, desc, eq, gt, lt, or, sql } from "drizzle-orm";
import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer, withSystem } from "#db/client.server.ts";
import { employer } from "#db/schema/people.ts";
import { inbox, inboxRequest } from "#db/schema/webhook-guests.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { AppError } from "./errors.ts";
import { inboxUrl, newInboxToken } from "./inbox-address.server.ts";
import { fieldsOf } from "./team.server.ts";

/* Inboxes: addresses of our own that show what arrives, to build and mend a receiver against. */

export const INBOXES_AT_MOST = 10;
export const REQUESTS_KEPT = 50;
const KEPT_MS = 24 * 3_600_000;

/** What an inbox may be told to answer. */
export const inboxAnswers = [200, 204, 400, 404, 410, 429, 500, 503] as const;

const input = z.object({
  name: z.string().trim().min(1, "Give it a name.").max(80, "At most 80 characters."),
  answerStatus: z.coerce
    .number()
    .refine((status) => inboxAnswers.some((one) => one === status), "Choose one of the list.")
    .default(200),
});

export interface InboxShown {
  id: string;
  name: string;
  url: string;
  answerStatus: number;
  createdBy: string;
  createdAt: Date;
}

export type InboxRequest = typeof inboxRequest.$inferSelect;

/** A guest whose link names one endpoint sees no inbox: every endpoint may send there. */
function allowInboxes(actor: Actor, permission: "webhooks:read" | "webhooks:manage"): void {
  allow(actor, permission);
  if (actor.guest?.endpointId) throw new AppError("forbidden", "Your link opens one endpoint only.");
}

const shown = ({ id, name, token, answerStatus, createdBy, createdAt }: typeof inbox.$inferSelect): InboxShown => ({
  ...{ id, name, answerStatus, createdBy, createdAt },
  url: inboxUrl(token),
});

const own = (actor: Actor, id: string) => and(eq(inbox.employerId, actor.employerId), eq(inbox.id, id));

async function load(tx: EmployerTx, actor: Actor, id: string) {
  const [row] = z.uuid().safeParse(id).success ? await tx.select().from(inbox).where(own(actor, id)) : [];
  if (!row) throw new AppError("not-found", "This address does not exist.");
  return row;
}

const kept = (actor: Actor, now: Date) =>
  and(eq(inboxRequest.employerId, actor.employerId), gt(inboxRequest.receivedAt, new Date(now.getTime() - KEPT_MS)));

/** The employer's inboxes, oldest first, with what arrived in a day. */
export async function listInboxes(
  actor: Actor,
  now = new Date(),
): Promise<(InboxShown & { arrived: number; lastAt: Date | null })[]> {
  allowInboxes(actor, "webhooks:read");
  return withEmployer(actor.employerId, async (tx) => {
    const rows = await tx.select().from(inbox).where(eq(inbox.employerId, actor.employerId)).orderBy(asc(inbox.id));
    const counts = await tx
      .select({
        id: inboxRequest.inboxId,
        arrived: sql<number>`count(*)::int`,
        lastAt: sql<string>`max(${inboxRequest.receivedAt})`,
      })
      .from(inboxRequest)
      .where(kept(actor, now))
      .groupBy(inboxRequest.inboxId);
    return rows.map((row) => {
      const mine = counts.find(({ id }) => id === row.id);
      return { ...shown(row), arrived: mine?.arrived ?? 0, lastAt: mine ? new Date(mine.lastAt) : null };
    });
  });
}

/** One inbox with what arrived, newest first. Kind not-found. */
export async function getInbox(
  actor: Actor,
  id: string,
  now = new Date(),
): Promise<{ inbox: InboxShown; requests: InboxRequest[] }> {
  allowInboxes(actor, "webhooks:read");
  return withEmployer(actor.employerId, async (tx) => {
    const row = await load(tx, actor, id);
    const requests = await tx
      .select()
      .from(inboxRequest)
      .where(and(kept(actor, now), eq(inboxRequest.inboxId, id)))
      .orderBy(desc(inboxRequest.id))
      .limit(REQUESTS_KEPT);
    return { inbox: shown(row), requests };
  });
}

/** Makes an inbox. Kinds: invalid with fields, conflict at the limit, forbidden. */
export async function createInbox(actor: Actor, given: { name: unknown }): Promise<{ id: string; url: string }> {
  allowInboxes(actor, "webhooks:manage");
  const parsed = input.safeParse(given);
  if (!parsed.success) throw new AppError("invalid", "This address was not made.", { fields: fieldsOf(parsed.error) });
  const { employerId } = actor;
  const row = { employerId, id: newId(), token: newInboxToken(employerId), createdBy: actor.name, ...parsed.data };
  await withEmployer(employerId, async (tx) => {
    const known = await tx.select({ id: inbox.id }).from(inbox).where(eq(inbox.employerId, employerId));
    if (known.length >= INBOXES_AT_MOST)
      throw new AppError("conflict", `There are ${INBOXES_AT_MOST} addresses already. Delete one first.`);
    await tx.insert(inbox).values(row);
    await audit(tx, actor, "inbox.created", { kind: "inbox", id: row.id, name: row.name });
  });
  return { id: row.id, url: inboxUrl(row.token) };
}

/** Says what senders are answered from now on. Kinds: invalid, not-found, forbidden. */
export async function answerWith(actor: Actor, id: string, status: unknown): Promise<void> {
  allowInboxes(actor, "webhooks:manage");
  const parsed = input.shape.answerStatus.safeParse(status);
  if (!parsed.success) throw new AppError("invalid", "Choose an answer from the list.");
  await withEmployer(actor.employerId, async (tx) => {
    const row = await load(tx, actor, id);
    await tx.update(inbox).set({ answerStatus: parsed.data }).where(own(actor, id));
    const data = { answerStatus: parsed.data };
    await audit(tx, actor, "inbox.changed", { kind: "inbox", id, name: row.name }, data);
  });
}

/** Deletes an inbox with what arrived; its address answers 404 from then on. Kind not-found. */
export async function deleteInbox(actor: Actor, id: string): Promise<void> {
  allowInboxes(actor, "webhooks:manage");
  await withEmployer(actor.employerId, async (tx) => {
    const row = await load(tx, actor, id);
    await tx.delete(inbox).where(own(actor, id));
    await audit(tx, actor, "inbox.deleted", { kind: "inbox", id, name: row.name });
  });
}

/** Deletes what arrived more than a day ago; with an inbox named, also what is beyond its newest 50. */
export async function forgetRequests(
  tx: EmployerTx,
  employerId: string,
  inboxId?: string,
  now = new Date(),
): Promise<number> {
  const old = lt(inboxRequest.receivedAt, new Date(now.getTime() - KEPT_MS));
  const beyond =
    inboxId === undefined
      ? undefined
      : and(
          eq(inboxRequest.inboxId, inboxId),
          sql`${inboxRequest.id} <= (select r.id from inbox_request r where r.employer_id = ${employerId}::uuid
            and r.inbox_id = ${inboxId}::uuid order by r.id desc offset ${REQUESTS_KEPT} limit 1)`,
        );
  const gone = await tx
    .delete(inboxRequest)
    .where(and(eq(inboxRequest.employerId, employerId), or(old, beyond)))
    .returning({ id: inboxRequest.id });
  return gone.length;
}

/** As `forgetRequests` for every employer: an inbox where nothing arrives any more forgets too. */
export async function tidyInboxes(now = new Date()): Promise<number> {
  const employers = await withSystem((tx) => tx.select({ id: employer.id }).from(employer));
  let gone = 0;
  for (const { id } of employers) gone += await withEmployer(id, (tx) => forgetRequests(tx, id, undefined, now));
  return gone;
}
