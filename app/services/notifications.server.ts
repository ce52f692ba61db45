import { and, eq } from "drizzle-orm";
import { newId } from "#app/platform/crypto.server.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { notification, notificationRule } from "#db/schema/connections.ts";

export interface NotifiedEvent {
  id: string;
  type: string;
  at: Date;
  data: unknown;
}

/**
 * Writes one message per rule that asks for this event, in the caller's transaction; rendered now, so that what was
 * decided is what is sent. Unique per event and rule, so that a repeat queues nothing.
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
  const rows = rules.map((rule) => ({
    employerId,
    id: newId(),
    connectionId: rule.connectionId,
    eventId: event.id,
    ruleId: rule.id,
    destinationId: rule.destinationId,
    title: fillTemplate(rule.title, event),
    body: fillTemplate(rule.body, event),
  }));
  await tx.insert(notification).values(rows).onConflictDoNothing();
}

/** Fills `{{job.title}}` and the like from the event's data; a name that the event does not have becomes nothing. */
export function fillTemplate(template: string, event: NotifiedEvent): string {
  return template.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_whole, path: string) =>
    wordAt({ type: event.type, ...asRecord(event.data) }, path.split(".")),
  );
}

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {};

function wordAt(value: unknown, [head, ...rest]: string[]): string {
  if (head !== undefined) return Object.hasOwn(asRecord(value), head) ? wordAt(asRecord(value)[head], rest) : "";
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
