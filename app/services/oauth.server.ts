import { and, eq, gt, isNull, lt } from "drizzle-orm";
import { strategyFor } from "#app/integrations/config-schema.server.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import type { Manifest } from "#app/integrations/contract/manifest.ts";
import {
  authorizationUrl,
  type CodeStrategy,
  exchangeCode,
  newConsent,
  readCallback,
} from "#app/integrations/kit/oauth.server.ts";
import { newId, open, seal, sha256Hex } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer } from "#db/client.server.ts";
import { oauthFlow } from "#db/schema/connections.ts";
import type { Actor } from "./actor.ts";
import { type Proof, prove } from "./connection-proof.server.ts";
import { connectionRow, getConnection, vendorOf } from "./connections.server.ts";
import { readSecrets } from "./credentials.server.ts";
import { AppError } from "./errors.ts";
import { findVendorClient, redirectUriOf, vendorClient } from "./vendor-apps.server.ts";
import type { Connection } from "./vendor-context.server.ts";
import { type Wire, wireOf } from "./vendor-wire.server.ts";

/** A person and the session they consent in; the callback must come back to the same one. */
export interface Consenter {
  actor: Actor;
  userId: string;
  sessionId: string;
}

/** A consent that takes longer was abandoned. */
const FLOW_MS = 10 * 60_000;
const TOKEN_MS = 15_000;

const verifierPlace = (employerId: string, flowId: string) => ({
  employerId,
  ownerId: flowId,
  field: "code_verifier",
});

/** The fields that this sign-in is for: what was chosen with it, or what the connection has. */
const wantedBy = (row: Connection): Connection["config"] => row.consentConfig ?? row.config;

function codeStrategy(row: Connection): CodeStrategy {
  const manifest = vendorOf(row.vendorId);
  const strategy = strategyFor(manifest, wantedBy(row));
  if (strategy.kind === "oauth2-code") return strategy;
  throw new AppError("invalid", `${manifest.name} is not connected by signing in there.`);
}

/**
 * Where to send the browser for consent. State and PKCE verifier are bound to the session, kept sealed for ten minutes and
 * good for one return. Kinds: not-found, forbidden, invalid, unavailable when this instance has no app at the vendor.
 */
export async function beginConsent(who: Consenter, connectionId: string, returnTo: string): Promise<URL> {
  allow(who.actor, "connections:manage");
  const row = await getConnection(who.actor, connectionId);
  const manifest = vendorOf(row.vendorId);
  const strategy = codeStrategy(row);
  const client = await findVendorClient(row.vendorId, row.environment);
  if (!client)
    throw new AppError(
      "unavailable",
      `This Patchbay is not registered at ${manifest.name} yet. An instance administrator does it once under Settings, Instance.`,
    );
  const wire = reachable(manifest, row.environment);
  const { employerId } = who.actor;
  const redirectUri = redirectUriOf(row.vendorId);
  const { state, codeVerifier } = newConsent();
  const id = newId();
  await withEmployer(employerId, async (tx) => {
    await tx.delete(oauthFlow).where(and(eq(oauthFlow.employerId, employerId), lt(oauthFlow.expiresAt, new Date())));
    await tx.insert(oauthFlow).values({
      employerId,
      id,
      connectionId,
      stateHash: sha256Hex(state),
      sessionId: who.sessionId,
      userId: who.userId,
      ...seal(codeVerifier, verifierPlace(employerId, id)),
      redirectUri,
      returnTo: localPath(returnTo),
      expiresAt: new Date(Date.now() + FLOW_MS),
    });
  });
  return authorizationUrl({
    io: { manifest, ...wire },
    strategy,
    clientId: client.clientId,
    redirectUri,
    state,
    codeVerifier,
  });
}

function reachable(manifest: Manifest, environment: string): Wire {
  try {
    return wireOf(manifest, environment);
  } catch (error) {
    if (error instanceof IntegrationError) throw new AppError("unavailable", error.message);
    throw error;
  }
}

/** Only a path of ours, so that a return never leads to somebody else's page. */
const localPath = (path: string): string => (/^\/(?![/\\])/.test(path) ? path : "/integrations");

export interface FinishedConsent {
  connectionId: string;
  returnTo: string;
  proof: Proof;
}

/**
 * The vendor's redirect back. The state must be one that this session was given and has not used; it is spent before any
 * token call. A refusal at the vendor and a failed test come back as a proof in plain words, and change nothing. Kinds:
 * invalid for a foreign, used or old state.
 */
export async function finishConsent(
  who: Consenter,
  vendorId: string,
  query: URLSearchParams,
): Promise<FinishedConsent> {
  allow(who.actor, "connections:manage");
  const { employerId } = who.actor;
  const state = query.get("state") ?? "";
  const { flow, row, secrets } = await withEmployer(employerId, async (tx) => {
    const [spent] = await tx
      .update(oauthFlow)
      .set({ usedAt: new Date() })
      .where(
        and(
          eq(oauthFlow.employerId, employerId),
          eq(oauthFlow.stateHash, sha256Hex(state)),
          eq(oauthFlow.sessionId, who.sessionId),
          eq(oauthFlow.userId, who.userId),
          isNull(oauthFlow.usedAt),
          gt(oauthFlow.expiresAt, new Date()),
        ),
      )
      .returning();
    if (!spent) throw foreignState();
    const connection = await connectionRow(tx, employerId, spent.connectionId);
    if (connection.vendorId !== vendorId) throw foreignState();
    return { flow: spent, row: connection, secrets: await readSecrets(tx, employerId, spent.connectionId) };
  });
  const finished = (proof: Proof): FinishedConsent => ({ connectionId: row.id, returnTo: flow.returnTo, proof });
  const manifest = vendorOf(vendorId);
  const strategy = codeStrategy(row);
  try {
    const code = readCallback(query, state);
    const io = {
      manifest,
      ...wireOf(manifest, row.environment),
      config: wantedBy(row),
      signal: AbortSignal.timeout(TOKEN_MS),
    };
    const tokens = await exchangeCode(io, strategy, await vendorClient(vendorId, row.environment), {
      code,
      redirectUri: flow.redirectUri,
      codeVerifier: open(flow, verifierPlace(employerId, flow.id)),
    });
    const candidate = { config: wantedBy(row), secrets, typed: {}, tokens };
    return finished(await prove(who.actor, row.id, "connection.signed_in", candidate));
  } catch (error) {
    if (!(error instanceof IntegrationError)) throw error;
    const message =
      error.kind === "forbidden"
        ? `${manifest.name} was asked, and the answer was no. Nothing has changed. Try again, or ask whoever administers ${manifest.name} to allow it.`
        : error.message;
    return finished({ ok: false, kind: error.kind, message, field: null });
  }
}

const foreignState = (): AppError =>
  new AppError(
    "invalid",
    "This sign-in was not started here, was used already, or took longer than ten minutes. Start it again from the connection.",
  );
