import type { Change, PushResult } from "../contract/capabilities.ts";
import { IntegrationError } from "../contract/errors.ts";

/** What a vendor made or changed, as `PushResult` tells it. */
export type Pushed = Omit<Extract<PushResult, { ok: true }>, "localId" | "ok">;

/** What stops the whole batch: everything else is one item's own result. */
const stops: ReadonlySet<string> = new Set(["auth-revoked", "rate-limited", "unavailable", "network"]);

/**
 * Sends applications one by one, one result each, for vendors where people travel with their application. Kinds thrown:
 * auth-revoked, rate-limited, unavailable, network.
 */
export async function pushApplications(
  resource: "candidates" | "applications",
  changes: readonly Change[],
  send: (change: Change<"applications">) => Promise<Pushed>,
): Promise<readonly PushResult[]> {
  const results: PushResult[] = [];
  for (const change of changes) {
    const { localId } = change;
    try {
      if (resource !== "applications")
        throw new IntegrationError("unsupported", "People travel with their application.");
      results.push({ localId, ok: true, ...(await send(change as Change<"applications">)) });
    } catch (error) {
      if (!(error instanceof IntegrationError) || stops.has(error.kind)) throw error;
      results.push({ localId, ok: false, error });
    }
  }
  return results;
}
