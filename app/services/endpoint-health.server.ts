import { and, eq, inArray, lt, ne, sql } from "drizzle-orm";
import type { EmployerTx } from "#db/client.server.ts";
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

/**
 * Writes what attempts taught about their endpoint: a success heals at once and closes the breaker; failures in a row
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
  if (news.delivered > 0) {
    await tx
      .update(endpoint)
      .set({ state: "delivering", failingSince: null, consecutiveFailures: 0, openUntil: null, lastSuccessAt: now })
      .where(own);
    if (row.failingSince !== null) await settleEndpointIssues(tx, employerId, row.id);
    return;
  }
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
  if (openUntil) await holdBack(tx, employerId, row.id, openUntil);
  if (verdict === "warn") await warn(tx, employerId, row, offAt(failingSince));
}

/** While the breaker is open what is due waits for its end, a little apart, without using up an attempt. */
async function holdBack(tx: EmployerTx, employerId: string, endpointId: string, openUntil: Date): Promise<void> {
  await tx
    .update(delivery)
    .set({ nextAttemptAt: sql`${openUntil.toISOString()}::timestamptz + random() * interval '10 seconds'` })
    .where(
      and(
        eq(delivery.employerId, employerId),
        eq(delivery.endpointId, endpointId),
        inArray(delivery.state, ["queued", "retrying"]),
        lt(delivery.nextAttemptAt, openUntil),
      ),
    );
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
  const { title, detail } = offWords[reason];
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
    tone: "bad",
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
