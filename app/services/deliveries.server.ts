import { and, asc, eq, lte, ne, or } from "drizzle-orm";
import { deliver } from "#app/integrations/kit/deliver.server.ts";
import type { Egress } from "#app/integrations/kit/egress.server.ts";
import { env } from "#app/platform/env.server.ts";
import { sql, withEmployer, withSystem } from "#db/client.server.ts";
import { delivery } from "#db/schema/webhooks.ts";
import { enqueue, enqueueMany } from "#jobs/enqueue.server.ts";
import { claimDelivery, releaseDelivery, type Sending } from "./delivery-claim.server.ts";
import { deliveryEgress } from "./delivery-egress.server.ts";
import { type Attempted, recordAttempt, SOON_MS } from "./delivery-record.server.ts";
import { deliveryRequest } from "./delivery-request.server.ts";
import { createGate, createLanes } from "./endpoint-gate.server.ts";

export interface DeliveryJob {
  employerId: string;
  deliveryId: string;
  endpointId: string;
}

export interface AttemptOptions {
  signal?: AbortSignal;
  now?: () => Date;
  egress?: Egress;
  /** Instead of 15 s: for tests. */
  timeoutMs?: number;
}

const share = (part: number) => () => Math.max(1, Math.floor(env().PATCHBAY_WORKER_DELIVERIES / part));

/**
 * An endpoint holds at most half of the pool; what it cannot take yet waits here, and in its row if the process dies. Of
 * that half, half is spoken with at once: while they are, the next are claimed and the last are written down.
 */
const gate = createGate<{ job: DeliveryJob; options: AttemptOptions }>(({ job, options }) => attempt(job, options), {
  most: share(2),
  waitingAtMost: 20_000,
});
const lane = createLanes(share(4));

/** A claim that waited this long for its lane is given back: its lease would not outlast the deadline of the request. */
const STALE_MS = 10_000;

/**
 * Makes the attempt that is due, if one is, and writes it down before it returns; with an endpoint's slots all taken it
 * returns at once and a slot makes the attempt when it is free. The delivery's row is the truth: a job that comes early,
 * twice, or for something already done changes nothing. Throws when the attempt could not be written; the repetition
 * sends the same id and the same bytes.
 */
export const attemptDelivery = (job: DeliveryJob, options: AttemptOptions = {}): Promise<void> =>
  gate(job.endpointId, job.deliveryId, { job, options }, options.signal);

async function attempt(job: DeliveryJob, options: AttemptOptions): Promise<void> {
  const { employerId, deliveryId, endpointId } = job;
  const now = options.now ?? (() => new Date());
  const claim = await claimDelivery(employerId, { deliveryId, endpointId, now: now() });
  if (claim.kind === "wait" && claim.until.getTime() - now().getTime() <= SOON_MS) await wakeAt(job, claim.until);
  if (claim.kind !== "send") return;
  const claimedAt = performance.now();
  const attempted = await lane(endpointId, async () =>
    performance.now() - claimedAt < STALE_MS ? send(claim.sending, now, options) : null,
  );
  if (attempted) {
    await recordAttempt(employerId, attempted);
    return;
  }
  await releaseDelivery(employerId, claim.sending);
  await wakeAt(job, now());
}

const wakeAt = (job: DeliveryJob, runAt: Date) => withSystem((tx) => enqueue(tx, "delivery-attempt", job, { runAt }));

async function send(sending: Sending, now: () => Date, options: AttemptOptions): Promise<Attempted> {
  const startedAt = now();
  const { url, headers, body, certificate, shown } = deliveryRequest(sending, startedAt);
  const outcome = await deliver(options.egress ?? deliveryEgress(certificate), url, {
    ...{ headers, body },
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });
  return {
    ...{ sending, outcome, startedAt },
    finishedAt: new Date(startedAt.getTime() + outcome.ms),
    requestHeaders: shown,
  };
}

/** Deliveries of one employer that one round wakes at most; the next round takes the rest. */
const ROUND = 5_000;

/**
 * Gives a wake-up to every delivery that is due within the next minute and a half: retries further away than the queue
 * looks, and whatever lost its job. One under way is left alone until its lease ends. Two wake-ups of one delivery are one, by the job's key.
 */
export async function wakeDeliveries(now: Date = new Date()): Promise<number> {
  const employers = await sql<{ id: string }[]>`select id from employer`;
  let woken = 0;
  for (const { id } of employers) woken += await wakeEmployer(id, now);
  return woken;
}

async function wakeEmployer(employerId: string, now: Date): Promise<number> {
  return withEmployer(employerId, async (tx) => {
    const due = await tx
      .select({ id: delivery.id, endpointId: delivery.endpointId, at: delivery.nextAttemptAt })
      .from(delivery)
      .where(
        and(
          eq(delivery.employerId, employerId),
          lte(delivery.nextAttemptAt, new Date(now.getTime() + SOON_MS)),
          or(ne(delivery.state, "sending"), lte(delivery.nextAttemptAt, now)),
        ),
      )
      .orderBy(asc(delivery.nextAttemptAt))
      .limit(ROUND);
    await enqueueMany(
      tx,
      due.map(({ id, endpointId, at }) => ({
        name: "delivery-attempt" as const,
        payload: { employerId, deliveryId: id, endpointId },
        ...(at && at > now ? { runAt: at } : {}),
      })),
    );
    return due.length;
  });
}
