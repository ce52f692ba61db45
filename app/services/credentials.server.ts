import { and, eq, sql as statement } from "drizzle-orm";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import type { AuthStrategy } from "#app/integrations/contract/manifest.ts";
import {
  type CredentialsProvider,
  type Grant,
  isRefreshable,
  isTokenBased,
} from "#app/integrations/kit/auth.server.ts";
import {
  clientCredentials,
  type OAuthClient,
  type OAuthIo,
  refreshGrant,
  type TokenSet,
} from "#app/integrations/kit/oauth.server.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { log } from "#app/platform/log.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { credential } from "#db/schema/connections.ts";
import {
  type CredentialRow,
  GRANT,
  keepWithConnection,
  openGrant,
  readCredentials,
  sealGrant,
} from "./credential-rows.server.ts";

export {
  dropGrant,
  readCredentials,
  readSecrets,
  saveGrant,
  saveSecrets,
  storedFields,
} from "./credential-rows.server.ts";

/** Whose credentials, and how new tokens are bought. */
export interface GrantSource {
  employerId: string;
  connectionId: string;
  strategy: AuthStrategy;
  /** Where token requests go. */
  io: OAuthIo;
  /** The vendor app of this instance; asked only for strategies that need one. */
  client(): Promise<OAuthClient>;
}

/** The lease is more than twice as long as the vendor call may take, so that its owner writes while it still holds. */
const LEASE_SECONDS = 30;
const CALL_MS = 12_000;
/** How long somebody waits for another's refresh before giving up for now. */
const WAIT_MS = 40_000;
/** A token that ends within this time is renewed before it is used. */
const EARLY_MS = 30_000;

/**
 * The credentials of one connection for the kit. Reads the rows on first use and again only after a refresh; a token
 * about to end is renewed before it is handed out. Kinds: auth-revoked, config, rate-limited, unavailable, network.
 */
export function createCredentials(source: GrantSource): CredentialsProvider {
  let known: Promise<Grant> | undefined;
  const load = async (): Promise<Grant> => {
    const stored = await withEmployer(source.employerId, (tx) =>
      readCredentials(tx, source.employerId, source.connectionId),
    );
    const base = { secrets: stored.secrets, keep: {} };
    if (!isTokenBased(source.strategy)) return { ...base, version: 1 };
    if (!stored.grant || stored.grant.version === 0) return { ...base, version: 0 };
    if (stored.grant.revoked) throw revoked(source, stored.grant.reason);
    const soon = stored.grant.expiresAt !== null && stored.grant.expiresAt.getTime() - Date.now() < EARLY_MS;
    if (soon && isRefreshable(source.strategy)) return renewed(stored.grant.version, stored.secrets);
    return { ...base, version: stored.grant.version, accessToken: stored.grant.accessToken };
  };
  const renewed = async (stale: number, secrets: Readonly<Record<string, string>>): Promise<Grant> => {
    const fresh = await refreshNow(source, stale);
    return { secrets, keep: {}, version: fresh.version, accessToken: fresh.accessToken };
  };
  return {
    current() {
      known ??= load().catch((error: unknown) => {
        known = undefined;
        throw error;
      });
      return known;
    },
    async refresh(staleVersion) {
      const { secrets } = await withEmployer(source.employerId, (tx) =>
        readCredentials(tx, source.employerId, source.connectionId),
      );
      const next = renewed(staleVersion, secrets);
      known = next;
      next.catch(() => {
        known = undefined;
      });
      return next;
    },
  };
}

/**
 * Credentials that were typed or granted a moment ago and are not kept yet, for the test that decides whether they will
 * be. A client-credentials token is bought on first use.
 */
export function candidateCredentials(
  source: GrantSource,
  candidate: { secrets: Readonly<Record<string, string>>; tokens: TokenSet | null },
): CredentialsProvider {
  const grantOf = (tokens: TokenSet | null): Grant => ({
    version: 0,
    secrets: candidate.secrets,
    keep: {},
    ...(tokens ? { accessToken: tokens.accessToken } : {}),
  });
  return {
    current: async () => grantOf(candidate.tokens),
    async refresh() {
      if (source.strategy.kind !== "oauth2-client") throw revoked(source, null);
      const io = { ...source.io, timeoutMs: CALL_MS };
      return grantOf(await clientCredentials(io, source.strategy, { ...source.io.config, ...candidate.secrets }));
    },
  };
}

const revoked = (source: GrantSource, reason: string | null): IntegrationError =>
  new IntegrationError(
    "auth-revoked",
    reason ?? `${source.io.manifest.name} withdrew our permission. Someone has to sign in again.`,
  );

interface FreshGrant {
  version: number;
  accessToken: string;
}

/** Refreshes of this process under way: its callers share one, so that only processes compete for the lease. */
const underWay = new Map<string, Promise<FreshGrant>>();

/**
 * Renews the tokens once for everybody who holds `staleVersion`, over all processes. Whoever gets the lease asks the
 * vendor, the others poll the row. Only a refusal by the vendor while the version stands still is a revocation.
 */
export function refreshNow(source: GrantSource, staleVersion: number): Promise<FreshGrant> {
  const key = `${source.connectionId}:${staleVersion}`;
  const running = underWay.get(key);
  if (running) return running;
  const started = contend(source, staleVersion).finally(() => underWay.delete(key));
  underWay.set(key, started);
  return started;
}

async function contend(source: GrantSource, staleVersion: number): Promise<FreshGrant> {
  const owner = newId();
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    const turn = await takeLease(source, staleVersion, owner);
    if (turn.kind === "moved") return turn.grant;
    if (turn.kind === "mine") return spendLease(source, staleVersion, owner, turn.row);
    if (Date.now() > deadline)
      throw new IntegrationError("unavailable", `${source.io.manifest.name} takes too long to renew our sign-in.`);
    await rest(source.io.signal);
  }
}

type Turn = { kind: "moved"; grant: FreshGrant } | { kind: "mine"; row: CredentialRow } | { kind: "busy" };

/** One short transaction: look whether somebody was faster, else try to take the lease by a conditional update. */
async function takeLease(source: GrantSource, staleVersion: number, owner: string): Promise<Turn> {
  const { employerId, connectionId } = source;
  return withEmployer(employerId, async (tx) => {
    const mine = rowOf(source);
    if (staleVersion === 0) {
      const empty = sealGrant(employerId, connectionId, { accessToken: "", refreshToken: null });
      await tx
        .insert(credential)
        .values({ employerId, connectionId, field: GRANT, version: 0, ...empty })
        .onConflictDoNothing();
    }
    const [taken] = await tx
      .update(credential)
      .set({ leaseOwner: owner, leaseUntil: statement`now() + make_interval(secs => ${LEASE_SECONDS})` })
      .where(
        and(
          mine,
          eq(credential.version, staleVersion),
          eq(credential.status, "live"),
          statement`(${credential.leaseUntil} is null or ${credential.leaseUntil} < now())`,
        ),
      )
      .returning();
    if (taken) return { kind: "mine", row: taken };
    const [row] = await tx.select().from(credential).where(mine);
    if (!row) throw revoked(source, null);
    const grant = openGrant(row);
    if (!grant || grant.revoked) throw revoked(source, row.statusReason);
    if (row.version !== staleVersion) return { kind: "moved", grant };
    return { kind: "busy" };
  });
}

const rowOf = ({ employerId, connectionId }: GrantSource) =>
  and(eq(credential.employerId, employerId), eq(credential.connectionId, connectionId), eq(credential.field, GRANT));

async function spendLease(
  source: GrantSource,
  version: number,
  owner: string,
  row: CredentialRow,
): Promise<FreshGrant> {
  const held = openGrant(row)?.refreshToken ?? null;
  let tokens: TokenSet;
  try {
    tokens = await buy(source, held);
  } catch (error) {
    return afterFailure(source, version, owner, error);
  }
  return store(source, version, owner, { ...tokens, refreshToken: tokens.refreshToken ?? held });
}

/** Asks the vendor. No transaction is open, no connection is held. */
async function buy(source: GrantSource, refreshToken: string | null): Promise<TokenSet> {
  const { strategy } = source;
  const io = { ...source.io, timeoutMs: CALL_MS };
  if (strategy.kind === "oauth2-client") {
    const { secrets } = await withEmployer(source.employerId, (tx) =>
      readCredentials(tx, source.employerId, source.connectionId),
    );
    return clientCredentials(io, strategy, { ...source.io.config, ...secrets });
  }
  if (strategy.kind !== "oauth2-code" || strategy.refresh === "none" || refreshToken === null)
    throw revoked(source, `The sign-in at ${source.io.manifest.name} has ended. Someone has to sign in again.`);
  return refreshGrant(io, strategy, await source.client(), refreshToken);
}

/**
 * Writes the new tokens behind the fence, before anyone may use them. When the lease ran out meanwhile but nobody has
 * written, ours are the newest tokens there are: they are kept by the version alone, so that a stalled process loses none.
 */
async function store(source: GrantSource, version: number, owner: string, tokens: TokenSet): Promise<FreshGrant> {
  const { employerId, connectionId } = source;
  return withEmployer(employerId, async (tx) => {
    const values = {
      ...sealGrant(employerId, connectionId, { accessToken: tokens.accessToken, refreshToken: tokens.refreshToken }),
      version: version + 1,
      expiresAt: tokens.expiresAt,
      ...(tokens.scopes ? { scopes: tokens.scopes } : {}),
      status: "live",
      statusReason: null,
      lastVerifiedAt: new Date(),
      leaseOwner: null,
      leaseUntil: null,
      updatedAt: new Date(),
    };
    const fence = and(rowOf(source), eq(credential.version, version));
    let [written] = await tx
      .update(credential)
      .set(values)
      .where(and(fence, eq(credential.leaseOwner, owner)))
      .returning();
    if (!written) {
      log().warn({ connectionId }, "A token refresh outlived its lease.");
      [written] = await tx.update(credential).set(values).where(fence).returning();
    }
    if (written) {
      await keepWithConnection(tx, employerId, connectionId, tokens.keep);
      return { version: written.version, accessToken: tokens.accessToken };
    }
    const [row] = await tx.select().from(credential).where(rowOf(source));
    const winner = row ? openGrant(row) : null;
    if (!winner || winner.revoked) throw revoked(source, winner?.reason ?? null);
    return winner;
  });
}

/** A dead refresh token counts only while the version stands still; anything else gives the lease back and passes on. */
async function afterFailure(source: GrantSource, version: number, owner: string, error: unknown): Promise<FreshGrant> {
  const dead = error instanceof IntegrationError && error.kind === "auth-revoked";
  const winner = await withEmployer(source.employerId, async (tx) => {
    const held = and(rowOf(source), eq(credential.leaseOwner, owner));
    if (!dead) {
      await tx.update(credential).set({ leaseOwner: null, leaseUntil: null }).where(held);
      return null;
    }
    const [row] = await tx.select().from(credential).where(rowOf(source)).for("update");
    if (row && row.version !== version) return openGrant(row);
    await tx
      .update(credential)
      .set({
        status: "revoked",
        statusReason: error.message,
        leaseOwner: null,
        leaseUntil: null,
        updatedAt: new Date(),
      })
      .where(and(held, eq(credential.version, version)));
    return null;
  });
  if (winner && !winner.revoked) return winner;
  throw error;
}

function rest(signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const leave = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      },
      60 + Math.random() * 120,
    );
    signal?.addEventListener("abort", leave, { once: true });
  });
}
