import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { RawRequest, Webhook } from "#app/integrations/contract/capabilities.ts";
import { newId, type Sealed } from "#app/platform/crypto.server.ts";
import { type EmployerTx, inOneTrip, withEmployer, withSystem } from "#db/client.server.ts";
import { inboundQuarantine, inboundRefusal } from "#db/schema/webhooks.ts";
import { jobSpecification } from "#jobs/enqueue.server.ts";
import { batched } from "./batch.server.ts";
import { identify, inboundPlace, quarantinePlace, sealRequest } from "./inbound-envelope.server.ts";
import { flooded } from "./inbound-flood.server.ts";
import { notifyLive } from "./live.server.ts";
import type { Connection } from "./vendor-context.server.ts";

type Owner = Pick<Connection, "employerId" | "id" | "vendorId">;

/** A verified request, sealed and ready to be written. */
interface Parcel {
  id: string;
  connectionId: string;
  vendorId: string;
  type: string;
  dedupeKeys: readonly string[];
  sealed: Sealed;
  bytes: number;
}

function parcelOf({ employerId, id: connectionId, vendorId }: Owner, webhook: Reader, request: RawRequest): Parcel {
  const id = newId();
  return {
    ...{ id, connectionId, vendorId, bytes: request.body.byteLength },
    ...identify(webhook, request),
    sealed: sealRequest(request, inboundPlace(employerId, id)),
  };
}

type Reader = Pick<Webhook, "parse" | "identity">;

/**
 * Keeps a verified request: its events' ids, the sealed bytes and the job, all in one transaction, which requests of one
 * employer that come together share. When every event in it was taken before, nothing is written and null comes back: the
 * vendor repeated itself.
 */
export const storeInbound = (owner: Owner, webhook: Reader, request: RawRequest): Promise<string | null> =>
  storeParcel(owner.employerId, parcelOf(owner, webhook, request));

const storeParcel = batched<Parcel, string | null>(
  async (employerId, parcels) => keptOf(parcels, await inOneTrip(employerId, writing(employerId, parcels))),
  { windowMs: 0, most: 50 },
);

/** As `storeInbound`, in the caller's transaction. */
export async function storeInboundIn(
  tx: EmployerTx,
  owner: Owner,
  webhook: Reader,
  request: RawRequest,
): Promise<string | null> {
  const parcels = [parcelOf(owner, webhook, request)];
  const [stored = null] = keptOf(parcels, await tx.execute(writing(owner.employerId, parcels)));
  return stored;
}

/** One statement with one parameter, whatever the number: keys, bytes of the parcels with a fresh key, their jobs. */
function writing(employerId: string, parcels: readonly Parcel[]): SQL {
  const rows = parcels.map(({ id, connectionId, vendorId, type, dedupeKeys, sealed, bytes }) => ({
    ...{ id, connection_id: connectionId, vendor_id: vendorId, type, keys: dedupeKeys, key_id: sealed.keyId, bytes },
    ...{ nonce: sealed.nonce.toString("base64"), ciphertext: sealed.ciphertext.toString("base64") },
    job: jobSpecification("inbound-process", { employerId, deliveryId: id }),
  }));
  return sql`
    with parcel as materialized (
      select * from json_to_recordset(${JSON.stringify(rows)}::json) as p (id uuid, connection_id uuid, vendor_id text,
        type text, keys json, key_id text, nonce text, ciphertext text, bytes int, job json)
    ), fresh as (
      insert into inbound_dedupe (employer_id, connection_id, dedupe_key, delivery_id)
      select ${employerId}::uuid, p.connection_id, k.key, p.id from parcel p, json_array_elements_text(p.keys) as k(key)
      order by p.connection_id, k.key, p.id
      on conflict do nothing returning delivery_id, dedupe_key
    ), stored as (
      insert into inbound_delivery (employer_id, id, connection_id, vendor_id, dedupe_key, key_id, nonce, ciphertext, bytes,
        type)
      select ${employerId}::uuid, p.id, p.connection_id, p.vendor_id, f.dedupe_key, p.key_id, decode(p.nonce, 'base64'),
        decode(p.ciphertext, 'base64'), p.bytes, p.type
      from parcel p join (select delivery_id, min(dedupe_key) as dedupe_key from fresh group by delivery_id) f
        on f.delivery_id = p.id
      returning id
    ), queued as (
      select count(*) as jobs from graphile_worker.add_jobs(array(
        select json_populate_record(null::graphile_worker.job_spec, p.job) from parcel p join stored s on s.id = p.id))
    )
    select stored.id, queued.jobs from stored, queued`;
}

/** The ids of the parcels that were written, null for those that came before. */
function keptOf(parcels: readonly Parcel[], stored: readonly unknown[]): (string | null)[] {
  const kept = new Set(stored.map((row) => storedRow.parse(row).id));
  return parcels.map(({ id }) => (kept.has(id) ? id : null));
}

const storedRow = z.object({ id: z.string() });

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

/** Requests of accounts that nobody has connected, kept without a proof of who sent them: few and small. */
const UNPROVEN = { aMinute: 10, most: 100, bytes: 64 * 1024 };

/**
 * Keeps a request whose path names an account that no connection has. Whose it is cannot be checked without that
 * connection's secret; so it is shown as unproven, and verified before anybody takes it. Beyond a few nothing is kept.
 */
export async function keepUnclaimed(
  of: { vendorId: string; environment: string; accountId: string },
  request: RawRequest,
): Promise<void> {
  if (request.body.byteLength > UNPROVEN.bytes || flooded(`unproven:${of.vendorId}`, UNPROVEN.aMinute, 60) !== null)
    return;
  const accountId = of.accountId.slice(0, 200);
  const id = newId();
  await withSystem(async (tx) => {
    const open = and(eq(inboundQuarantine.unproven, true), isNull(inboundQuarantine.decision));
    if ((await tx.$count(inboundQuarantine, open)) >= UNPROVEN.most) return;
    const row = { ...of, accountId, id, unproven: true, ...sealRequest(request, quarantinePlace(id)) };
    await tx.insert(inboundQuarantine).values(row);
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
