import { and, eq } from "drizzle-orm";
import { loadAdapter } from "#app/integrations/adapters.server.ts";
import { strategyFor } from "#app/integrations/config-schema.server.ts";
import type { AnyAdapter } from "#app/integrations/contract/adapter.ts";
import type { Ctx } from "#app/integrations/contract/ctx.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import { createHttp } from "#app/integrations/kit/http.server.ts";
import type { TokenSet } from "#app/integrations/kit/oauth.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { countCall } from "./call-stats.server.ts";
import { applyOutcome, type Outcome, outcomeOf } from "./connection-state.server.ts";
import { candidateCredentials, createCredentials, type GrantSource } from "./credentials.server.ts";
import { createPacer } from "./pacer.server.ts";
import { vendorClient } from "./vendor-apps.server.ts";
import { wireOf } from "./vendor-wire.server.ts";

export type Connection = typeof connection.$inferSelect;

export interface VendorOptions {
  signal: AbortSignal;
  /** Stable over the retries of one job. */
  idempotencyKey: string;
  /** A person waits for the answer: the reserve of the call budget may be spent. */
  interactive?: boolean;
  /** Which work this is, e.g. "sync:candidates": one part's success does not hide another part's trouble. */
  part?: string;
  /**
   * `work` needs a connection that runs. `setup` also serves one whose choices are still missing. `test` and `cleanup`
   * serve any state.
   */
  purpose?: "work" | "setup" | "test" | "cleanup";
  /** Awaited right before each request that may change something at the vendor leaves; what it throws stops the request. */
  departing?: () => Promise<void>;
  /** Speaks with these instead of what is stored: for testing before saving. */
  candidate?: Candidate;
}

export interface Candidate {
  config: Connection["config"];
  /** Every secret field, typed now or stored before. */
  secrets: Readonly<Record<string, string>>;
  /** Those typed now, to be kept if the test succeeds. */
  typed: Readonly<Record<string, string>>;
  tokens: TokenSet | null;
}

export interface OpenVendor {
  connection: Connection;
  adapter: AnyAdapter;
  ctx: Ctx;
  /** Tells the state machine how it went; null says nothing about the connection. */
  done(outcome: Outcome | null): Promise<void>;
}

/** Loads one connection row. Kind not-found. */
export async function loadConnection(employerId: string, connectionId: string): Promise<Connection> {
  const [row] = await withEmployer(employerId, (tx) =>
    tx
      .select()
      .from(connection)
      .where(and(eq(connection.employerId, employerId), eq(connection.id, connectionId))),
  );
  if (!row) throw new IntegrationError("not-found", "This connection does not exist any more.");
  return row;
}

/** How new tokens are bought for a connection. Kind config when its environment cannot be reached. */
export function grantSourceOf(
  row: Connection,
  adapter: Pick<AnyAdapter, "manifest">,
  signal?: AbortSignal,
): GrantSource {
  const { manifest } = adapter;
  const wire = wireOf(manifest, row.environment);
  return {
    employerId: row.employerId,
    connectionId: row.id,
    strategy: strategyFor(manifest, row.config),
    io: { manifest, ...wire, config: row.config, signal },
    client: () => vendorClient(row.vendorId, row.environment),
  };
}

/**
 * Everything an adapter needs to speak for a connection. Kinds: unsupported when the connection does not run (nothing is
 * wrong, the work just waits), auth-revoked when it needs a sign-in, not-found, config.
 */
export async function openVendor(
  employerId: string,
  connectionId: string,
  options: VendorOptions,
): Promise<OpenVendor> {
  const stored = await loadConnection(employerId, connectionId);
  refuseIfResting(stored, options.purpose ?? "work");
  const { candidate } = options;
  const row = candidate
    ? { ...stored, config: candidate.config, grant: { ...stored.grant, ...candidate.tokens?.keep } }
    : stored;
  const adapter = await loadAdapter(row.vendorId);
  if (!adapter) throw new IntegrationError("unsupported", "This instance does not know the vendor any more.");
  const source = grantSourceOf(row, adapter, options.signal);
  const { manifest } = adapter;
  const http = createHttp({
    manifest,
    strategy: source.strategy,
    connectionId,
    config: row.config,
    credentials: candidate ? candidateCredentials(source, candidate) : createCredentials(source),
    pacer: createPacer({
      per: manifest.rateLimit.per,
      world: row.environment,
      interactive: options.interactive ?? false,
    }),
    egress: source.io.egress,
    signal: options.signal,
    environment: source.io.environment,
    rewrite: source.io.rewrite,
    classify: adapter.classify,
    envelope: adapter.envelope,
    meter: (call) => countCall(employerId, call),
    ...(options.departing ? { departing: options.departing } : {}),
  });
  const ctx: Ctx = {
    connectionId,
    config: { ...row.config, ...row.setup },
    grant: row.grant,
    signal: options.signal,
    http,
    now: () => new Date(),
    idempotencyKey: options.idempotencyKey,
  };
  return {
    connection: row,
    adapter,
    ctx,
    async done(outcome) {
      if (outcome) await withEmployer(employerId, (tx) => applyOutcome(tx, employerId, connectionId, outcome));
    },
  };
}

function refuseIfResting(row: Connection, purpose: NonNullable<VendorOptions["purpose"]>): void {
  if (purpose === "test" || purpose === "cleanup") return;
  if (row.state === "active" || row.state === "degraded") return;
  if (purpose === "setup" && row.state === "needs_setup") return;
  if (row.state === "needs_reconnect")
    throw new IntegrationError("auth-revoked", row.stateDetail ?? "Someone has to sign in again.");
  throw new IntegrationError("unsupported", `${row.label} does not run at the moment.`, { vendorCode: row.state });
}

/**
 * Runs vendor work for a connection and tells the state machine how it went. The error is thrown on, so that the task's
 * own table decides between retry, park and stop.
 */
export async function callVendor<T>(
  employerId: string,
  connectionId: string,
  options: VendorOptions,
  work: (open: OpenVendor) => Promise<T>,
): Promise<T> {
  const vendor = await openVendor(employerId, connectionId, options);
  try {
    const result = await work(vendor);
    await vendor.done({ kind: "success", ...(options.part === undefined ? {} : { part: options.part }) });
    return result;
  } catch (error) {
    if (!options.signal.aborted) await vendor.done(outcomeOf(error, options.part));
    throw error;
  }
}
