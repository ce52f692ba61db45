import { type Condition, conditionOperators, payloadStyles } from "#db/schema/webhooks.ts";
import { ownBody, passes, seenEvent } from "./delivery-body.server.ts";
import { paceOf, shownPace, typedPace } from "./endpoint-pace-form.ts";
import { refusePayload, type ShownProof } from "./endpoint-settings.server.ts";
import type { EndpointValues, PayloadPreview } from "./endpoint-values.ts";
import type { Endpoint, EndpointInput } from "./endpoints.server.ts";
import { eventBody } from "./event-body.ts";
import { eventDefinition, eventTypes, isEventType } from "./event-catalog.ts";

const text = (value: FormDataEntryValue | null | undefined): string => (typeof value === "string" ? value : "");
const textsOf = (form: FormData, name: string): string[] => form.getAll(name).map(text);
const isOn = (form: FormData, name: string): boolean => form.get(name) === "on";

/** The endpoint form as the service takes it. What is secret and left empty keeps what is stored. */
export function endpointForm(form: FormData): EndpointInput {
  const payload = payloadStyles.find((one) => one === form.get("payload")) ?? "full";
  const certificate = { cert: text(form.get("certificate")).trim(), key: text(form.get("certificateKey")).trim() };
  const changes = certificate.cert !== "" || certificate.key !== "";
  return {
    ...{ url: text(form.get("url")), description: text(form.get("description")), payload },
    eventTypes: textsOf(form, "eventTypes"),
    legacySignature: isOn(form, "legacySignature"),
    asymmetricSignature: isOn(form, "asymmetricSignature"),
    template: payload === "template" ? text(form.get("template")) : null,
    conditions: typedConditions(form).map(conditionOf),
    headers: headersOf(form),
    auth: authOf(form),
    ...paceOf(form),
    ...(isOn(form, "certificateRemove") ? { certificate: null } : changes ? { certificate } : {}),
  };
}

function typedConditions(form: FormData): { path: string; op: string; value: string }[] {
  const [ops, values] = [textsOf(form, "conditionOp"), textsOf(form, "conditionValue")];
  return textsOf(form, "conditionPath")
    .map((path, index) => ({ path: path.trim(), op: ops[index] ?? "eq", value: (values[index] ?? "").trim() }))
    .filter(({ path, value }) => path !== "" || value !== "");
}

type ConditionInput = NonNullable<EndpointInput["conditions"]>[number];

function conditionOf({ path, op, value }: { path: string; op: string; value: string }): ConditionInput {
  const operator = conditionOperators.find((one) => one === op) ?? "eq";
  if (operator === "exists") return { path, op: operator, value: !/^(false|no)$/i.test(value) };
  if (operator === "in") return { path, op: operator, value: listOf(value) };
  return { path, op: operator, value: scalarOf(value) };
}

/** Numbers, true, false, null and text in quotes as JSON says them; everything else is text as it stands. */
function scalarOf(typed: string): string | number | boolean | null {
  const value = parsed(typed);
  return isScalar(value) ? value : typed;
}

const isScalar = (value: unknown): value is string | number | boolean | null =>
  value === null || ["string", "number", "boolean"].includes(typeof value);

function listOf(typed: string): (string | number | boolean | null)[] {
  const value = parsed(typed);
  if (Array.isArray(value) && value.every(isScalar)) return value;
  return typed
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "")
    .map(scalarOf);
}

function parsed(typed: string): unknown {
  try {
    return JSON.parse(typed);
  } catch {
    return undefined;
  }
}

/** A stored value as a person would type it. */
function typedValue(value: Condition["value"]): string {
  if (Array.isArray(value)) {
    const words = value.map((one) => typedValue(one));
    return words.some((word) => word.includes(",")) ? JSON.stringify(value) : words.join(", ");
  }
  return typeof value === "string" && parsed(value) === undefined && value.trim() === value
    ? value
    : JSON.stringify(value);
}

function headersOf(form: FormData): Record<string, string | null> {
  const stored = new Set(textsOf(form, "headerStored"));
  const values = textsOf(form, "headerSecret");
  return Object.fromEntries(
    textsOf(form, "headerName").flatMap((typed, index) => {
      const [name, value] = [typed.trim(), (values[index] ?? "").trim()];
      if (name === "" && value === "") return [];
      return [[name, value === "" && stored.has(name) ? null : value]];
    }),
  );
}

function authOf(form: FormData): NonNullable<EndpointInput["auth"]> | null {
  const secret = (name: string) => text(form.get(name)) || null;
  switch (form.get("authType")) {
    case "basic":
      return { type: "basic", username: text(form.get("authUser")).trim(), password: secret("authPassword") };
    case "bearer":
      return { type: "bearer", token: secret("authToken")?.trim() || null };
    default:
      return null;
  }
}

/** What was typed, for the same form again: without any secret. */
export function typedEndpoint(form: FormData): EndpointValues {
  const stored = new Set(textsOf(form, "headerStored"));
  return {
    ...{
      url: text(form.get("url")),
      description: text(form.get("description")),
      eventTypes: textsOf(form, "eventTypes"),
    },
    ...{ legacySignature: isOn(form, "legacySignature"), asymmetricSignature: isOn(form, "asymmetricSignature") },
    ...{ payload: text(form.get("payload")) || "full", template: text(form.get("template")) },
    conditions: typedConditions(form),
    headers: textsOf(form, "headerName")
      .map((name) => name.trim())
      .filter((name) => name !== "")
      .map((name) => ({ name, stored: stored.has(name) })),
    auth: {
      ...{ type: text(form.get("authType")) || "none", username: text(form.get("authUser")) },
      stored: text(form.get("authStored")),
    },
    certificate: null,
    pace: typedPace(form),
  };
}

/** What is stored, for the form. */
export function endpointValues(row: Endpoint, proof: ShownProof | undefined): EndpointValues {
  const auth = proof?.auth ?? null;
  return {
    ...{ url: row.url, description: row.description, eventTypes: row.eventTypes },
    ...{ legacySignature: row.legacySignature, asymmetricSignature: (proof?.publicKeys.length ?? 0) > 0 },
    ...{ payload: row.payload, template: row.template ?? "" },
    conditions: row.conditions.map(({ path, op, value }) => ({ path, op, value: typedValue(value) })),
    headers: (proof?.headerNames ?? []).map((name) => ({ name, stored: true })),
    auth: {
      type: auth?.type ?? "none",
      username: auth?.type === "basic" ? auth.username : "",
      stored: auth?.type ?? "",
    },
    certificate: proof?.certificate ?? null,
    pace: shownPace(row),
  };
}

const SAMPLE_ID = "01920000-0000-7000-8000-0000000000aa";

/** What the form as typed would send of a type's sample, and whether it would be sent at all. Nothing is saved. */
export function previewPayload(form: FormData): PayloadPreview {
  const input = endpointForm(form);
  const chosen = (input.eventTypes ?? []).filter(isEventType);
  const asked = text(form.get("previewType"));
  const type = isEventType(asked) ? asked : (chosen[0] ?? eventTypes()[0] ?? "job.closed");
  const wishes = {
    ...{ payload: input.payload ?? "full", template: input.template ?? null },
    conditions: (input.conditions ?? []).map((one) => one),
  };
  const [wrong] = Object.values(refusePayload(wishes, chosen));
  if (wrong !== undefined) return { type, body: null, note: wrong };
  const at = new Date("2026-09-21T13:33:20.000Z");
  const { sample: data } = eventDefinition(type);
  const event = seenEvent({
    id: SAMPLE_ID,
    type,
    body: eventBody({ id: SAMPLE_ID, type, at, employerId: SAMPLE_ID, data }),
  });
  const made = ownBody(wishes, event);
  if (made.failed !== null) return { type, body: null, note: made.failed };
  const wanted = chosen.length === 0 || chosen.includes(type);
  const note = !wanted
    ? "This event is not ticked, so it would not be sent."
    : passes(wishes, event)
      ? null
      : "The sample does not fulfil the conditions, so it would not be sent.";
  return { type, body: JSON.stringify(JSON.parse(made.body ?? event.body), null, 2), note };
}

/** Every event type with its line, for the form and the filters. */
export const eventChoices = (): { type: string; summary: string }[] =>
  eventTypes().map((type) => ({ type, summary: eventDefinition(type).summary }));
