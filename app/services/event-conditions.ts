import { z } from "zod";
import { type Condition, conditionOperators } from "#db/schema/webhooks.ts";
import { type EventType, eventJsonSchema, eventTypes } from "./event-catalog.ts";
import { parsePath, type Segment, schemasAt, typesOf, valuesAt } from "./json-path.ts";
import { refusePath } from "./payload-paths.ts";

export const CONDITIONS_AT_MOST = 10;
const LIST_AT_MOST = 50;

const scalar = z.union([z.string().max(200, "At most 200 characters."), z.number(), z.boolean(), z.null()]);

/** One condition as a person or a program writes it. */
export const conditionInput = z.strictObject({
  path: z.string().describe("Where to look in the event, e.g. data.application.source; [0] and [*] reach into lists"),
  op: z.enum(conditionOperators),
  value: z.union([scalar, z.array(scalar).max(LIST_AT_MOST)]).describe("A list for in, true or false for exists"),
});

const comparable = (one: unknown, other: unknown): boolean =>
  (typeof one === "number" && typeof other === "number") || (typeof one === "string" && typeof other === "string");

/** gt and lt compare numbers with numbers and texts with texts; instants of ISO 8601 in UTC compare as texts. */
const above = (one: unknown, other: unknown): boolean =>
  typeof one === "number" && typeof other === "number"
    ? one > other
    : typeof one === "string" && typeof other === "string" && one > other;

/** Whether one condition holds for an event. Where a path finds several values, one that fits is enough; "ne" asks all. */
function holds({ op, value }: Condition, segments: readonly Segment[], event: unknown): boolean {
  const found = valuesAt(event, segments);
  switch (op) {
    case "exists":
      return found.length > 0 === (value === true);
    case "eq":
      return found.includes(value);
    case "ne":
      return !found.includes(value);
    case "in":
      return Array.isArray(value) && found.some((one) => value.includes(one));
    case "gt":
      return found.some((one) => above(one, value));
    case "lt":
      return found.some((one) => comparable(one, value) && above(value, one));
    case "contains":
      return found.some((one) =>
        Array.isArray(one)
          ? one.includes(value)
          : typeof one === "string" && typeof value === "string" && one.includes(value),
      );
  }
}

/** Whether all conditions hold. A path that cannot be read holds for nothing. */
export const allHold = (conditions: readonly Condition[], event: unknown): boolean =>
  conditions.every((condition) => {
    const segments = parsePath(condition.path);
    return typeof segments !== "string" && holds(condition, segments, event);
  });

const wordOf = (value: unknown): string =>
  value === null
    ? "nothing"
    : typeof value === "string"
      ? "text"
      : typeof value === "number"
        ? "a number"
        : "yes or no";

const jsonType: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  integer: "a number",
  boolean: "yes or no",
  null: "nothing",
  array: "a list",
  object: "a group of fields",
};

/** Why a condition could never do what it says, in a sentence; null when it can. */
export function refuseCondition(condition: Condition, types: readonly EventType[]): string | null {
  const { path, op, value } = condition;
  const segments = parsePath(path);
  if (typeof segments === "string") return segments;
  const chosen = types.length > 0 ? types : eventTypes();
  const unknown = refusePath(path, segments, chosen);
  if (unknown !== null) return unknown;
  if (op === "exists") return typeof value === "boolean" ? null : `“${path}” with “is there” takes true or false.`;
  if (op === "in") return Array.isArray(value) && value.length > 0 ? null : `“${path}” with “is one of” takes a list.`;
  if (Array.isArray(value)) return `“${path}” takes one value here. For several use “is one of”.`;
  if ((op === "gt" || op === "lt") && typeof value !== "number" && typeof value !== "string")
    return `“${path}” can be above or below a number or a text only.`;
  const kinds = new Set(
    chosen
      .flatMap((type) => schemasAt(eventJsonSchema(type), segments))
      .flatMap((schema) => {
        const types = typesOf(schema).map((type) => jsonType[type] ?? type);
        return types.length > 0 ? types : schema.const !== undefined || schema.enum ? ["text"] : [];
      }),
  );
  if (op === "contains") {
    if (kinds.size > 0 && !kinds.has("text") && !kinds.has("a list"))
      return `“${path}” is ${[...kinds].join(" or ")}; nothing can be inside.`;
    return null;
  }
  if (value === null || kinds.size === 0 || kinds.has(wordOf(value))) return null;
  return `“${path}” is ${[...kinds].filter((kind) => kind !== "nothing").join(" or ")}, and ${JSON.stringify(value)} is ${wordOf(value)}. It would never hold.`;
}
