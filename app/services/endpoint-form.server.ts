import type { EndpointInput } from "./endpoints.server.ts";
import { eventDefinition, eventTypes } from "./event-catalog.ts";

const text = (value: FormDataEntryValue | null): string => (typeof value === "string" ? value : "");

/** The endpoint form as the service takes it. */
export const endpointForm = (form: FormData): EndpointInput => ({
  url: text(form.get("url")),
  description: text(form.get("description")),
  eventTypes: form.getAll("eventTypes").map(text),
  legacySignature: form.get("legacySignature") === "on",
});

/** Every event type with its line, for the form and the filters. */
export const eventChoices = (): { type: string; summary: string }[] =>
  eventTypes().map((type) => ({ type, summary: eventDefinition(type).summary }));
