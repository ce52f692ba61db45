import { loadAdapter } from "#app/integrations/adapters.server.ts";
import { isRefreshable } from "#app/integrations/kit/auth.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { applyOutcome, outcomeOf } from "./connection-state.server.ts";
import { readCredentials, refreshNow } from "./credentials.server.ts";
import { grantSourceOf, loadConnection } from "./vendor-context.server.ts";

/** Tokens that end within this time are renewed ahead. The cron looks every minute. */
const AHEAD_MS = 15 * 60_000;

/**
 * Renews the tokens of a running connection when they end soon; does nothing when somebody else has, when the connection
 * rests, or when its sign-in cannot be renewed. A failure counts like that of any call and is thrown on.
 */
export async function refreshAhead(employerId: string, connectionId: string, signal: AbortSignal): Promise<void> {
  const row = await loadConnection(employerId, connectionId);
  if (row.state !== "active" && row.state !== "degraded" && row.state !== "needs_setup") return;
  const adapter = await loadAdapter(row.vendorId);
  if (!adapter) return;
  const { grant } = await withEmployer(employerId, (tx) => readCredentials(tx, employerId, connectionId));
  if (!grant || grant.revoked || grant.expiresAt === null) return;
  if (grant.expiresAt.getTime() - Date.now() > AHEAD_MS) return;
  try {
    const source = grantSourceOf(row, adapter, signal);
    if (isRefreshable(source.strategy)) await refreshNow(source, grant.version);
  } catch (error) {
    const outcome = outcomeOf(error);
    if (outcome) await withEmployer(employerId, (tx) => applyOutcome(tx, employerId, connectionId, outcome));
    throw error;
  }
}
