import type { RawRequest, Webhook } from "#app/integrations/contract/capabilities.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { type EmployerTx, withEmployer, withSystem } from "#db/client.server.ts";
import { inboundDedupe, inboundDelivery, inboundQuarantine, inboundRefusal } from "#db/schema/webhooks.ts";
import { enqueue } from "#jobs/enqueue.server.ts";
import { identify, inboundPlace, quarantinePlace, sealRequest } from "./inbound-envelope.server.ts";
import { flooded } from "./inbound-flood.server.ts";
import { notifyLive } from "./live.server.ts";
import type { Connection } from "./vendor-context.server.ts";

type Owner = Pick<Connection, "employerId" | "id" | "vendorId">;

/**
 * Keeps a verified request: its events' ids, the sealed bytes and the job, all in one transaction. When every event in
 * it was taken before, nothing is written and null comes back: the vendor repeated itself.
 */
export async function storeInbound(
  owner: Owner,
  webhook: Pick<Webhook, "parse">,
  request: RawRequest,
): Promise<string | null> {
  return withEmployer(owner.employerId, (tx) => storeInboundIn(tx, owner, webhook, request));
}

/** As `storeInbound`, in the caller's transaction. */
export async function storeInboundIn(
  tx: EmployerTx,
  owner: Owner,
  webhook: Pick<Webhook, "parse">,
  request: RawRequest,
): Promise<string | null> {
  const { employerId, id: connectionId, vendorId } = owner;
  const id = newId();
  const { type, dedupeKeys } = identify(webhook, request);
  const fresh = await tx
    .insert(inboundDedupe)
    .values([...dedupeKeys].sort().map((dedupeKey) => ({ employerId, connectionId, dedupeKey, deliveryId: id })))
    .onConflictDoNothing()
    .returning({ dedupeKey: inboundDedupe.dedupeKey });
  const [first] = fresh;
  if (!first) return null;
  await tx.insert(inboundDelivery).values({
    ...{ employerId, id, connectionId, vendorId, type },
    ...sealRequest(request, inboundPlace(employerId, id)),
    dedupeKey: first.dedupeKey,
    bytes: request.body.byteLength,
  });
  await enqueue(tx, "inbound-process", { employerId, deliveryId: id });
  return id;
}

/** A page of refusals says enough; a sender that never stops must not fill the table. */
const REFUSALS_A_MINUTE = 20;

/** Writes down that a request for this connection was turned away, and why. No body is kept. */
export async function recordRefusal(owner: Owner, reason: string): Promise<void> {
  const { employerId, id: connectionId, vendorId } = owner;
  if (flooded(`refusals:${connectionId}`, REFUSALS_A_MINUTE, 60) !== null) return;
  await withEmployer(employerId, async (tx) => {
    await tx.insert(inboundRefusal).values({ employerId, id: newId(), connectionId, vendorId, reason });
    await notifyLive(tx, employerId, "delivery", connectionId);
  });
}

/** Keeps a verified request of an account that no connection has: sealed, visible on the instance page. */
export async function quarantine(
  of: { vendorId: string; environment: string; accountId: string },
  request: RawRequest,
): Promise<void> {
  const id = newId();
  await withSystem((tx) =>
    tx.insert(inboundQuarantine).values({ ...of, id, ...sealRequest(request, quarantinePlace(id)) }),
  );
}
