import { and, eq, inArray, ne, sql } from "drizzle-orm";
import { z } from "zod";
import type { EmployerTx } from "#db/client.server.ts";
import { amongIds } from "#db/lists.server.ts";
import { delivery, endpoint } from "#db/schema/webhooks.ts";
import { recordActivity } from "./activity.server.ts";
import { breakerMs, offAt, strugglingAfter, verdictOnFailing } from "./delivery-schedule.ts";
import { raiseIssue, resolveIssues } from "./issues.server.ts";

export type OffReason = "by-person" | "gone" | "failing";

/** What a batch of attempts says about one endpoint. */
export interface EndpointNews {
  endpointId: string;
  delivered: number;
  failed: number;
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

const healed = z.object({ id: z.string(), was_failing: z.boolean() });

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
      select id, failing_since is not null as was_failing from endpoint
      where employer_id = ${employerId} and ${amongIds(endpoint.id, endpointIds)} and state <> 'off'
        and (state <> 'delivering' or failing_since is not null or consecutive_failures <> 0 or open_until is not null
          or last_success_at is null or last_success_at < ${at} - interval '1 second')
      order by id for update
    )
    update endpoint e set state = 'delivering', failing_since = null, consecutive_failures = 0, open_until = null,
      last_success_at = ${at}
    from before where e.employer_id = ${employerId} and e.id = before.id returning e.id, before.was_failing`);
  for (const row of rows.map((one) => healed.parse(one))) {
    if (row.was_failing) await settleEndpointIssues(tx, employerId, row.id);
  }
}

/**
 * Writes what attempts taught about their endpoint when none of them arrived, or it asked for no more: failures in a row
 * open it; 410, and five days of nothing but failures, switch it off, with an issue at half of the time.
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
  const consecutiveFailures = row.consecutiveFailures + news.failed;
  const failingSince = row.failingSince ?? now;
  const verdict = verdictOnFailing(failingSince, now);
  if (verdict === "off") return switchOff(tx, employerId, row, "failing", now);
  const open = breakerMs(consecutiveFailures);
  const openUntil = open === null ? null : new Date(now.getTime() + open);
  await tx
    .update(endpoint)
    .set({
      ...{ consecutiveFailures, failingSince, openUntil },
      state: consecutiveFailures >= strugglingAfter ? "struggling" : row.state,
    })
    .where(own);
  if (verdict === "warn") await warn(tx, employerId, row, offAt(failingSince));
}

type Endpoint = typeof endpoint.$inferSelect;
const hostOf = (row: Endpoint) => new URL(row.url).host;
const hrefOf = (row: Endpoint) => `/webhooks/endpoints/${row.id}`;

async function warn(tx: EmployerTx, employerId: string, row: Endpoint, end: Date): Promise<void> {
  await raiseIssue(tx, employerId, {
    type: "endpoint_failing",
    causeKey: failingCause(row.id),
    severity: "warn",
    title: `${hostOf(row)} has taken no webhook for two and a half days`,
    detail: `Every delivery fails. Nothing is lost yet; on ${end.toISOString().slice(0, 10)} the endpoint is switched off. Look at its last answers and mend the receiver.`,
    fix: { label: "See the attempts", href: hrefOf(row) },
  });
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
  await markOff(tx, employerId, row.id, reason, now);
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
  await recordActivity(tx, employerId, {
    subject: { kind: "endpoint", id: row.id },
    kind: "webhook",
    tone: asked ? "idle" : "bad",
    who: hostOf(row),
    what: title,
    href: hrefOf(row),
  });
}

/** Switches an endpoint off; what still waited for it is marked not sent and can be replayed. */
export async function markOff(
  tx: EmployerTx,
  employerId: string,
  endpointId: string,
  reason: OffReason,
  now: Date,
): Promise<void> {
  await tx
    .update(endpoint)
    .set({ state: "off", offReason: reason, openUntil: null, updatedAt: now })
    .where(and(eq(endpoint.employerId, employerId), eq(endpoint.id, endpointId), ne(endpoint.state, "off")));
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
}
