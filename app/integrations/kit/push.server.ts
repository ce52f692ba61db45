import type { Change, PushResult } from "../contract/capabilities.ts";
import { type ErrorKind, IntegrationError } from "../contract/errors.ts";

type ItemResult<Sent> = { localId: string } & ((Sent & { ok: true }) | { ok: false; error: IntegrationError });

/**
 * Sends items one by one, one result each: what is `refused` fails alone. Trouble beyond one item is thrown; when some
 * items are through by then their results are given instead, and the next call begins with the troubled one.
 */
export async function oneByOne<Item extends { localId: string }, Sent extends object>(
  items: readonly Item[],
  refused: (kind: ErrorKind) => boolean,
  send: (item: Item) => Promise<Sent>,
): Promise<readonly ItemResult<Sent>[]> {
  const results: ItemResult<Sent>[] = [];
  for (const item of items) {
    const { localId } = item;
    try {
      results.push({ ...(await send(item)), localId, ok: true });
    } catch (error) {
      if (error instanceof IntegrationError && refused(error.kind)) results.push({ localId, ok: false, error });
      else if (results.length > 0) return results;
      else throw error;
    }
  }
  return results;
}

/** What a vendor made or changed, as `PushResult` tells it. */
export type Pushed = Omit<Extract<PushResult, { ok: true }>, "localId" | "ok">;

/** What stops the whole batch: everything else is one item's own result. */
const stops: ReadonlySet<string> = new Set(["auth-revoked", "rate-limited", "unavailable", "network"]);

const isApplication = (change: Change): change is Change<"applications"> => "jobExternalId" in change.data;

/**
 * Sends applications one by one, for vendors where people travel with their application. Kinds thrown: auth-revoked,
 * rate-limited, unavailable, network.
 */
export function pushApplications(
  changes: readonly Change[],
  send: (change: Change<"applications">) => Promise<Pushed>,
): Promise<readonly PushResult[]> {
  return oneByOne(
    changes,
    (kind) => !stops.has(kind),
    async (change) => {
      if (isApplication(change)) return send(change);
      throw new IntegrationError("unsupported", "People travel with their application.");
    },
  );
}
