import type { Upsert } from "../contract/capabilities.ts";
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

/** What a call gives, or null where the vendor says 404. */
export async function unlessMissing<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof IntegrationError && error.kind === "not-found") return null;
    throw error;
  }
}
