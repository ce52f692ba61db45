import { type EventType, eventDefinition } from "./event-catalog.ts";

export interface EventParts {
  id: string;
  type: EventType;
  at: Date;
  employerId: string;
  data: unknown;
  test?: boolean;
}

/**
 * The bytes of an event as every receiver gets them, made exactly once. Throws a ZodError when the data is not what the
 * catalogue says, so that a wrong event stops the change that caused it instead of reaching a receiver.
 */
export function eventBody({ id, type, at, employerId, data, test }: EventParts): string {
  return JSON.stringify({
    id,
    type,
    timestamp: at.toISOString(),
    employer: employerId,
    ...(test ? { test: true } : {}),
    data: eventDefinition(type).data.parse(data),
  });
}
