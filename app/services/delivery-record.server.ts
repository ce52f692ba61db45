import { and, eq, sql } from "drizzle-orm";
import type { DeliveryOutcome } from "#app/integrations/kit/deliver.server.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { amongIds, idArray } from "#db/lists.server.ts";
import { delivery } from "#db/schema/webhooks.ts";
import type { Endpoint, Sending } from "./delivery-claim.server.ts";
import { drawOf, retryDelay } from "./delivery-schedule.ts";
import { applyEndpointNews, type EndpointNews, noteSuccesses } from "./endpoint-health.server.ts";
import { notifyLiveSoon } from "./live.server.ts";

export interface Attempted {
  sending: Sending;
  outcome: DeliveryOutcome;
  requestHeaders: Readonly<Record<string, string>>;
  startedAt: Date;
  finishedAt: Date;
}

export interface Recorded {
  state: "delivered" | "retrying" | "failed";
  nextAttemptAt: Date | null;
}

/** Writes one attempt down, in a transaction of its own. */
export async function recordAttempt(employerId: string, attempted: Attempted): Promise<Recorded> {
  const [recorded] = await withEmployer(employerId, (tx) => recordAttempts(tx, employerId, [attempted]));
  if (!recorded) throw new Error("The attempt was not written down.");
  return recorded;
}

/**
 * Writes attempts down, all in one statement: the attempt rows, what becomes of the deliveries, and what it means for the
 * endpoints. A delivery counts as made only after this has committed.
 */
export async function recordAttempts(
  tx: EmployerTx,
  employerId: string,
  items: readonly Attempted[],
): Promise<Recorded[]> {
  const starts = await scheduleStarts(tx, employerId, items);
  const written = items.map((item) => ({
    ...{ item, words: read(item) },
    next: nextOf(item, starts.get(item.sending.deliveryId) ?? 0),
  }));
  const now = items.reduce((latest, { finishedAt }) => (finishedAt > latest ? finishedAt : latest), new Date(0));
  const news = newsOf(written);
  const [good, bad] = [news.filter(arrived), news.filter((one) => !arrived(one))];
  await Promise.all([
    writeAttempts(tx, employerId, written),
    noteSuccesses(tx, employerId, worthNoting(good, items), now),
  ]);
  for (const one of bad) {
    noted.delete(one.endpointId);
    await applyEndpointNews(tx, employerId, one, now);
  }
  notifyLiveSoon(employerId, "delivery", news.map(idOf));
  return written.map(({ next }) => next);
}

const arrived = (news: EndpointNews) => news.delivered > 0 && !news.gone;
const idOf = (news: EndpointNews) => news.endpointId;

/** When this process last wrote down that an endpoint delivers. */
const noted = new Map<string, number>();
const NOTED_MS = 1_000;
const NOTED_MOST = 10_000;

/** An endpoint that was well when its delivery was taken, and was said to be well a moment ago, teaches nothing new. */
function worthNoting(good: readonly EndpointNews[], items: readonly Attempted[]): string[] {
  if (good.length === 0) return [];
  const at = Date.now();
  const ailing = new Set(items.filter(({ sending }) => !isWell(sending.endpoint)).map((one) => one.sending.endpointId));
  const ids = good.map(idOf).filter((id) => ailing.has(id) || at - (noted.get(id) ?? 0) > NOTED_MS);
  if (noted.size > NOTED_MOST) noted.clear();
  for (const id of ids) noted.set(id, at);
  return ids;
}

const isWell = (one: Endpoint) =>
  one.state === "delivering" && one.failingSince === null && one.consecutiveFailures === 0 && one.openUntil === null;

interface Words {
  /** delivered, http, redirect, timeout, dns, blocked, connect, tls, reset, too-large. */
  outcome: string;
  status: number | null;
  /** One plain sentence for a failure. */
  error: string | null;
}

interface Written {
  item: Attempted;
  words: Words;
  next: Recorded;
}

function read({ outcome }: Attempted): Words {
  if (!outcome.answered) return { outcome: outcome.phase, status: null, error: outcome.message };
  const { status } = outcome;
  if (status >= 200 && status < 300) return { outcome: "delivered", status, error: null };
  if (status >= 300 && status < 400) {
    const location = outcome.headers.get("location");
    const where = location ? ` to ${location.slice(0, 500)}` : "";
    return { outcome: "redirect", status, error: `It sent us on${where}. Redirects are never followed.` };
  }
  return { outcome: "http", status, error: `It answered ${status}.` };
}

/**
 * After how many attempts the schedule of deliveries began anew, because a person asked for them to go out: looked up for
 * repetitions that failed, so that a wish made while the attempt was under way counts too.
 */
async function scheduleStarts(
  tx: EmployerTx,
  employerId: string,
  items: readonly Attempted[],
): Promise<ReadonlyMap<string, number>> {
  const ids = items
    .filter((item) => item.sending.number > 1 && !isGood(item.outcome))
    .map((item) => item.sending.deliveryId);
  if (ids.length === 0) return new Map();
  const rows = await tx
    .select({ id: delivery.id, from: delivery.scheduleFrom })
    .from(delivery)
    .where(and(eq(delivery.employerId, employerId), amongIds(delivery.id, ids)))
    .orderBy(delivery.id)
    .for("update");
  return new Map(rows.map(({ id, from }) => [id, from]));
}

const isGood = (outcome: DeliveryOutcome): boolean => outcome.answered && outcome.status >= 200 && outcome.status < 300;

function nextOf({ sending, outcome, finishedAt }: Attempted, from: number): Recorded {
  if (isGood(outcome)) return { state: "delivered", nextAttemptAt: null };
  if (outcome.answered && outcome.status === 410) return { state: "failed", nextAttemptAt: null };
  const number = sending.number - from;
  const wait = retryDelay(
    {
      number,
      status: outcome.answered ? outcome.status : null,
      timedOut: !outcome.answered && outcome.phase === "timeout",
      retryAfter: outcome.answered ? outcome.headers.get("retry-after") : null,
    },
    finishedAt,
    () => drawOf(sending.deliveryId, number),
  );
  if (wait === null) return { state: "failed", nextAttemptAt: null };
  return { state: "retrying", nextAttemptAt: new Date(finishedAt.getTime() + wait) };
}

/** Postgres takes no NUL in text; everything else stays as it came. */
const withoutNul = (text: string) => text.replaceAll("\0", "");

/**
 * The attempt rows and what becomes of their deliveries, as one statement with one parameter, so that batches of any
 * size are one prepared statement. What would be tried again has ended when its endpoint is off or gone. A delivery that moved on meanwhile (its lease ran out and another worker took it, or a
 * person switched the endpoint off) keeps what it says.
 */
async function writeAttempts(tx: EmployerTx, employerId: string, written: readonly Written[]): Promise<void> {
  const rows = written.map(({ item: { sending, outcome, startedAt, finishedAt, requestHeaders }, words, next }) => ({
    ...{ id: newId(), delivery_id: sending.deliveryId, endpoint_id: sending.endpointId, number: sending.number },
    ...{ started_at: startedAt, milliseconds: outcome.ms, request_headers: requestHeaders, ...words },
    response_headers: outcome.answered ? Object.fromEntries(outcome.headers) : {},
    response_body: outcome.answered ? withoutNul(outcome.text) : null,
    response_truncated: outcome.answered && outcome.truncated,
    phase: outcome.answered ? null : outcome.trace.at,
    ...{ timings: outcome.trace.timings, remote_address: outcome.trace.remoteAddress },
    ...{ state: next.state, next_attempt_at: next.nextAttemptAt },
    finished_at: next.nextAttemptAt === null ? finishedAt : null,
  }));
  const ids = idArray(written.map(({ item }) => item.sending.deliveryId));
  await tx.execute(sql`
    with v as materialized (
      select v.*, v.state = 'retrying' and not exists (
        select from endpoint e where e.employer_id = ${employerId}::uuid and e.id = v.endpoint_id and e.state <> 'off'
      ) as ended from json_to_recordset(${JSON.stringify(rows)}::json) as v (id uuid, delivery_id uuid, endpoint_id uuid,
        number int, started_at timestamptz, milliseconds int, outcome text, status int, error text,
        phase text, timings jsonb, remote_address text, request_headers jsonb, response_headers jsonb,
        response_body text, response_truncated boolean, state text, next_attempt_at timestamptz, finished_at timestamptz)
    ), written as (
      insert into attempt (employer_id, id, delivery_id, endpoint_id, number, started_at, milliseconds, outcome, phase,
        timings, remote_address, status, error, request_headers, response_headers, response_body, response_truncated)
      select ${employerId}::uuid, v.id, v.delivery_id, v.endpoint_id, v.number, v.started_at, v.milliseconds, v.outcome,
        v.phase, v.timings, v.remote_address, v.status, v.error, v.request_headers, v.response_headers, v.response_body,
        v.response_truncated from v
    )
    update delivery as d set attempts = v.number, leased_until = null, last_status = v.status,
      state = case when v.ended then 'not_sent' else v.state end,
      next_attempt_at = case when v.ended then null else v.next_attempt_at end,
      last_error = case when v.ended then 'The endpoint was switched off.' else v.error end,
      finished_at = case when v.ended then now() else v.finished_at end
    from v where d.employer_id = ${employerId}::uuid and d.id = any(${ids}) and d.id = v.delivery_id
      and d.state = 'sending' and d.attempts = v.number - 1`);
}

function newsOf(written: readonly Written[]): EndpointNews[] {
  const byEndpoint = new Map<string, EndpointNews & { failedAt: Date[] }>();
  for (const { item, words } of written) {
    const { endpointId } = item.sending;
    const news: EndpointNews & { failedAt: Date[] } = byEndpoint.get(endpointId) ?? {
      endpointId,
      delivered: 0,
      failed: 0,
      failedAt: [],
      gone: false,
    };
    if (words.outcome === "delivered") news.delivered += 1;
    else {
      news.failed += 1;
      news.failedAt.push(item.startedAt);
    }
    if (words.status === 410) news.gone = true;
    byEndpoint.set(endpointId, news);
  }
  return [...byEndpoint.values()];
}
