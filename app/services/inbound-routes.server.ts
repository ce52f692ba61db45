import { and, eq, inArray } from "drizzle-orm";
import { manifestOf } from "#app/integrations/catalog.ts";
import { open, randomToken, seal, sha256Hex } from "#app/platform/crypto.server.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { connection, credential, inboundRoute } from "#db/schema/connections.ts";
import { AppError } from "./errors.ts";
import { lockWord } from "./lock.server.ts";
import { publicOrigin } from "./vendor-apps.server.ts";
import type { Connection } from "./vendor-context.server.ts";

/** The sealed field that keeps the URL token, so that the address can be shown and given to the vendor again. */
export const URL_TOKEN = "inbound_token";

/** How a URL token is looked up without storing it in the clear. */
export const tokenLookup = (token: string): string => `token:${sha256Hex(token)}`;

/** How a verified account of a per-app webhook finds its connection. */
export const accountLookup = (vendorId: string, environment: string, accountId: string): string =>
  `account:${vendorId}:${environment}:${accountId}`;

/** How a request at a vendor's plain address finds its connection: by the id of the subscription that sends it. */
export const subscriptionLookup = (place: { vendorId: string; environment: string }, id: string): string =>
  `subscription:${place.vendorId}:${place.environment}:${id}`;

/** The unguessable address at which this connection's vendor reaches us; made on first use. */
export async function inboundUrl(tx: EmployerTx, row: Connection): Promise<string> {
  const { employerId, id: connectionId, vendorId } = row;
  const place = { employerId, ownerId: connectionId, field: URL_TOKEN };
  const key = and(
    eq(credential.employerId, employerId),
    eq(credential.connectionId, connectionId),
    eq(credential.field, URL_TOKEN),
  );
  const made = randomToken(24);
  const [inserted] = await tx
    .insert(credential)
    .values({ employerId, connectionId, field: URL_TOKEN, ...seal(made, place) })
    .onConflictDoNothing()
    .returning({ field: credential.field });
  let token = made;
  if (inserted) {
    await tx.insert(inboundRoute).values({ lookup: tokenLookup(made), employerId, connectionId, vendorId });
  } else {
    const [kept] = await tx.select().from(credential).where(key);
    if (!kept) throw new Error("The address of a connection was neither made nor found.");
    token = open(kept, place);
  }
  return `${publicOrigin()}/webhooks/${vendorId}/${token}`;
}

/**
 * Binds a vendor account to this connection, for vendors that call one address for all accounts. Kind conflict when
 * another connection holds it: events cannot go to two places.
 */
export async function claimAccount(
  tx: EmployerTx,
  row: Connection,
  account: { id: string; name: string },
  vendorName: string,
): Promise<void> {
  const { employerId, id: connectionId, vendorId, environment } = row;
  const lookup = accountLookup(vendorId, environment, account.id);
  // A vendor's real environments share their account names: one employer may hold several of them, two may not.
  const real: readonly string[] = manifestOf(vendorId)?.environments.map((one) => one.id) ?? [];
  const lookups = (real.includes(environment) ? real : [environment]).map((one) =>
    accountLookup(vendorId, one, account.id),
  );
  await lockWord(tx, `claim:${vendorId}:${account.id}`);
  await tx.insert(inboundRoute).values({ lookup, employerId, connectionId, vendorId }).onConflictDoNothing();
  const holders = await tx.select().from(inboundRoute).where(inArray(inboundRoute.lookup, lookups));
  const holder = holders.find((one) => one.lookup === lookup);
  const foreign = holders.some((one) => one.employerId !== employerId);
  if (holder?.connectionId === connectionId && !foreign) return;
  if (foreign || !holder)
    throw new AppError(
      "conflict",
      `${account.name} is already connected by another employer on this Patchbay. ${vendorName} reports to one place only: they disconnect it first, or you choose another account.`,
    );
  const [other] = await tx
    .select({ label: connection.label })
    .from(connection)
    .where(and(eq(connection.employerId, employerId), eq(connection.id, holder.connectionId)));
  throw new AppError(
    "conflict",
    `${account.name} is already connected here as “${other?.label ?? vendorName}”. Reconnect that one, or choose another account.`,
  );
}
