import type { InboundEvent } from "#app/integrations/contract/capabilities.ts";
import { withEmployer } from "#db/client.server.ts";
import { queueCalendarPull } from "./calendar-sync.server.ts";
import { applyOutcome } from "./connection-state.server.ts";
import { takeBoardApplication } from "./inbound-application.server.ts";
import { recordMessage } from "./messages.server.ts";
import { applyPostingObservation } from "./posting-answers.server.ts";
import { applyInboundChange, pullSoon } from "./sync.server.ts";
import type { Connection } from "./vendor-context.server.ts";

export interface InboundScope {
  connection: Pick<Connection, "employerId" | "id" | "vendorId" | "label">;
  /** Stable over repetitions of one event. */
  idempotencyKey: string;
  signal: AbortSignal;
}

type EventOf<Kind extends InboundEvent["kind"]> = Extract<InboundEvent, { kind: Kind }>;

/** What one event did, in a few words for the deliveries page. */
type Target<Event> = (scope: InboundScope, event: Event) => Promise<string>;

/** Null: nobody takes this kind yet, so that its delivery waits as received. */
export interface InboundTargets {
  change: Target<Extract<InboundEvent, { externalId: string }>> | null;
  stale: Target<EventOf<"stale">> | null;
  application: Target<EventOf<"application">> | null;
  posting: Target<EventOf<"posting">> | null;
  calendar: Target<EventOf<"calendar">> | null;
  message: Target<EventOf<"message">> | null;
  revoked: Target<EventOf<"revoked">> | null;
}

/** How to apply one event; null when nobody takes its kind yet. */
export function effectOf(
  targets: InboundTargets,
  event: InboundEvent,
): ((scope: InboundScope) => Promise<string>) | null {
  const bind = <Event>(target: Target<Event> | null, own: Event) =>
    target && ((scope: InboundScope) => target(scope, own));
  switch (event.kind) {
    case "changed":
    case "removed":
      return bind(targets.change, event);
    case "stale":
      return bind(targets.stale, event);
    case "application":
      return bind(targets.application, event);
    case "posting":
      return bind(targets.posting, event);
    case "calendar":
      return bind(targets.calendar, event);
    case "message":
      return bind(targets.message, event);
    case "revoked":
      return bind(targets.revoked, event);
    case "ignored":
      return async () => event.why;
  }
}

/** Who takes which kind of event. Each effect is idempotent: an event may come here more than once. */
export const inboundTargets: InboundTargets = {
  change({ connection, idempotencyKey, signal }, { kind, resource, externalId }) {
    const change = { kind, resource, externalId };
    return applyInboundChange(connection.employerId, connection.id, change, { signal, idempotencyKey });
  },
  async stale({ connection }, { resource }) {
    const started = await pullSoon(connection.employerId, connection.id, resource);
    return started ? `Reads what changed in ${resource}.` : `A sync of ${resource} goes on already.`;
  },
  application: ({ connection }, { application }) => takeBoardApplication(connection, application),
  async posting({ connection }, { observation }) {
    const ours = await withEmployer(connection.employerId, (tx) =>
      applyPostingObservation(tx, connection.employerId, connection.id, observation),
    );
    return ours ? `The board says: ${observation.state.replace("_", " ")}.` : "This posting is none of ours.";
  },
  async calendar({ connection }, { calendarId }) {
    const count = await queueCalendarPull(connection.employerId, connection.id, calendarId);
    return count > 0 ? "Reads what changed in the calendar." : "We do not follow this calendar.";
  },
  async message({ connection }, event) {
    const { channel, from, text, messageId, at } = event;
    const { created } = await withEmployer(connection.employerId, (tx) =>
      recordMessage(tx, connection.employerId, { connectionId: connection.id, channel, from, text, messageId, at }),
    );
    return created ? `Kept a message in ${channel}.` : "This message was kept before.";
  },
  async revoked({ connection }, { reason }) {
    const outcome = { kind: "failure", error: "auth-revoked", message: reason } as const;
    await withEmployer(connection.employerId, (tx) => applyOutcome(tx, connection.employerId, connection.id, outcome));
    return reason;
  },
};
