import type { Actor } from "./actor.ts";
import { AppError } from "./errors.ts";
import {
  changeRule,
  notificationPage,
  type Preview,
  previewRule,
  resendNotification,
  saveRule,
} from "./notification-rules.server.ts";
import { notificationTemplates } from "./notification-templates.ts";

/** The notifications tab of a chat connection; `open` is a rule's id, "new", or null. Kinds: not-found, forbidden. */
export async function notificationsTab(
  actor: Actor,
  connectionId: string,
  open: string | null,
  eventType: string | null,
) {
  const page = await notificationPage(actor, connectionId);
  const rule = page.rules.find(({ id }) => id === open);
  const fresh = notificationTemplates[eventType ?? ""] ? (eventType ?? "") : "application.received";
  const template = notificationTemplates[fresh];
  const own = typeof page.row.setup.channelId === "string" ? page.row.setup.channelId : "";
  const draft = rule
    ? { id: rule.id, eventType: rule.eventType, destinationId: rule.destinationId, title: rule.title, body: rule.body }
    : { id: null, eventType: fresh, destinationId: own, title: template?.title ?? "", body: template?.body ?? "" };
  const nameOf = (id: string) => page.channels.find((one) => one.id === id)?.label ?? id;
  return {
    id: connectionId,
    manages: actor.permissions.has("connections:manage"),
    problem: page.problem,
    open: open !== null,
    draft,
    placeholders: notificationTemplates[draft.eventType]?.placeholders ?? [],
    events: Object.entries(notificationTemplates).map(([value, { label }]) => ({ value, label })),
    channels: page.channels.map(({ id, label }) => ({ value: id, label })),
    rules: page.rules.map((one) => ({
      ...{ id: one.id, title: one.title, enabled: one.enabled, channel: one.destinationName },
      label: notificationTemplates[one.eventType]?.label ?? one.eventType,
    })),
    messages: page.messages.map((one) => ({
      ...{ id: one.id, title: one.title, status: one.status, error: one.error, createdAt: one.createdAt },
      channel: nameOf(one.destinationId),
    })),
  };
}

export type Steered = { said: string } | { preview: Preview; draft: Draft };
type Draft = { id: string | null; eventType: string; destinationId: string; title: string; body: string };

/** What a button of the tab asks for. Kinds as of the rules' services. */
export async function steerNotifications(actor: Actor, connectionId: string, form: FormData): Promise<Steered> {
  const text = (name: string) => String(form.get(name) ?? "");
  const draft: Draft = {
    ...{ id: text("rule") || null, eventType: text("eventType"), destinationId: text("destinationId") },
    ...{ title: text("title"), body: text("body") },
  };
  switch (text("intent")) {
    case "save": {
      const { id, ...rule } = draft;
      await saveRule(actor, connectionId, id, rule);
      return { said: "Saved. It holds from the next event on." };
    }
    case "preview": {
      const preview = await previewRule(actor, connectionId, draft);
      if (!preview) throw new AppError("invalid", "Choose an event first.");
      return { preview, draft };
    }
    case "on":
    case "off":
    case "remove": {
      const how = text("intent") === "on" ? "on" : text("intent") === "off" ? "off" : "remove";
      await changeRule(actor, connectionId, text("rule"), how);
      return { said: how === "remove" ? "Removed." : `Switched ${how}.` };
    }
    case "resend":
      await resendNotification(actor, connectionId, text("message"));
      return { said: "It is on its way again." };
    default:
      throw new AppError("invalid", "This button is not known.");
  }
}
