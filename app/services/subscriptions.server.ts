import { and, eq } from "drizzle-orm";
import type { Subscription } from "#app/integrations/contract/capabilities.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import { newId, open, randomToken, seal } from "#app/platform/crypto.server.ts";
import { log } from "#app/platform/log.server.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { inboundRoute, subscription } from "#db/schema/connections.ts";
import { recordActivity } from "./activity.server.ts";
import { inboundUrl, subscriptionLookup } from "./inbound-routes.server.ts";
import { callVendor, type OpenVendor, openVendor } from "./vendor-context.server.ts";

type Row = typeof subscription.$inferSelect;

const place = (row: Pick<Row, "employerId" | "id">) => ({
  employerId: row.employerId,
  ownerId: row.id,
  field: "subscription_secret",
});

/** The secrets of a connection's live subscriptions, for verifying what arrives. */
export async function subscriptionSecrets(employerId: string, connectionId: string): Promise<string[]> {
  const rows = await withEmployer(employerId, (tx) =>
    tx
      .select()
      .from(subscription)
      .where(and(eq(subscription.employerId, employerId), eq(subscription.connectionId, connectionId))),
  );
  return rows.map((row) => open(row, place(row)));
}

/** What the vendor calls a connection's live subscriptions. */
export async function subscriptionIds(employerId: string, connectionId: string): Promise<string[]> {
  return (await rowsOf(employerId, connectionId)).map((row) => row.externalId);
}

/**
 * Brings what the vendor sends us in line with what the connection should hear: subscribes to targets that are new, ends
 * those no longer wanted. Running it again changes nothing. Vendors without `subscribe` are set up by hand.
 */
export async function ensureSubscriptions(
  employerId: string,
  connectionId: string,
  signal: AbortSignal,
): Promise<void> {
  const options = { signal, idempotencyKey: `subscribe:${connectionId}`, part: "webhooks" };
  await callVendor(employerId, connectionId, options, async (vendor) => {
    const { webhook } = vendor.adapter;
    if (!webhook?.subscribe) return;
    const wanted = webhook.targets ? [...webhook.targets(vendor.ctx)] : [""];
    const rows = await rowsOf(employerId, connectionId);
    for (const target of wanted) if (!rows.some((row) => row.target === target)) await subscribeOrPoll(vendor, target);
    for (const row of rows) if (!wanted.includes(row.target)) await endSubscription(vendor, row);
  });
}

/** A vendor that does not take our address, e.g. because it is not https, is polled instead: said once, not a failure. */
async function subscribeOrPoll(vendor: OpenVendor, target: string): Promise<void> {
  try {
    await subscribe(vendor, target, null);
  } catch (error) {
    if (!(error instanceof IntegrationError && error.kind === "validation")) throw error;
    const { employerId, id: connectionId, label } = vendor.connection;
    log().info({ err: error, connectionId }, "The vendor does not send to this address; it is polled.");
    await withEmployer(employerId, (tx) =>
      recordActivity(tx, employerId, {
        connectionId,
        kind: "webhook",
        tone: "warn",
        who: label,
        what: "does not send changes to this address, so we look for them ourselves",
      }),
    );
  }
}

const rowsOf = (employerId: string, connectionId: string): Promise<Row[]> =>
  withEmployer(employerId, (tx) =>
    tx
      .select()
      .from(subscription)
      .where(and(eq(subscription.employerId, employerId), eq(subscription.connectionId, connectionId))),
  );

/** Subscribes at the vendor, then keeps the row; the row of a renewal takes the old one's place. */
async function subscribe(vendor: OpenVendor, target: string, replaces: Row | null): Promise<void> {
  const { employerId, id: connectionId } = vendor.connection;
  const url = await withEmployer(employerId, (tx) => inboundUrl(tx, vendor.connection));
  const secret = randomToken(24);
  const made = await vendor.adapter.webhook?.subscribe?.(vendor.ctx, {
    url,
    secret,
    target: target === "" ? null : target,
  });
  if (!made) return;
  const id = newId();
  await withEmployer(employerId, async (tx) => {
    if (replaces) await tx.delete(subscription).where(keyOf(replaces));
    await tx.insert(subscription).values({
      employerId,
      id,
      connectionId,
      target,
      externalId: made.id,
      ...seal(made.secret ?? secret, place({ employerId, id })),
      data: { ...made.data },
      expiresAt: actBefore(made),
    });
    if (named(vendor)) {
      const lookup = subscriptionLookup(vendor.connection, made.id);
      const { vendorId } = vendor.connection;
      await tx.insert(inboundRoute).values({ lookup, employerId, connectionId, vendorId }).onConflictDoNothing();
      if (replaces) await forgetLookup(tx, vendor, replaces);
    }
  });
}

/** Whether the vendor's requests name their subscription, so that its id leads to the connection. */
const named = ({ adapter: { webhook } }: OpenVendor): boolean =>
  webhook?.routing.per === "connection" && webhook.routing.subscriptionHeader !== undefined;

const forgetLookup = (tx: EmployerTx, vendor: OpenVendor, row: Row) =>
  tx.delete(inboundRoute).where(eq(inboundRoute.lookup, subscriptionLookup(vendor.connection, row.externalId)));

/** The schedule takes a subscription up a day before this time. */
const actBefore = (made: Subscription): Date | null =>
  made.expiresAt ?? (made.lookAgainAt ? new Date(made.lookAgainAt.getTime() + 86_400_000) : null);

const keyOf = (row: Row) => and(eq(subscription.employerId, row.employerId), eq(subscription.id, row.id));

const asSubscription = (row: Row): Subscription => ({
  id: row.externalId,
  secret: open(row, place(row)),
  data: row.data,
  ...(row.expiresAt ? { expiresAt: row.expiresAt } : {}),
});

/** Ends one subscription; one the vendor no longer knows counts as ended. */
async function endSubscription(vendor: OpenVendor, row: Row): Promise<void> {
  try {
    await vendor.adapter.webhook?.unsubscribe?.(vendor.ctx, asSubscription(row));
  } catch (error) {
    if (!(error instanceof IntegrationError && error.kind === "not-found")) throw error;
  }
  await withEmployer(row.employerId, async (tx) => {
    await tx.delete(subscription).where(keyOf(row));
    if (named(vendor)) await forgetLookup(tx, vendor, row);
  });
}

/**
 * Keeps a subscription alive: in its place where the vendor can, else by a new one that is made before the old one ends, so
 * that nothing falls between.
 */
export async function renewSubscription(
  employerId: string,
  subscriptionId: string,
  signal: AbortSignal,
): Promise<void> {
  const [row] = await withEmployer(employerId, (tx) =>
    tx
      .select()
      .from(subscription)
      .where(and(eq(subscription.employerId, employerId), eq(subscription.id, subscriptionId))),
  );
  if (!row) return;
  const options = { signal, idempotencyKey: `renew:${subscriptionId}`, part: "webhooks" };
  await callVendor(employerId, row.connectionId, options, async (vendor) => {
    const renew = vendor.adapter.webhook?.renew;
    const kept = renew ? await renew(vendor.ctx, asSubscription(row)) : null;
    if (kept) {
      const values = { data: { ...kept.data }, expiresAt: actBefore(kept) };
      await withEmployer(employerId, (tx) => tx.update(subscription).set(values).where(keyOf(row)));
      return;
    }
    await subscribe(vendor, row.target, row);
    if (renew) return;
    await vendor.adapter.webhook?.unsubscribe?.(vendor.ctx, asSubscription(row)).catch((error: unknown) => {
      log().info({ err: error, connectionId: row.connectionId }, "An old subscription could not be ended; it expires.");
    });
  });
}

/**
 * Ends every subscription of a connection that goes away. What the vendor refuses to end is forgotten all the same: its
 * deliveries then find no address. Only an outage is passed on, for another try.
 */
export async function endSubscriptions(employerId: string, connectionId: string, signal: AbortSignal): Promise<void> {
  const rows = await rowsOf(employerId, connectionId);
  if (rows.length === 0) return;
  const vendor = await openVendor(employerId, connectionId, {
    signal,
    idempotencyKey: `unsubscribe:${connectionId}`,
    purpose: "cleanup",
  });
  for (const row of rows) {
    try {
      await endSubscription(vendor, row);
    } catch (error) {
      const passing = error instanceof IntegrationError && (error.kind === "network" || error.kind === "unavailable");
      if (passing || !(error instanceof IntegrationError)) throw error;
      log().info({ err: error, connectionId }, "The vendor did not end a subscription; its address is closed instead.");
    }
  }
  await withEmployer(employerId, (tx) =>
    tx
      .delete(subscription)
      .where(and(eq(subscription.employerId, employerId), eq(subscription.connectionId, connectionId))),
  );
}
