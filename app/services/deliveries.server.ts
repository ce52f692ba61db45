import { type DeliveryOutcome, deliver, NOWHERE } from "#app/integrations/kit/deliver.server.ts";
import type { Egress } from "#app/integrations/kit/egress.server.ts";
import { sha256Hex } from "#app/platform/crypto.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { claimDue, type Sending } from "./delivery-claim.server.ts";
import { deliveryEgress } from "./delivery-egress.server.ts";
import { type Attempted, recordAttempt } from "./delivery-record.server.ts";
import { type DeliveryRequest, deliveryRequest } from "./delivery-request.server.ts";
import { inboxTokenOf } from "./inbox-address.server.ts";
import { handOver } from "./inbox-receive.server.ts";

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

/**
 * Makes the attempt of one delivery, if it is due and nobody else is making it, and writes it down before it returns.
 * The delivery's row is the truth: a call that comes early, twice, or for something already done changes nothing. Throws
 * when the attempt could not be written; the repetition sends the same id and the same bytes.
 */
export async function attemptDelivery(job: DeliveryJob, options: AttemptOptions = {}): Promise<void> {
  const { employerId, deliveryId, endpointId } = job;
  const now = options.now?.() ?? new Date();
  const { sendings } = await withEmployer(employerId, (tx) =>
    claimDue(tx, employerId, { now, wishes: [{ endpointId, room: 1, free: 1 }], only: deliveryId }),
  );
  for (const sending of sendings) await recordAttempt(employerId, await sendDelivery(sending, options));
}

/** Makes one attempt of what was claimed. Throws only the abort of `signal`. */
export async function sendDelivery(sending: Sending, options: AttemptOptions = {}): Promise<Attempted> {
  const [attempted] = await sendTogether([sending], options);
  if (!attempted) throw new Error("No attempt was made.");
  return attempted;
}

/**
 * Makes one request of deliveries to one endpoint, and an attempt of each: several only where the endpoint takes batches.
 * Throws only the abort of `signal`.
 */
export async function sendTogether(sendings: readonly Sending[], options: AttemptOptions = {}): Promise<Attempted[]> {
  const [first] = sendings;
  if (!first) return [];
  const startedAt = options.now?.() ?? new Date();
  const { outcome, shown } = await post(
    first.endpoint.batchEvents === null ? first : envelope(sendings),
    startedAt,
    options,
  );
  const finishedAt = new Date(startedAt.getTime() + outcome.ms);
  return sendings.map((sending) => ({ sending, outcome, startedAt, finishedAt, requestHeaders: shown }));
}

async function post(
  sending: Sending,
  startedAt: Date,
  options: AttemptOptions,
): Promise<{ outcome: DeliveryOutcome; shown: Readonly<Record<string, string>> }> {
  const request = requestOf(sending, startedAt);
  if ("refused" in request) {
    const outcome = { answered: false, phase: "blocked", message: request.refused, ms: 0, trace: NOWHERE } as const;
    return { outcome, shown: {} };
  }
  const { url, headers, body, certificate, shown } = request;
  const inbox = inboxTokenOf(url);
  if (inbox !== null) return { outcome: await handOver(inbox, { url, headers: shown, body }), shown };
  const outcome = await deliver(options.egress ?? deliveryEgress(certificate), url, {
    ...{ headers, body },
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });
  return { outcome, shown };
}

/** What a batch endpoint gets: the events' own bytes in one list, under an id that the same events always have. */
function envelope(sendings: readonly Sending[]): Sending {
  const [first] = sendings;
  if (!first) throw new TypeError("A batch holds at least one event.");
  const ids = sendings.map((one) => one.eventId).join(" ");
  const bodies = sendings.map((one) => one.body).join(",");
  return {
    ...first,
    eventId: `batch_${sha256Hex(ids).slice(0, 32)}`,
    eventType: "batch",
    body: `{"type":"batch","events":[${bodies}]}`,
  };
}

/** A request that cannot be made, for want of a secret for example, is an attempt that failed. */
function requestOf(sending: Sending, at: Date): DeliveryRequest | { refused: string } {
  try {
    return deliveryRequest(sending, at);
  } catch (error) {
    return { refused: `It was not sent: ${error instanceof Error ? error.message : String(error)}` };
  }
}
