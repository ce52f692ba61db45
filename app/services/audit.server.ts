import { and, asc, desc, eq, gt, gte, ilike, lt, or, type SQL } from "drizzle-orm";
import { sha256Hex } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { auditEntry, employer } from "#db/schema/people.ts";
import type { Actor } from "./actor.ts";

/** What an entry is about; the name is kept as it was then. */
export interface AuditSubject {
  kind: string;
  id: string;
  name: string | null;
}

export type AuditEntry = typeof auditEntry.$inferSelect;

const FIRST = "0".repeat(64);

/**
 * Writes one entry of the employer's audit log into the caller's transaction: exactly one per mutation, and call it last,
 * because it holds the employer's row from here to the commit, so that entries of one employer form one chain. `action` is
 * "thing.done", for example "connection.paused". `data` is plain JSON without secrets.
 */
export async function audit(
  tx: EmployerTx,
  actor: Pick<Actor, "kind" | "id" | "name" | "employerId">,
  action: string,
  subject: AuditSubject | null,
  data: Record<string, unknown> = {},
): Promise<void> {
  const { employerId } = actor;
  await tx.select({ id: employer.id }).from(employer).where(eq(employer.id, employerId)).for("no key update");
  const [head] = await tx
    .select({ seq: auditEntry.seq, hash: auditEntry.hash })
    .from(auditEntry)
    .where(eq(auditEntry.employerId, employerId))
    .orderBy(desc(auditEntry.seq))
    .limit(1);
  const entry = {
    employerId,
    seq: (head?.seq ?? 0) + 1,
    at: new Date(),
    actorKind: actor.kind,
    actorId: actor.id,
    actorName: actor.name,
    action,
    subjectKind: subject?.kind ?? null,
    subjectId: subject?.id ?? null,
    subjectName: subject?.name ?? null,
    data: plain(data),
    previousHash: head?.hash ?? FIRST,
  };
  await tx.insert(auditEntry).values({ ...entry, hash: hashOf(entry) });
}

/** As JSON keeps it: what is stored and what is hashed are the same. */
const plain = (data: Record<string, unknown>): Record<string, unknown> => JSON.parse(JSON.stringify(data));

/** SHA-256 over the previous hash and the canonical JSON of everything else in the row. */
function hashOf({ previousHash, ...entry }: Omit<AuditEntry, "hash">): string {
  return sha256Hex(`${previousHash}\n${canonicalJson({ ...entry, at: entry.at.toISOString() })}`);
}

/** JSON with the keys of every object in code-point order and no spaces: one text per value. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`);
  return `{${members.join(",")}}`;
}

export interface ChainReport {
  entries: number;
  /** Number of the first entry that was changed, removed or put in; null when the chain holds. */
  brokenAt: number | null;
  /** The last entry's hash: who keeps a copy elsewhere can later prove that no newest entries are missing. */
  head: string;
}

const PAGE = 500;

/** Walks the employer's whole chain. */
export async function verifyAuditChain(employerId: string): Promise<ChainReport> {
  const report: ChainReport = { entries: 0, brokenAt: null, head: FIRST };
  for await (const entry of everyEntry(employerId)) {
    const { hash, ...rest } = entry;
    const holds = entry.seq === report.entries + 1 && entry.previousHash === report.head && hashOf(rest) === hash;
    if (!holds) return { ...report, brokenAt: report.entries + 1 };
    report.entries += 1;
    report.head = hash;
  }
  return report;
}

/** Every entry from the first, a page at a time, each page in a transaction of its own. */
async function* everyEntry(employerId: string, condition?: SQL): AsyncGenerator<AuditEntry> {
  let after = 0;
  for (;;) {
    const page = await withEmployer(employerId, (tx) =>
      tx
        .select()
        .from(auditEntry)
        .where(and(eq(auditEntry.employerId, employerId), gt(auditEntry.seq, after), condition))
        .orderBy(asc(auditEntry.seq))
        .limit(PAGE),
    );
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    after = last.seq;
  }
}

export interface AuditFilter {
  /** Part of the actor's or the subject's name, or of the action. */
  text?: string | undefined;
  actorKind?: Actor["kind"] | undefined;
  from?: Date | undefined;
  /** Exclusive. */
  until?: Date | undefined;
}

function conditionOf({ text, actorKind, from, until }: AuditFilter): SQL | undefined {
  const like = text ? `%${text.replaceAll(/[\\%_]/g, "\\$&")}%` : undefined;
  return and(
    like === undefined
      ? undefined
      : or(ilike(auditEntry.actorName, like), ilike(auditEntry.subjectName, like), ilike(auditEntry.action, like)),
    actorKind && eq(auditEntry.actorKind, actorKind),
    from && gte(auditEntry.at, from),
    until && lt(auditEntry.at, until),
  );
}

/** Entries newest first, at most `limit`, older than entry `before` when given. Needs settings:manage. */
export async function listAudit(
  actor: Actor,
  filter: AuditFilter & { before?: number | undefined; limit?: number },
): Promise<{ entries: AuditEntry[]; older: number | null }> {
  allow(actor, "settings:manage");
  const limit = filter.limit ?? 50;
  const rows = await withEmployer(actor.employerId, (tx) =>
    tx
      .select()
      .from(auditEntry)
      .where(
        and(
          eq(auditEntry.employerId, actor.employerId),
          conditionOf(filter),
          filter.before === undefined ? undefined : lt(auditEntry.seq, filter.before),
        ),
      )
      .orderBy(desc(auditEntry.seq))
      .limit(limit + 1),
  );
  const entries = rows.slice(0, limit);
  return { entries, older: rows.length > limit ? (entries.at(-1)?.seq ?? null) : null };
}

/** The filtered log as CSV lines, oldest first, head included. Needs settings:manage; the export is itself an entry. */
export async function exportAudit(actor: Actor, filter: AuditFilter): Promise<AsyncGenerator<string>> {
  allow(actor, "settings:manage");
  await withEmployer(actor.employerId, (tx) => audit(tx, actor, "audit.exported", null, { text: filter.text ?? null }));
  return csvLines(everyEntry(actor.employerId, conditionOf(filter)));
}

async function* csvLines(entries: AsyncGenerator<AuditEntry>): AsyncGenerator<string> {
  yield "number,at,actor_kind,actor_id,actor,action,subject_kind,subject_id,subject,data,hash\r\n";
  for await (const entry of entries) {
    const cells = [
      String(entry.seq),
      entry.at.toISOString(),
      entry.actorKind,
      entry.actorId,
      entry.actorName,
      entry.action,
      entry.subjectKind,
      entry.subjectId,
      entry.subjectName,
      canonicalJson(entry.data),
      entry.hash,
    ];
    yield `${cells.map(csvCell).join(",")}\r\n`;
  }
}

/** RFC 4180, and a leading quote where a spreadsheet would take the text for a formula. */
function csvCell(value: string | null): string {
  const text = value ?? "";
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
