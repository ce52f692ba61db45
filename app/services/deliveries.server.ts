import { and, asc, eq, lte } from "drizzle-orm";
import { deliver } from "#app/integrations/kit/deliver.server.ts";
import { createEgress, type Egress } from "#app/integrations/kit/egress.server.ts";
import { legacySignature, signStandard } from "#app/integrations/kit/standard-webhooks.server.ts";
import { env } from "#app/platform/env.server.ts";
import { sql, withEmployer, withSystem } from "#db/client.server.ts";
import { delivery } from "#db/schema/webhooks.ts";
import { enqueue, enqueueMany } from "#jobs/enqueue.server.ts";
import { claimDelivery, type Sending } from "./delivery-claim.server.ts";
import { recordAttempt, SOON_MS } from "./delivery-record.server.ts";
import { createGate } from "./endpoint-gate.server.ts";

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

let agent: { allow: string; egress: Egress } | undefined;

/** An agent of its own, so that receivers and vendors do not share sockets; made anew when the exceptions change. */
function outside(): Egress {
  const exceptions = env().PATCHBAY_ALLOW_LOOPBACK_EGRESS;
  const allow = exceptions.join(",");
  if (agent?.allow !== allow) agent = { allow, egress: createEgress({ allow: exceptions, connections: 64 }) };
  return agent.egress;
}

/** An endpoint holds at most half of the pool; what it cannot take yet waits here, and in its row if the process dies. */
const gate = createGate<{ job: DeliveryJob; options: AttemptOptions }>(({ job, options }) => attempt(job, options), {
  most: () => Math.max(1, Math.floor(env().PATCHBAY_WORKER_DELIVERIES / 2)),
  waitingAtMost: 20_000,
});

/**
 * Makes the attempt that is due, if one is, and writes it down before it returns; with an endpoint's slots all taken it
 * returns at once and a slot makes the attempt when it is free. The delivery's row is the truth: a job that comes early,
 * twice, or for something already done changes nothing. Throws when the attempt could not be written; the repetition
 * sends the same id and the same bytes.
 */
export const attemptDelivery = (job: DeliveryJob, options: AttemptOptions = {}): Promise<void> =>
  gate(job.endpointId, job.deliveryId, { job, options }, options.signal);

async function attempt(job: DeliveryJob, options: AttemptOptions): Promise<void> {
  const now = options.now ?? (() => new Date());
  const claim = await claimDelivery(job.employerId, { deliveryId: job.deliveryId, now: now() });
  if (claim.kind === "wait" && claim.until.getTime() - now().getTime() <= SOON_MS) await wakeAt(job, claim.until);
  if (claim.kind === "send") await send(job.employerId, claim.sending, now, options);
}

const wakeAt = (job: DeliveryJob, runAt: Date) => withSystem((tx) => enqueue(tx, "delivery-attempt", job, { runAt }));

async function send(employerId: string, sending: Sending, now: () => Date, options: AttemptOptions): Promise<void> {
  const startedAt = now();
  const headers = headersOf(sending, startedAt);
  const outcome = await deliver(options.egress ?? outside(), sending.url, {
    headers,
    body: sending.body,
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });
  const hidden = Object.fromEntries(Object.keys(sending.headers).map((name) => [name.toLowerCase(), "(hidden)"]));
  await recordAttempt(employerId, {
    ...{ sending, outcome, startedAt },
    finishedAt: new Date(startedAt.getTime() + outcome.ms),
    requestHeaders: { ...headers, ...hidden },
  });
}

/** What travels with the body: the id is the event's and stays, the time stamp is this attempt's. */
function headersOf(sending: Sending, at: Date): Record<string, string> {
  const body = Buffer.from(sending.body, "utf8");
  const [legacy] = sending.secrets.legacy;
  return {
    ...Object.fromEntries(Object.entries(sending.headers).map(([name, value]) => [name.toLowerCase(), value])),
    "content-type": "application/json",
    "user-agent": "Patchbay-Webhooks/1",
    "x-webhook-event": sending.eventType,
    ...signStandard({ id: sending.eventId, at, body, secrets: sending.secrets.standard }),
    ...(sending.legacySignature && legacy ? { "x-webhook-signature": legacySignature(legacy, body) } : {}),
  };
}

/** Deliveries of one employer that one round wakes at most; the next round takes the rest. */
const ROUND = 5_000;

/**
 * Gives a wake-up to every delivery that is due within the next minute and a half: retries further away than the queue
 * looks, and whatever lost its job. Two wake-ups of one delivery are one, by the job's key.
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
      .where(and(eq(delivery.employerId, employerId), lte(delivery.nextAttemptAt, new Date(now.getTime() + SOON_MS))))
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
