import { z } from "zod";
import { env } from "#app/platform/env.server.ts";
import type { endpoint } from "#db/schema/webhooks.ts";
import { type EventType, eventDefinition, subjectPaths } from "./event-catalog.ts";
import { allHold } from "./event-conditions.ts";
import { fillPayload, TemplateError } from "./payload-template.ts";

type Wishes = Pick<typeof endpoint.$inferSelect, "payload" | "template" | "conditions">;

/** An event as its receivers see it, read from its bytes only where somebody looks inside. */
export interface SeenEvent {
  id: string;
  type: EventType;
  /** The bytes of the event. */
  body: string;
  /** What the bytes say. */
  read(): unknown;
}

export function seenEvent({ id, type, body }: Pick<SeenEvent, "id" | "type" | "body">): SeenEvent {
  let known: { value: unknown } | undefined;
  return {
    ...{ id, type, body },
    read: () => {
      known ??= { value: JSON.parse(body) };
      return known.value;
    },
  };
}

/** Whether an event passes an endpoint's conditions. */
export const passes = ({ conditions }: Pick<Wishes, "conditions">, event: SeenEvent): boolean =>
  conditions.length === 0 || allHold(conditions, event.read());

/** Stands where a delivery's bytes could not be made; such a delivery is never sent as it is. */
export const NO_BODY = "";

/**
 * The bytes that one delivery sends at every attempt, made once: null where they are the event's own. `failed` says why
 * a template could not be filled; then there are none.
 */
export function ownBody(
  { payload, template }: Wishes,
  event: SeenEvent,
): { body: string | null; failed: string | null } {
  if (payload === "full") return { body: null, failed: null };
  if (payload === "thin") return { body: thinBody(event), failed: null };
  try {
    return { body: fillPayload(template ?? "{}", event.read()), failed: null };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { body: NO_BODY, failed: `The template could not be filled. ${error.message} Mend it and send this again.` };
  }
}

const envelope = z.object({
  ...{ id: z.string(), type: z.string(), timestamp: z.string(), employer: z.string() },
  test: z.literal(true).optional(),
  data: z.record(z.string(), z.unknown()),
});

const identified = z.object({ id: z.string() });

/** What happened, to what, and where to fetch it; no personal data travels. */
function thinBody(event: SeenEvent): string {
  const { data, ...head } = envelope.parse(event.read());
  const { subject: kind } = eventDefinition(event.type);
  const id = identified.safeParse(data[kind]).data?.id ?? null;
  const path = subjectPaths[kind];
  return JSON.stringify({
    ...head,
    subject: { kind, id, url: path !== undefined && id !== null ? apiAddress(`${path}${id}`) : null },
    event: { url: apiAddress(`/api/v1/webhooks/events/${event.id}`) },
  });
}

/** An instance that does not know its own address gives the path alone. */
function apiAddress(path: string): string {
  const { PATCHBAY_URL } = env();
  return PATCHBAY_URL === undefined ? path : new URL(path, PATCHBAY_URL).href;
}
