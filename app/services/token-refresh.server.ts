import { loadAdapter } from "#app/integrations/adapters.server.ts";
import { isRefreshable } from "#app/integrations/kit/auth.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { applyOutcome, outcomeOf } from "./connection-state.server.ts";
import { readCredentials, refreshNow } from "./credentials.server.ts";
import { grantSourceOf, loadConnection } from "./vendor-context.server.ts";

/** Tokens that end within this time are renewed ahead. The cron looks every minute. */
const AHEAD_MS = 15 * 60_000;
/** A sign-in that dies of disuse is used this often while its connection rests. */
const KEEP_ALIVE_MS = 24 * 3_600_000;

/**
 * Renews the tokens of a running connection when they end soon; does nothing when somebody else has, when the connection
 * rests, or when its sign-in cannot be renewed. A sign-in that dies of disuse is renewed once a day through a person's
 * pause, so that resuming needs nobody to sign in. A failure counts like that of any call and is thrown on.
 */
export async function refreshAhead(employerId: string, connectionId: string, signal: AbortSignal): Promise<void> {
  const row = await loadConnection(employerId, connectionId);
  const runs = row.state === "active" || row.state === "degraded" || row.state === "needs_setup";
  if (!runs && row.state !== "paused_by_user") return;
  const adapter = await loadAdapter(row.vendorId);
  if (!adapter) return;
  const { grant } = await withEmployer(employerId, (tx) => readCredentials(tx, employerId, connectionId));
  if (!grant || grant.revoked || grant.expiresAt === null) return;
  if (grant.expiresAt.getTime() - Date.now() > AHEAD_MS) return;
  try {
    const source = grantSourceOf(row, adapter, signal);
    const fades = source.strategy.kind === "oauth2-code" && source.strategy.refreshIdleDays !== undefined;
    const used = grant.verifiedAt?.getTime() ?? 0;
    if (!runs && !(fades && Date.now() - used > KEEP_ALIVE_MS)) return;
    if (isRefreshable(source.strategy)) await refreshNow(source, grant.version);
  } catch (error) {
    const outcome = outcomeOf(error);
    if (outcome) await withEmployer(employerId, (tx) => applyOutcome(tx, employerId, connectionId, outcome));
    throw error;
  }
}
