import { and, eq } from "drizzle-orm";
import { secretFieldOf, strategyFor } from "#app/integrations/config-schema.server.ts";
import type { Account } from "#app/integrations/contract/adapter.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import type { Manifest } from "#app/integrations/contract/manifest.ts";
import { isRefreshable } from "#app/integrations/kit/auth.server.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { enqueue } from "#jobs/enqueue.server.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { applyOutcome, outcomeOf } from "./connection-state.server.ts";
import { dropGrant, saveGrant, saveSecrets } from "./credentials.server.ts";
import { AppError } from "./errors.ts";
import { claimAccount } from "./inbound-routes.server.ts";
import { type Candidate, loadConnection, type OpenVendor, openVendor } from "./vendor-context.server.ts";

/** What a test found: the account, or in one sentence why not and which field to mend. */
export type Proof = { ok: true; account: Account } | { ok: false; kind: string; message: string; field: string | null };

const TEST_MS = 25_000;

/**
 * Tests credentials against the vendor and keeps them only if they work: config, secrets, tokens, account, state, audit
 * and the jobs of activation in one transaction. A reconnect must reach the same account, because history and mappings
 * belong to it. Without a candidate it tests what is stored.
 */
export async function prove(
  actor: Actor,
  connectionId: string,
  action: string,
  candidate?: Candidate,
  signal?: AbortSignal,
): Promise<Proof> {
  const { employerId } = actor;
  const timeout = AbortSignal.timeout(TEST_MS);
  let vendor: OpenVendor | undefined;
  let account: Account;
  try {
    vendor = await openVendor(employerId, connectionId, {
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      idempotencyKey: newId(),
      interactive: true,
      purpose: "test",
      ...(candidate ? { candidate } : {}),
    });
    account = await vendor.adapter.test(vendor.ctx);
  } catch (error) {
    const proof = await explain(actor, connectionId, error, candidate !== undefined, timeout.aborted);
    return candidate && vendor ? atItsField(proof, vendor.adapter.manifest, candidate) : proof;
  }
  const { manifest, webhook } = vendor.adapter;
  const stored = await loadConnection(employerId, connectionId);
  const known = stored.accountId;
  if (known !== null && known !== account.id)
    return {
      ok: false,
      kind: "conflict",
      field: null,
      message: `This is ${account.name}, but the connection belongs to ${stored.accountName ?? "another account"}. Sign in there, or make a second connection for ${account.name}.`,
    };
  try {
    await withEmployer(employerId, async (tx) => {
      if (webhook && webhook.routing.per !== "connection") await claimAccount(tx, stored, account, manifest.name);
      if (candidate) {
        const strategy = strategyFor(manifest, candidate.config);
        await saveSecrets(tx, employerId, connectionId, candidate.typed);
        if (candidate.tokens) await saveGrant(tx, employerId, connectionId, candidate.tokens, isRefreshable(strategy));
        else await dropGrant(tx, employerId, connectionId);
      }
      await tx
        .update(connection)
        .set({
          ...(candidate ? { config: candidate.config, consentConfig: null } : {}),
          accountId: account.id,
          accountName: account.name,
          updatedAt: new Date(),
        })
        .where(and(eq(connection.employerId, employerId), eq(connection.id, connectionId)));
      const state = await applyOutcome(tx, employerId, connectionId, { kind: "proven" });
      if (state === "active") await enqueue(tx, "connection-activate", { employerId, connectionId });
      const subject = { kind: "connection", id: connectionId, name: stored.label };
      await audit(tx, actor, action, subject, { account: account.name });
    });
  } catch (error) {
    if (error instanceof AppError && error.kind === "conflict")
      return { ok: false, kind: "conflict", message: error.message, field: null };
    throw error;
  }
  return { ok: true, account };
}

/** A refused sign-in is told at the field that was typed, in words for somebody who has just typed it. */
function atItsField(proof: Proof, manifest: Manifest, { config }: Candidate): Proof {
  if (proof.ok || proof.kind !== "auth-revoked" || proof.field !== null) return proof;
  const field = secretFieldOf(strategyFor(manifest, config));
  const label = manifest.fields.find((one) => one.key === field)?.label;
  if (label === undefined) return proof;
  return { ...proof, field, message: `${manifest.name} does not accept this. Copy “${label}” again, all of it.` };
}

/** A failed test of what is stored changes the state like any call; a failed candidate changes nothing. */
async function explain(
  actor: Actor,
  connectionId: string,
  error: unknown,
  isCandidate: boolean,
  late: boolean,
): Promise<Proof> {
  const failure = late
    ? new IntegrationError("network", "The vendor did not answer within 25 seconds. Try again in a moment.")
    : error;
  if (!(failure instanceof IntegrationError)) throw error;
  const outcome = outcomeOf(failure);
  if (!isCandidate && outcome)
    await withEmployer(actor.employerId, (tx) => applyOutcome(tx, actor.employerId, connectionId, outcome));
  return { ok: false, kind: failure.kind, message: failure.message, field: failure.info.field ?? null };
}
