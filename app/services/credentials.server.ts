import { and, eq, sql as statement } from "drizzle-orm";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import type { AuthStrategy } from "#app/integrations/contract/manifest.ts";
import {
  type CredentialsProvider,
  type Grant,
  isRefreshable,
  isTokenBased,
} from "#app/integrations/kit/auth.server.ts";
import { EgressError } from "#app/integrations/kit/egress.server.ts";
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

/** A lease that nobody prolongs is free after this time: its owner is dead. */
const LEASE_SECONDS = 30;
/** A living owner prolongs its lease while the vendor thinks, several times within its length. */
const BEAT_MS = 7_000;
const CALL_MS = 12_000;
/** A rotating token is spent by asking, and an answer that nobody waits for is lost with the sign-in: so we wait long. */
const ROTATING_CALL_MS = 100_000;
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

const revoked = (source: GrantSource, reason: string | null): IntegrationError => {
  const lost = lostOnTheWay(source);
  if (reason === lost.message) return lost;
  const withdrawn = `${source.io.manifest.name} withdrew our permission. Someone has to sign in again.`;
  return new IntegrationError("auth-revoked", reason ?? withdrawn);
};

interface FreshGrant {
  version: number;
  accessToken: string;
}

/** Refreshes of this process under way: its callers share one, so that only processes compete for the lease. */
const underWay = new Map<string, Promise<FreshGrant>>();

/**
 * Renews the tokens once for everybody who holds `staleVersion`, over all processes. Whoever gets the lease asks the
 * vendor, the others poll the row. Only a refusal by the vendor while the version stands still is a revocation. A caller
 * may leave by its signal or after a while (kind unavailable); the refresh itself goes on, because a rotating token that
 * was sent and whose answer is dropped is a lost sign-in.
 */
export async function refreshNow(source: GrantSource, staleVersion: number): Promise<FreshGrant> {
  const key = `${source.connectionId}:${staleVersion}`;
  const { signal: _, ...io } = source.io;
  const started = underWay.get(key) ?? contend({ ...source, io }, staleVersion).finally(() => underWay.delete(key));
  underWay.set(key, started);
  return patiently(source, started);
}

/** Waits until no refresh of this process is under way; for the end of a process. */
export async function finishRefreshes(): Promise<void> {
  await Promise.allSettled(underWay.values());
}

const tooSlow = (source: GrantSource) =>
  new IntegrationError("unavailable", `${source.io.manifest.name} takes too long to renew our sign-in.`);

async function patiently(source: GrantSource, refresh: Promise<FreshGrant>): Promise<FreshGrant> {
  const left = new AbortController();
  const { signal } = source.io;
  const leave = signal ? AbortSignal.any([signal, left.signal]) : left.signal;
  try {
    return await Promise.race([
      refresh,
      pause(WAIT_MS, leave).then(() => {
        throw tooSlow(source);
      }),
    ]);
  } finally {
    left.abort();
  }
}

async function contend(source: GrantSource, staleVersion: number): Promise<FreshGrant> {
  const owner = newId();
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    const turn = await takeLease(source, staleVersion, owner);
    if (turn.kind === "moved") return turn.grant;
    if (turn.kind === "mine") return spendLease(source, staleVersion, owner, turn);
    if (Date.now() > deadline) throw tooSlow(source);
    await pause(60 + Math.random() * 120);
  }
}

interface Held {
  row: CredentialRow;
  /** A refresh before this one was sent and never answered. */
  cutOff: boolean;
}
type Turn = { kind: "moved"; grant: FreshGrant } | ({ kind: "mine" } & Held) | { kind: "busy" };

/** Written before a rotating token is sent, taken away by any answer: what is left after a crash tells the next one. */
const SENT = "A renewal was sent, and its answer has not reached us.";

const rotates = ({ strategy }: GrantSource) => strategy.kind === "oauth2-code" && strategy.refresh === "rotating";

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
    const [before] = await tx.select({ reason: credential.statusReason }).from(credential).where(mine);
    const [taken] = await tx
      .update(credential)
      .set({ leaseOwner: owner, leaseUntil: leaseEnd, ...(rotates(source) ? { statusReason: SENT } : {}) })
      .where(
        and(
          mine,
          eq(credential.version, staleVersion),
          eq(credential.status, "live"),
          statement`(${credential.leaseUntil} is null or ${credential.leaseUntil} < now())`,
        ),
      )
      .returning();
    if (taken) return { kind: "mine", row: taken, cutOff: before?.reason === SENT };
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

const leaseEnd = statement`now() + make_interval(secs => ${LEASE_SECONDS})`;

async function spendLease(
  source: GrantSource,
  version: number,
  owner: string,
  { row, cutOff }: Held,
): Promise<FreshGrant> {
  const held = openGrant(row)?.refreshToken ?? null;
  let tokens: TokenSet;
  const beat = setInterval(() => void prolong(source, owner), BEAT_MS);
  try {
    tokens = await buy(source, held);
  } catch (error) {
    return afterFailure(source, version, owner, cutOff && isDead(error) ? lostOnTheWay(source) : error);
  } finally {
    clearInterval(beat);
  }
  return store(source, version, owner, { ...tokens, refreshToken: tokens.refreshToken ?? held });
}

/** A beat that fails is made up for by the next; a lease that is gone is noticed at the fence. */
async function prolong(source: GrantSource, owner: string): Promise<void> {
  const mine = and(rowOf(source), eq(credential.leaseOwner, owner));
  await withEmployer(source.employerId, (tx) => tx.update(credential).set({ leaseUntil: leaseEnd }).where(mine)).catch(
    (error: unknown) => log().warn({ err: error }, "A lease could not be prolonged."),
  );
}

const isDead = (error: unknown): boolean => error instanceof IntegrationError && error.kind === "auth-revoked";

/** The vendor may have taken the renewal that was cut off, and it no longer takes the token before it. */
const lostOnTheWay = (source: GrantSource): IntegrationError => {
  const { name } = source.io.manifest;
  return new IntegrationError(
    "auth-revoked",
    `A renewal of the sign-in was cut off before ${name}'s answer was kept, and ${name} does not take the old one any more. What was fetched stays. Sign in again.`,
    { lost: true },
  );
};

/** Asks the vendor. No transaction is open, no connection is held. */
async function buy(source: GrantSource, refreshToken: string | null): Promise<TokenSet> {
  const { strategy } = source;
  const io = { ...source.io, timeoutMs: rotates(source) ? ROTATING_CALL_MS : CALL_MS };
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

/** Whether the vendor cannot have taken the token: it said no, or it was never reached. */
function surelyUnspent(error: unknown): boolean {
  if (!(error instanceof IntegrationError)) return false;
  const { status, cause } = error.info;
  if (status !== undefined) return status >= 400;
  return cause instanceof EgressError && ["dns", "blocked", "connect", "tls"].includes(cause.phase);
}

/** A dead refresh token counts only while the version stands still; anything else gives the lease back and passes on. */
async function afterFailure(source: GrantSource, version: number, owner: string, error: unknown): Promise<FreshGrant> {
  const dead = error instanceof IntegrationError && error.kind === "auth-revoked";
  const unspent = surelyUnspent(error) ? { statusReason: null } : {};
  const winner = await withEmployer(source.employerId, async (tx) => {
    const held = and(rowOf(source), eq(credential.leaseOwner, owner));
    if (!dead) {
      await tx
        .update(credential)
        .set({ leaseOwner: null, leaseUntil: null, ...unspent })
        .where(held);
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

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const leave = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", leave);
      resolve();
    }, ms);
    signal?.addEventListener("abort", leave, { once: true });
  });
}
