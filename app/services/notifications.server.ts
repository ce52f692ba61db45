import { and, eq, inArray } from "drizzle-orm";
import { newId } from "#app/platform/crypto.server.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { notification, notificationRule } from "#db/schema/connections.ts";
import { employer } from "#db/schema/people.ts";
import { enqueueMany } from "#jobs/enqueue.server.ts";
import { fillTemplate, notificationTemplates } from "./notification-templates.ts";
import { publicOrigin } from "./vendor-apps.server.ts";

export interface NotifiedEvent {
  id: string;
  type: string;
  at: Date;
  data: unknown;
}

/**
 * Writes one message per rule that asks for this event, and its job, in the caller's transaction; rendered now, so that
 * what was decided is what is sent. Unique per event and rule, so that a repeat queues nothing.
 */
export async function queueNotifications(tx: EmployerTx, employerId: string, event: NotifiedEvent): Promise<void> {
  const rules = await tx
    .select()
    .from(notificationRule)
    .where(
      and(
        eq(notificationRule.employerId, employerId),
        eq(notificationRule.eventType, event.type),
        eq(notificationRule.enabled, true),
      ),
    );
  if (rules.length === 0) return;
  const [at] = await tx.select({ timeZone: employer.timeZone }).from(employer).where(eq(employer.id, employerId));
  const rows = rules.map((rule) => ({
    employerId,
    id: newId(),
    connectionId: rule.connectionId,
    eventId: event.id,
    ruleId: rule.id,
    destinationId: rule.destinationId,
    ...renderMessage(rule, event, at?.timeZone ?? "UTC"),
  }));
  const made = await tx.insert(notification).values(rows).onConflictDoNothing().returning({ id: notification.id });
  await enqueueSends(
    tx,
    employerId,
    made.map(({ id }) => id),
  );
}

/** A rule's words for one event, with the button that leads to what it is about. */
export function renderMessage(
  rule: { title: string; body: string },
  event: { type: string; data: unknown },
  timeZone: string,
) {
  const fill = (template: string) => fillTemplate(template, event.data, timeZone);
  const link = notificationTemplates[event.type]?.link;
  return {
    title: fill(rule.title),
    body: fill(rule.body),
    linkLabel: link?.label ?? null,
    linkUrl: link ? new URL(fill(link.path), publicOrigin()).href : null,
  };
}

/** One job per message. Joins the caller's transaction. */
export const enqueueSends = (tx: EmployerTx, employerId: string, ids: readonly string[]): Promise<void> =>
  enqueueMany(
    tx,
    ids.map((notificationId) => ({ name: "notification-send" as const, payload: { employerId, notificationId } })),
  );

/** Messages that waited for their connection to run again get their jobs. */
export async function wakeNotifications(tx: EmployerTx, employerId: string, connectionId: string): Promise<number> {
  const waiting = await tx
    .select({ id: notification.id })
    .from(notification)
    .where(
      and(
        eq(notification.employerId, employerId),
        eq(notification.connectionId, connectionId),
        inArray(notification.status, ["queued"]),
      ),
    )
    .orderBy(notification.id)
    .limit(2_000);
  await enqueueSends(
    tx,
    employerId,
    waiting.map(({ id }) => id),
  );
  return waiting.length;
}
