import type { z } from "zod";
import type { InboundEvent, RawRequest } from "../contract/capabilities.ts";
import type { InboundApplication } from "../contract/domain.ts";
import { IntegrationError } from "../contract/errors.ts";
import type { ResourceName } from "../contract/manifest.ts";
import { at, parseJson, textAt } from "./paths.ts";

/** The JSON of a delivery. `sent` begins the message: "Greenhouse sent an event". Kind contract naming the field. */
export function readEvent<S extends z.ZodType>(request: RawRequest, schema: S, sent: string): z.output<S> {
  const parsed = schema.safeParse(parseJson(new TextDecoder().decode(request.body)));
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join(".") || "body";
  throw new IntegrationError("contract", `${sent} we cannot read: ${field}.`, { field });
}

/** What a thin event touches; the id is at the first of the dot paths that holds one, a list names one record each. */
export type Touch = readonly [kind: "changed" | "removed", resource: ResourceName, ...paths: string[]];

/** A table of thin events by name; names that touch the same stand together, parted by spaces. */
export const touchTable = (rows: readonly (readonly [names: string, ...touches: Touch[]])[]) =>
  new Map(rows.flatMap(([names, ...touches]) => names.split(" ").map((name) => [name, touches] as const)));

type Base = { dedupeId: string; type: string; at: Date };

/** An event that is taken and changes nothing here. */
export const ignored = (base: Base, why = `“${base.type}” changes nothing we hold.`): readonly InboundEvent[] => [
  { ...base, kind: "ignored", why },
];

/** An application that a board hands over. */
export const applicationEvent = (dedupeId: string, application: InboundApplication): readonly InboundEvent[] => [
  { kind: "application", dedupeId, type: "application", at: application.appliedAt, application },
];

/** One event per record that a thin event names; one that names none is ignored. Their dedupe ids grow from `base`'s. */
export function thinEvents(base: Base, touches: readonly Touch[], payload: unknown): readonly InboundEvent[] {
  const named = touches.flatMap(([kind, resource, ...paths]) =>
    (paths.map((path) => idsAt(payload, path)).find((ids) => ids.length > 0) ?? []).map((externalId) => ({
      kind,
      resource,
      externalId,
    })),
  );
  if (named.length === 0) return ignored(base);
  return named.map((one, index) => ({ ...base, dedupeId: `${base.dedupeId}:${index}`, ...one }));
}

function idsAt(payload: unknown, path: string): string[] {
  const found = at(payload, path);
  return (Array.isArray(found) ? found : [found]).flatMap((one) => textAt(one, "") || []);
}
