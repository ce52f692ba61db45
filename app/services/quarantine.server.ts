import { and, desc, eq, inArray, isNull } from "drizzle-orm";
import { z } from "zod";
import { loadAdapter } from "#app/integrations/adapters.server.ts";
import { manifestOf } from "#app/integrations/catalog.ts";
import type { AnyAdapter } from "#app/integrations/contract/adapter.ts";
import type { RawRequest, Webhook } from "#app/integrations/contract/capabilities.ts";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer, withSystem } from "#db/client.server.ts";
import { inboundRoute } from "#db/schema/connections.ts";
import { inboundQuarantine } from "#db/schema/webhooks.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { AppError } from "./errors.ts";
import { openRequest, quarantinePlace } from "./inbound-envelope.server.ts";
import { findOwner } from "./inbound-owner.server.ts";
import { accountLookup } from "./inbound-routes.server.ts";
import { secretsOf, verifyInbound } from "./inbound-secrets.server.ts";
import { storeInboundIn } from "./inbound-store.server.ts";

export interface QuarantineLine {
  id: string;
  vendorId: string;
  vendorName: string;
  environment: string;
  accountId: string;
  /** Its signature could not be checked when it came. */
  unproven: boolean;
  receivedAt: Date;
}

/** Verified requests of accounts that nobody has connected, newest first; for the instance's administrators. */
export async function listQuarantine(actor: Actor): Promise<QuarantineLine[]> {
  allow(actor, "instance:manage");
  const rows = await withSystem((tx) =>
    tx
      .select()
      .from(inboundQuarantine)
      .where(isNull(inboundQuarantine.decision))
      .orderBy(desc(inboundQuarantine.id))
      .limit(200),
  );
  return rows.map(({ id, vendorId, environment, accountId, unproven, receivedAt }) => ({
    ...{ id, vendorId, environment, accountId, unproven, receivedAt },
    vendorName: manifestOf(vendorId)?.name ?? vendorId,
  }));
}

async function load(id: string) {
  const [row] = z.uuid().safeParse(id).success
    ? await withSystem((tx) => tx.select().from(inboundQuarantine).where(open(id)))
    : [];
  if (!row) throw new AppError("not-found", "This request is not here any more.");
  return row;
}

const open = (id: string) => and(eq(inboundQuarantine.id, id), isNull(inboundQuarantine.decision));

/**
 * Hands a kept request to the connection that has its account by now, as if it had just come. Kinds: not-found, conflict
 * while still nobody has connected the account.
 */
export async function claimQuarantined(actor: Actor, id: string): Promise<void> {
  allow(actor, "instance:manage");
  const row = await load(id);
  const adapter = await loadAdapter(row.vendorId);
  const real = adapter?.manifest.environments.map((one) => one.id) ?? [];
  const worlds = row.unproven ? [...real, "sandbox"] : row.environment === "sandbox" ? ["sandbox"] : real;
  const lookups = worlds.map((world) => accountLookup(row.vendorId, world, row.accountId));
  const [route] =
    lookups.length > 0
      ? await withSystem((tx) => tx.select().from(inboundRoute).where(inArray(inboundRoute.lookup, lookups)))
      : [];
  if (!route || !adapter?.webhook)
    throw new AppError("conflict", "Nobody has connected this account yet. Connect it first, then hand it over.");
  const { webhook } = adapter;
  const owner = { employerId: route.employerId, id: route.connectionId, vendorId: row.vendorId };
  const request = openRequest(row, quarantinePlace(row.id));
  if (row.unproven && !(await fits({ ...adapter, webhook }, lookups, request, row.receivedAt)))
    throw new AppError("conflict", "Its signature does not fit this connection, so it is not handed over. Drop it.");
  await withEmployer(owner.employerId, async (tx) => {
    const [mine] = await tx
      .update(inboundQuarantine)
      .set({ decision: "claimed", decidedAt: new Date() })
      .where(open(id))
      .returning({ id: inboundQuarantine.id });
    if (!mine) throw new AppError("not-found", "This request is not here any more.");
    await storeInboundIn(tx, owner, webhook, request);
    const who = { kind: actor.kind, id: actor.id, name: actor.name, employerId: owner.employerId };
    await audit(tx, who, "inbound.claimed", { kind: "inbound-quarantine", id, name: row.accountId });
  });
}

/** Whether a request that came too early carries the signature of the connection that has its account now. */
async function fits(
  adapter: AnyAdapter & { webhook: Webhook },
  lookups: readonly string[],
  request: RawRequest,
  now: Date,
): Promise<boolean> {
  const { signature } = adapter.webhook;
  const owner = await findOwner(lookups, signature);
  const secrets = owner ? await secretsOf(signature, owner) : [];
  return (await verifyInbound(adapter, signature, owner?.environment ?? "", { request, secrets, now })).ok;
}

/** Drops a kept request. Kind not-found. */
export async function discardQuarantined(actor: Actor, id: string): Promise<void> {
  allow(actor, "instance:manage");
  const row = await load(id);
  await withSystem((tx) =>
    tx.update(inboundQuarantine).set({ decision: "discarded", decidedAt: new Date() }).where(open(row.id)),
  );
  await withEmployer(actor.employerId, (tx) =>
    audit(tx, actor, "inbound.discarded", { kind: "inbound-quarantine", id, name: row.accountId }),
  );
}
