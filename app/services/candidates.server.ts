import { and, asc, eq } from "drizzle-orm";
import type { CandidateRecord } from "#app/integrations/contract/domain.ts";
import { newId } from "#app/platform/crypto.server.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { candidate } from "#db/schema/hiring.ts";
import { lockWord } from "./lock.server.ts";
import { cleanEmails } from "./synced-people.server.ts";

export type Candidate = typeof candidate.$inferSelect;

const MOST = 20;
const union = (a: readonly string[], b: readonly string[]): string[] => [...new Set([...a, ...b])].slice(0, MOST);
const trimmed = (values: readonly string[]) => values.map((value) => value.trim()).filter((value) => value !== "");
const webLinks = (values: readonly string[]) => trimmed(values).filter((href) => /^https?:\/\//i.test(href));

/** The name a person goes by in lists and sentences. */
export const fullName = (person: { firstName: string; lastName: string }): string =>
  `${person.firstName} ${person.lastName}`.trim() || "Unnamed person";

/**
 * Finds the candidate with one of these e-mail addresses, or makes one. A known person keeps their name and gains what
 * is new: addresses, phones, links, and a headline where there was none. Joins the caller's transaction; two
 * applications of one person at the same moment wait for each other.
 */
export async function mergeCandidate(
  tx: EmployerTx,
  employerId: string,
  record: CandidateRecord,
): Promise<{ candidate: Candidate; created: boolean }> {
  const emails = cleanEmails(record.emails);
  const known = emails[0] === undefined ? undefined : await byEmail(tx, employerId, emails[0]);
  return known
    ? { candidate: await enrich(tx, known, record, emails), created: false }
    : { candidate: await create(tx, employerId, record, emails), created: true };
}

async function byEmail(tx: EmployerTx, employerId: string, email: string): Promise<Candidate | undefined> {
  await lockWord(tx, `${employerId}:${email}`);
  const [row] = await tx
    .select()
    .from(candidate)
    .where(and(eq(candidate.employerId, employerId), eq(candidate.email, email)))
    .orderBy(asc(candidate.id))
    .limit(1);
  return row;
}

async function create(
  tx: EmployerTx,
  employerId: string,
  record: CandidateRecord,
  emails: readonly string[],
): Promise<Candidate> {
  const [row] = await tx
    .insert(candidate)
    .values({
      employerId,
      id: newId(),
      firstName: record.firstName.trim(),
      lastName: record.lastName.trim(),
      email: emails[0] ?? null,
      emails,
      phones: union([], trimmed(record.phones)),
      headline: record.headline?.trim() || null,
      links: union([], webLinks(record.links)),
    })
    .returning();
  if (!row) throw new Error("A candidate was not written.");
  return row;
}

async function enrich(
  tx: EmployerTx,
  known: Candidate,
  record: CandidateRecord,
  emails: readonly string[],
): Promise<Candidate> {
  const next = {
    emails: union(known.emails, emails),
    phones: union(known.phones, trimmed(record.phones)),
    links: union(known.links, webLinks(record.links)),
    headline: known.headline ?? (record.headline?.trim() || null),
  };
  const same =
    next.emails.length === known.emails.length &&
    next.phones.length === known.phones.length &&
    next.links.length === known.links.length &&
    next.headline === known.headline;
  if (same) return known;
  const [row] = await tx
    .update(candidate)
    .set({ ...next, updatedAt: new Date() })
    .where(and(eq(candidate.employerId, known.employerId), eq(candidate.id, known.id)))
    .returning();
  return row ?? known;
}
