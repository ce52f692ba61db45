import { and, asc, desc, eq, inArray, sql as statement } from "drizzle-orm";
import { z } from "zod";
import { loadAdapter } from "#app/integrations/adapters.server.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { connection, notification, notificationRule } from "#db/schema/connections.ts";
import { employer } from "#db/schema/people.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { applyOutcome } from "./connection-state.server.ts";
import { connectionRow, getConnection } from "./connections.server.ts";
import { AppError } from "./errors.ts";
import { eventDefinition, isEventType } from "./event-catalog.ts";
import { channelPart, ofNotification } from "./notification-send.server.ts";
import { notificationTemplates, unknownPlaceholders } from "./notification-templates.ts";
import { enqueueSends, renderMessage, wakeNotifications } from "./notifications.server.ts";
import { type Connection, callVendor } from "./vendor-context.server.ts";

export type Rule = typeof notificationRule.$inferSelect;

const MADE = "notificationRules";
const LIST_MS = 20_000;
const MOST_CHANNELS = 1_000;

/**
 * What follows when a chat connection starts to run: on the first time the rules that everybody wants, all to the chosen
 * channel; every time the messages that waited.
 */
export async function startNotifications(row: Connection, signal: AbortSignal): Promise<void> {
  const { employerId, id: connectionId } = row;
  const channelId = typeof row.setup.channelId === "string" ? row.setup.channelId : null;
  if (channelId !== null && row.features[MADE] !== true) {
    const channels = await channelsOf(employerId, connectionId, signal);
    const destinationName = channels.find(({ id }) => id === channelId)?.label ?? channelId;
    await withEmployer(employerId, async (tx) => {
      await tx
        .insert(notificationRule)
        .values(
          Object.entries(notificationTemplates).flatMap(([eventType, { title, body, fromTheStart }]) =>
            fromTheStart
              ? [
                  {
                    employerId,
                    id: newId(),
                    connectionId,
                    eventType,
                    destinationId: channelId,
                    destinationName,
                    title,
                    body,
                  },
                ]
              : [],
          ),
        )
        .onConflictDoNothing();
      await tx
        .update(connection)
        .set({ features: statement`${connection.features} || ${JSON.stringify({ [MADE]: true })}::jsonb` })
        .where(and(eq(connection.employerId, employerId), eq(connection.id, connectionId)));
    });
  }
  await withEmployer(employerId, (tx) => wakeNotifications(tx, employerId, connectionId));
}

export interface Channel {
  id: string;
  label: string;
}

/** The channels that the tool offers now. Kinds: all of `destinations`. */
async function channelsOf(employerId: string, connectionId: string, signal: AbortSignal): Promise<Channel[]> {
  const options = { signal, idempotencyKey: newId(), interactive: true, part: "channels" };
  return callVendor(employerId, connectionId, options, async ({ adapter, ctx }) => {
    const found: Channel[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: readonly Channel[]; cursor: string | null } = (await adapter.messaging?.destinations(ctx, {
        search: "",
        cursor,
      })) ?? { items: [], cursor: null };
      found.push(...page.items.map(({ id, label }) => ({ id, label })));
      cursor = page.cursor;
    } while (cursor !== null && found.length < MOST_CHANNELS);
    return found;
  });
}

/** A chat connection's rules with what the last messages came to, and the channels to choose from. */
export async function notificationPage(actor: Actor, connectionId: string) {
  const row = await getConnection(actor, connectionId);
  const adapter = await loadAdapter(row.vendorId);
  if (!adapter?.messaging) throw new AppError("not-found", "This tool sends no messages.");
  const { employerId } = actor;
  const { rules, messages } = await withEmployer(employerId, async (tx) => ({
    rules: await tx
      .select()
      .from(notificationRule)
      .where(and(eq(notificationRule.employerId, employerId), eq(notificationRule.connectionId, connectionId)))
      .orderBy(asc(notificationRule.eventType), asc(notificationRule.destinationName)),
    messages: await tx
      .select()
      .from(notification)
      .where(and(eq(notification.employerId, employerId), eq(notification.connectionId, connectionId)))
      .orderBy(desc(notification.id))
      .limit(20),
  }));
  const known = new Map(rules.map((rule) => [rule.destinationId, rule.destinationName]));
  let channels: Channel[] = [...known].map(([id, label]) => ({ id, label }));
  let problem: string | null = null;
  try {
    channels = await channelsOf(employerId, connectionId, AbortSignal.timeout(LIST_MS));
  } catch (error) {
    problem = error instanceof Error ? error.message : "The channels could not be read.";
  }
  return { row, vendorName: adapter.manifest.name, rules, messages, channels, problem };
}

export interface Preview {
  title: string;
  body: string;
  linkLabel: string | null;
  linkUrl: string | null;
  /** What is sent to the tool, word for word. */
  wire: string;
}

/** A message as it would look, filled with the event's sample. Nothing is sent. */
export async function previewRule(
  actor: Actor,
  connectionId: string,
  rule: { eventType: string; title: string; body: string },
): Promise<Preview | null> {
  const row = await getConnection(actor, connectionId);
  const adapter = await loadAdapter(row.vendorId);
  if (!adapter?.messaging || !isEventType(rule.eventType)) return null;
  const { employerId } = actor;
  const [at] = await withEmployer(employerId, (tx) =>
    tx.select({ timeZone: employer.timeZone }).from(employer).where(eq(employer.id, employerId)),
  );
  const data = eventDefinition(rule.eventType).sample;
  const message = renderMessage(rule, { type: rule.eventType, data }, at?.timeZone ?? "UTC");
  const { title, body, linkLabel, linkUrl } = message;
  const link = linkLabel && linkUrl ? { link: { label: linkLabel, url: linkUrl } } : {};
  const wire = adapter.messaging.render({ title, text: body, facts: [], ...link });
  return { ...message, wire: JSON.stringify(wire, null, 2) };
}

const ruleInput = z.object({
  eventType: z.string().refine((type) => Object.hasOwn(notificationTemplates, type), "Choose an event."),
  destinationId: z.string().min(1, "Choose a channel."),
  title: z.string().trim().min(1, "Give it a title.").max(200, "At most 200 characters."),
  body: z.string().trim().max(2_000, "At most 2,000 characters.").default(""),
  enabled: z.boolean().default(true),
});
export type RuleInput = z.input<typeof ruleInput>;

/**
 * Makes a rule, or changes one. Templates may name only what the event has. Kinds: forbidden, not-found, invalid with
 * fields, conflict when another rule sends the same event to the same channel.
 */
export async function saveRule(
  actor: Actor,
  connectionId: string,
  ruleId: string | null,
  input: RuleInput,
): Promise<void> {
  allow(actor, "connections:manage");
  const parsed = ruleInput.safeParse(input);
  const fields: Record<string, string> = {};
  if (!parsed.success) for (const issue of parsed.error.issues) fields[String(issue.path[0] ?? "")] ??= issue.message;
  for (const key of ["title", "body"] as const) {
    const unknown = parsed.success ? unknownPlaceholders(parsed.data.eventType, parsed.data[key]) : [];
    if (unknown.length > 0) fields[key] = `The event has no ${unknown.map((name) => `{{${name}}}`).join(", ")}.`;
  }
  if (!parsed.success || Object.keys(fields).length > 0)
    throw new AppError("invalid", "Some fields need another look.", { fields });
  const { employerId } = actor;
  const channels = await notificationPage(actor, connectionId);
  const chosen = channels.channels.find(({ id }) => id === parsed.data.destinationId);
  if (!chosen)
    throw new AppError("invalid", "Some fields need another look.", {
      fields: { destinationId: channels.problem ?? "This channel is not offered any more. Choose another." },
    });
  const values = { ...parsed.data, destinationName: chosen.label, updatedAt: new Date() };
  await withEmployer(employerId, async (tx) => {
    const row = await connectionRow(tx, employerId, connectionId);
    const twin = await tx
      .select({ id: notificationRule.id })
      .from(notificationRule)
      .where(
        and(
          eq(notificationRule.employerId, employerId),
          eq(notificationRule.connectionId, connectionId),
          eq(notificationRule.eventType, values.eventType),
          eq(notificationRule.destinationId, values.destinationId),
        ),
      );
    if (twin.some(({ id }) => id !== ruleId))
      throw new AppError("conflict", `${chosen.label} already hears of this event. Change that rule instead.`, {
        fields: { destinationId: "This channel already hears of it." },
      });
    if (ruleId === null) await tx.insert(notificationRule).values({ employerId, id: newId(), connectionId, ...values });
    else {
      const before = await ruleRow(tx, employerId, connectionId, ruleId);
      await tx.update(notificationRule).set(values).where(ofRule(employerId, ruleId));
      if (before.destinationId !== values.destinationId) await forgetChannel(tx, before);
    }
    await audit(
      tx,
      actor,
      "notification_rule.saved",
      { kind: "connection", id: connectionId, name: row.label },
      {
        event: values.eventType,
        channel: chosen.label,
      },
    );
  });
}

const ofRule = (employerId: string, ruleId: string) =>
  and(eq(notificationRule.employerId, employerId), eq(notificationRule.id, ruleId));

async function ruleRow(tx: EmployerTx, employerId: string, connectionId: string, ruleId: string): Promise<Rule> {
  const [rule] = z.uuid().safeParse(ruleId).success
    ? await tx.select().from(notificationRule).where(ofRule(employerId, ruleId))
    : [];
  if (rule?.connectionId !== connectionId) throw new AppError("not-found", "This rule does not exist any more.");
  return rule;
}

/** A channel that no rule names any more can be no trouble either. */
async function forgetChannel(tx: EmployerTx, { employerId, connectionId, destinationId }: Rule): Promise<void> {
  const left = await tx.$count(
    notificationRule,
    and(
      eq(notificationRule.employerId, employerId),
      eq(notificationRule.connectionId, connectionId),
      eq(notificationRule.destinationId, destinationId),
      eq(notificationRule.enabled, true),
    ),
  );
  if (left > 0) return;
  await applyOutcome(tx, employerId, connectionId, { kind: "success", part: channelPart(destinationId) });
}

/** Switches a rule on or off, or removes it. Kinds: forbidden, not-found. */
export async function changeRule(
  actor: Actor,
  connectionId: string,
  ruleId: string,
  how: "on" | "off" | "remove",
): Promise<void> {
  allow(actor, "connections:manage");
  const { employerId } = actor;
  await withEmployer(employerId, async (tx) => {
    const row = await connectionRow(tx, employerId, connectionId);
    const rule = await ruleRow(tx, employerId, connectionId, ruleId);
    if (how === "remove") await tx.delete(notificationRule).where(ofRule(employerId, ruleId));
    else
      await tx
        .update(notificationRule)
        .set({ enabled: how === "on", updatedAt: new Date() })
        .where(ofRule(employerId, ruleId));
    if (how !== "on") await forgetChannel(tx, rule);
    await audit(tx, actor, `notification_rule.${how === "remove" ? "removed" : `switched_${how}`}`, {
      kind: "connection",
      id: connectionId,
      name: row.label,
    });
  });
}

/** Sends a message again that failed or may have arrived; a person has looked. Kinds: forbidden, not-found, conflict. */
export async function resendNotification(actor: Actor, connectionId: string, notificationId: string): Promise<void> {
  allow(actor, "connections:manage");
  const { employerId } = actor;
  await withEmployer(employerId, async (tx) => {
    const row = await connectionRow(tx, employerId, connectionId);
    const [again] = await tx
      .update(notification)
      .set({ status: "queued", error: null })
      .where(
        and(
          ofNotification(employerId, notificationId),
          eq(notification.connectionId, connectionId),
          inArray(notification.status, ["failed", "unclear"]),
        ),
      )
      .returning();
    if (!again) throw new AppError("conflict", "This message is on its way or was sent.");
    await enqueueSends(tx, employerId, [notificationId]);
    await audit(tx, actor, "notification.sent_again", { kind: "connection", id: connectionId, name: row.label });
  });
}
