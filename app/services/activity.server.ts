import { and, desc, eq, lt } from "drizzle-orm";
import { newId } from "#app/platform/crypto.server.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { activity } from "#db/schema/connections.ts";
import { notifyLive } from "./live.server.ts";

/** Which icon and which filter an entry falls under. */
export const activityKinds = [
  "sync",
  "webhook",
  "person",
  "posting",
  "message",
  "interview",
  "credential",
  "wait",
] as const;
export type ActivityKind = (typeof activityKinds)[number];
export type ActivityTone = "ok" | "idle" | "run" | "warn" | "bad";

export interface ActivityInput {
  connectionId?: string;
  /** What it is about besides the connection. */
  subject?: { kind: string; id: string };
  kind: ActivityKind;
  tone?: ActivityTone;
  /** Bold beginning of the line: a person, a vendor or a thing. */
  who: string;
  /** The rest of the sentence. No secrets, no codes. */
  what: string;
  href?: string;
}

/** Writes one line of what happened, in the caller's transaction. */
export async function recordActivity(tx: EmployerTx, employerId: string, input: ActivityInput): Promise<void> {
  await tx.insert(activity).values({
    employerId,
    id: newId(),
    connectionId: input.connectionId ?? null,
    subjectKind: input.subject?.kind ?? null,
    subjectId: input.subject?.id ?? null,
    kind: input.kind,
    tone: input.tone ?? "idle",
    who: input.who,
    what: input.what,
    href: input.href ?? null,
  });
  await notifyLive(tx, employerId, "activity", input.connectionId ?? input.subject?.id ?? "");
}

export type ActivityEntry = typeof activity.$inferSelect;

export interface ActivityFilter {
  connectionId?: string;
  subjectId?: string;
  kind?: ActivityKind;
  /** Only entries older than this one. */
  before?: string;
  limit?: number;
}

/** Entries newest first, one more than asked so that the caller sees whether older ones exist. */
export async function activityRows(
  tx: EmployerTx,
  employerId: string,
  filter: ActivityFilter,
): Promise<ActivityEntry[]> {
  return tx
    .select()
    .from(activity)
    .where(
      and(
        eq(activity.employerId, employerId),
        filter.connectionId ? eq(activity.connectionId, filter.connectionId) : undefined,
        filter.subjectId ? eq(activity.subjectId, filter.subjectId) : undefined,
        filter.kind ? eq(activity.kind, filter.kind) : undefined,
        filter.before ? lt(activity.id, filter.before) : undefined,
      ),
    )
    .orderBy(desc(activity.id))
    .limit((filter.limit ?? 50) + 1);
}

/** A page of activity, newest first; `older` is the id to pass as `before` for the next page. */
export async function listActivity(
  employerId: string,
  filter: ActivityFilter = {},
): Promise<{ entries: ActivityEntry[]; older: string | null }> {
  const limit = filter.limit ?? 50;
  const rows = await withEmployer(employerId, (tx) => activityRows(tx, employerId, { ...filter, limit }));
  const entries = rows.slice(0, limit);
  return { entries, older: rows.length > limit ? (entries.at(-1)?.id ?? null) : null };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The filter as a page's address has it; what cannot be read is left out. */
export function readActivityFilter(query: URLSearchParams): Pick<ActivityFilter, "kind" | "before"> {
  const kind = activityKinds.find((known) => known === query.get("kind"));
  const before = query.get("before") ?? "";
  return { ...(kind ? { kind } : {}), ...(UUID.test(before) ? { before } : {}) };
}
