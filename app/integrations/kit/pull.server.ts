import type { Page, Upsert } from "../contract/capabilities.ts";
import { IntegrationError } from "../contract/errors.ts";
import type { ResourceName } from "../contract/manifest.ts";

/** Clocks differ and rows commit late: a run reads again the last five minutes before its checkpoint. */
const OVERLAP_MS = 5 * 60_000;

/** From when a run reads what changed, or null for everything. */
export const changedSince = (checkpoint: string | null): Date | null =>
  checkpoint === null ? null : new Date(Date.parse(checkpoint) - OVERLAP_MS);

/** A row as the engine takes it; its version is its time of change where the vendor has none. */
export function upsertOf<R extends ResourceName>(
  externalId: string,
  updatedAt: Date,
  data: Upsert<R>["data"],
  version = updatedAt.toISOString(),
): Upsert<R> {
  return { externalId, version, updatedAt, data };
}

/** A page without rows that could not be used. */
export const pageOf = (
  upserts: readonly Upsert[],
  cursor: string | null,
  more: { deletedIds?: readonly string[]; total?: number } = {},
): Page => ({ rejects: [], deletedIds: [], ...more, upserts, cursor });

/** A stage as the engine takes it; without a job it is shared by all. It has no time: what it says is its version. */
export const stageOf = (externalId: string, name: string, position: number, jobExternalId?: string): Upsert<"stages"> =>
  upsertOf(
    externalId,
    new Date(0),
    { ...(jobExternalId === undefined ? {} : { jobExternalId }), name, position },
    `${position}:${name}`,
  );

/** All rows of a list, page after page. */
export async function everyPage<Row>(
  read: (cursor: string | null) => Promise<{ rows: readonly Row[]; next: string | null }>,
): Promise<Row[]> {
  const all: Row[] = [];
  let cursor: string | null = null;
  do {
    const page: { rows: readonly Row[]; next: string | null } = await read(cursor);
    all.push(...page.rows);
    cursor = page.next;
  } while (cursor !== null);
  return all;
}

/** A page of a vendor that calls a cursor it no longer knows a wrong request: kind cursor-expired instead of validation. */
export async function pageAt<T>(cursor: string | null, vendor: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cursor === null || !(cause instanceof IntegrationError) || cause.kind !== "validation") throw cause;
    throw new IntegrationError("cursor-expired", `${vendor} no longer knows where this sync stopped.`, { cause });
  }
}

/** What a call gives, or null where the vendor says 404. */
export async function unlessMissing<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof IntegrationError && error.kind === "not-found") return null;
    throw error;
  }
}
