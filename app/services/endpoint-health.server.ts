import { and, eq, inArray, isNotNull, ne, sql } from "drizzle-orm";
import { z } from "zod";
import { type EmployerTx, withEmployer, sql as withoutTenant } from "#db/client.server.ts";
import { amongIds } from "#db/lists.server.ts";
import { delivery, endpoint } from "#db/schema/webhooks.ts";
import { recordActivity } from "./activity.server.ts";
import { breakerAfter, breakerMs, offAt, strugglingAfter, verdictOnFailing, warningsDue } from "./delivery-schedule.ts";
import { emitEvent } from "./events.server.ts";
import { raiseIssue, resolveIssues } from "./issues.server.ts";

export type OffReason = "by-person" | "gone" | "failing";

/** What a batch of attempts says about one endpoint. */
export interface EndpointNews {
  endpointId: string;
  delivered: number;
  failed: number;
  /** When the attempts began that failed. */
  failedAt: readonly Date[];
  /** It answered 410: it does not want to hear from us any more. */
  gone: boolean;
}

const failingCause = (endpointId: string) => `endpoint-failing:${endpointId}`;
const offCause = (endpointId: string) => `endpoint-off:${endpointId}`;

/** Ends the issues of an endpoint: it delivers again, or a person decided about it. */
export async function settleEndpointIssues(tx: EmployerTx, employerId: string, endpointId: string): Promise<void> {
  await resolveIssues(tx, employerId, { causeKey: failingCause(endpointId) });
  await resolveIssues(tx, employerId, { causeKey: offCause(endpointId) });
}

const healed = z.object({ id: z.string(), was_failing: z.boolean(), was_warned: z.boolean() });

/**
 * What a success means: the endpoint delivers, its breaker closes, its issue ends. One statement for all, which writes
 * nothing for an endpoint that delivered within the last second anyway: a busy one would gain a dead row per batch.
 */
export async function noteSuccesses(
  tx: EmployerTx,
  employerId: string,
  endpointIds: readonly string[],
  now: Date,
): Promise<void> {
  if (endpointIds.length === 0) return;
  const at = sql`${now.toISOString()}::timestamptz`;
  const rows = await tx.execute(sql`
    with before as (
      select id, failing_since is not null as was_failing, warnings > 0 as was_warned from endpoint
      where employer_id = ${employerId} and ${amongIds(endpoint.id, endpointIds)} and state <> 'off'
        and (state <> 'delivering' or failing_since is not null or consecutive_failures <> 0 or open_until is not null
          or last_success_at is null or last_success_at < ${at} - interval '1 second')
      order by id for update
    )
    update endpoint e set state = 'delivering', failing_since = null, consecutive_failures = 0, open_until = null,
      opened_at = null, warnings = 0, last_success_at = ${at}
    from before where e.employer_id = ${employerId} and e.id = before.id
    returning e.id, before.was_failing, before.was_warned`);
  for (const row of rows.map((one) => healed.parse(one))) {
    if (row.was_failing) await settleEndpointIssues(tx, employerId, row.id);
    if (row.was_warned) await tellRecovered(tx, employerId, row.id, now);
  }
}

/**
 * Writes what attempts taught about their endpoint when none of them arrived, or it asked for no more: failures in a row
 * open the breaker; 410, and five days of nothing but failures, switch it off, with warnings before.
 */
export async function applyEndpointNews(
  tx: EmployerTx,
  employerId: string,
  news: EndpointNews,
  now: Date,
): Promise<void> {
  const own = and(eq(endpoint.employerId, employerId), eq(endpoint.id, news.endpointId));
  const [row] = await tx.select().from(endpoint).where(own).for("update");
  if (!row || row.state === "off") return;
  if (news.gone) return switchOff(tx, employerId, row, "gone", now);
  const failingSince = row.failingSince ?? now;
  if (verdictOnFailing(failingSince, now) === "off")
    return switchOff(tx, employerId, { ...row, failingSince }, "failing", now);
  const consecutiveFailures = row.consecutiveFailures + newFailures(row, news);
  const open = consecutiveFailures === row.consecutiveFailures ? null : breakerMs(consecutiveFailures);
  const opened = open === null ? {} : { openUntil: new Date(now.getTime() + open), openedAt: now };
  await tx
    .update(endpoint)
    .set({
      ...{ consecutiveFailures, failingSince, ...opened },
      state: consecutiveFailures >= strugglingAfter ? "struggling" : row.state,
    })
    .where(own);
  await warnIfDue(tx, { ...row, failingSince }, now);
}

/**
 * Failures that say something new. Attempts that had begun before the breaker opened tell what is known; and however many
 * fail together, they open it for its first interval, which then grows by its probes.
 */
function newFailures(row: Endpoint, news: EndpointNews): number {
  const { openUntil, openedAt, consecutiveFailures } = row;
  if (openUntil === null) return Math.min(news.failed, Math.max(1, breakerAfter - consecutiveFailures));
  return news.failedAt.filter((at) => openedAt === null || at >= openedAt).length;
}

/** Gives the warning that has come due and was not given yet: an issue, and an event to the other endpoints. */
async function warnIfDue(tx: EmployerTx, row: Endpoint, now: Date): Promise<void> {
  const { employerId, id, failingSince } = row;
  if (failingSince === null) return;
  const due = warningsDue(failingSince, now);
  if (due <= row.warnings) return;
  await tx
    .update(endpoint)
    .set({ warnings: due })
    .where(and(eq(endpoint.employerId, employerId), eq(endpoint.id, id)));
  await warn(tx, employerId, row, { failingSince, end: offAt(failingSince), now });
}

/** Gives warnings that have come due while nothing was tried: for endpoints that seldom have something to take. */
export async function warnSilentEndpoints(now: Date = new Date()): Promise<void> {
  const employers = await withoutTenant<{ id: string }[]>`select id from employer`;
  for (const { id: employerId } of employers) {
    await withEmployer(employerId, async (tx) => {
      const failing = await tx
        .select()
        .from(endpoint)
        .where(and(eq(endpoint.employerId, employerId), isNotNull(endpoint.failingSince), ne(endpoint.state, "off")))
        .orderBy(endpoint.id)
        .for("update");
      for (const row of failing) await warnIfDue(tx, row, now);
    });
  }
}

type Endpoint = typeof endpoint.$inferSelect;
const hostOf = (row: Endpoint) => new URL(row.url).host;
const hrefOf = (row: Endpoint) => `/webhooks/endpoints/${row.id}`;

const daysWords = (from: Date, to: Date): string => {
  const days = Math.floor((to.getTime() - from.getTime()) / 86_400_000);
  return days <= 1 ? "a day" : `${days} days`;
};

async function warn(
  tx: EmployerTx,
  employerId: string,
  row: Endpoint,
  { failingSince, end, now }: { failingSince: Date; end: Date; now: Date },
): Promise<void> {
  await raiseIssue(tx, employerId, {
    type: "endpoint_failing",
    causeKey: failingCause(row.id),
    severity: "warn",
    title: `${hostOf(row)} has taken no webhook for ${daysWords(failingSince, now)}`,
    detail: `Every delivery fails. Nothing is lost yet; from ${end.toISOString().slice(0, 10)} on the next failure switches the endpoint off. Look at its last answers and mend the receiver.`,
    fix: { label: "See the attempts", href: hrefOf(row) },
  });
  await emitEvent(
    tx,
    employerId,
    "webhook.endpoint_failing",
    row.id,
    { endpoint: about(row), failingSince: failingSince.toISOString(), disabledFrom: end.toISOString() },
    { notTo: row.id },
  );
}

const about = (row: Pick<Endpoint, "id" | "url" | "description">) => ({
  id: row.id,
  host: new URL(row.url).host,
  description: row.description,
});

async function tellRecovered(tx: EmployerTx, employerId: string, id: string, now: Date): Promise<void> {
  const [row] = await tx
    .select({ id: endpoint.id, url: endpoint.url, description: endpoint.description })
    .from(endpoint)
    .where(and(eq(endpoint.employerId, employerId), eq(endpoint.id, id)));
  if (!row) return;
  const data = { endpoint: about(row), recoveredAt: now.toISOString() };
  await emitEvent(tx, employerId, "webhook.endpoint_recovered", id, data, { notTo: id });
}

const offWords: Record<Exclude<OffReason, "by-person">, { title: string; detail: string }> = {
  gone: {
    title: "asked for no more webhooks",
    detail:
      "The receiver answered that it is gone (410), so we stopped at once. Switch it on again if that was a mistake.",
  },
  failing: {
    title: "took no webhook for five days and is switched off",
    detail: "Every delivery failed. What happens meanwhile is kept as not sent. Mend the receiver, then switch it on.",
  },
};

async function switchOff(
  tx: EmployerTx,
  employerId: string,
  row: Endpoint,
  reason: Exclude<OffReason, "by-person">,
  now: Date,
): Promise<void> {
  const missedSince = await markOff(tx, employerId, row.id, reason, now);
  await resolveIssues(tx, employerId, { causeKey: failingCause(row.id) });
  // A program that subscribed by itself ends by 410: that is no trouble, and nobody has to do anything.
  const asked = row.kind === "hook" && reason === "gone";
  const { title, detail } = asked ? { title: "unsubscribed", detail: "" } : offWords[reason];
  if (!asked)
    await raiseIssue(tx, employerId, {
      type: "endpoint_off",
      causeKey: offCause(row.id),
      severity: "bad",
      title: `${hostOf(row)} ${title}`,
      detail,
      fix: { label: "Open the endpoint", href: hrefOf(row) },
    });
  if (!asked)
    await emitEvent(
      tx,
      employerId,
      "webhook.endpoint_disabled",
      row.id,
      { endpoint: about(row), reason, missedSince: missedSince.toISOString() },
      { notTo: row.id },
    );
  await recordActivity(tx, employerId, {
    subject: { kind: "endpoint", id: row.id },
    kind: "webhook",
    tone: asked ? "idle" : "bad",
    who: hostOf(row),
    what: title,
    href: hrefOf(row),
  });
}

/**
 * Switches an endpoint off; what still waited for it is marked not sent and can be recovered. Returns since when
 * deliveries were missed: the oldest that waited, or that failed for good since it began to fail.
 */
export async function markOff(
  tx: EmployerTx,
  employerId: string,
  endpointId: string,
  reason: OffReason,
  now: Date,
): Promise<Date> {
  const own = and(eq(endpoint.employerId, employerId), eq(endpoint.id, endpointId), ne(endpoint.state, "off"));
  const [row] = await tx
    .select({ failingSince: endpoint.failingSince, missed: endpoint.missedSince })
    .from(endpoint)
    .where(own);
  if (!row) return now;
  const missedSince = await oldestMissed(tx, employerId, endpointId, { since: row.failingSince ?? now, now });
  await tx
    .update(endpoint)
    .set({
      ...{ state: "off", offReason: reason, openUntil: null, openedAt: null, warnings: 0, updatedAt: now },
      ...{ offAt: now, missedSince },
    })
    .where(own);
  await tx
    .update(delivery)
    .set({ state: "not_sent", nextAttemptAt: null, finishedAt: now, lastError: "The endpoint was switched off." })
    .where(
      and(
        eq(delivery.employerId, employerId),
        eq(delivery.endpointId, endpointId),
        inArray(delivery.state, ["queued", "retrying"]),
      ),
    );
  return missedSince;
}

/** A schedule lasts this long at most; a delivery that ended now was not made before. */
const SCHEDULE_MS = 3 * 86_400_000;

async function oldestMissed(
  tx: EmployerTx,
  employerId: string,
  endpointId: string,
  { since, now }: { since: Date; now: Date },
): Promise<Date> {
  const from = new Date(since.getTime() - SCHEDULE_MS).toISOString();
  const failedFrom = new Date(since.getTime() - 60_000).toISOString();
  const [row] = await tx.execute(sql`
    select min(created_at) as oldest from delivery
    where employer_id = ${employerId}::uuid and endpoint_id = ${endpointId}::uuid
      and id >= uuid_floor(${from}::timestamptz) and (state in ('queued', 'retrying', 'sending')
        or (state = 'failed' and finished_at >= ${failedFrom}::timestamptz))`);
  const { oldest } = z.object({ oldest: z.coerce.date().nullable() }).parse(row);
  return oldest !== null && oldest < now ? new Date(oldest.getTime() - 1_000) : now;
}
