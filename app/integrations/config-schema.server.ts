import { z } from "zod";
import { chosen } from "./choice.ts";
import type { AuthStrategy, ConfigField, Manifest } from "./contract/manifest.ts";

type Values = Readonly<Record<string, unknown>>;

/** Whether a field is asked for under these values. */
export function isShown(field: ConfigField, values: Values): boolean {
  return field.when === undefined || String(values[field.when.field] ?? "") === field.when.is;
}

/**
 * The zod object behind a manifest's form: text in (FormData or JSON), trimmed and typed values out. Hidden fields are
 * dropped, empty optional ones are absent, every message is a plain sentence under its field. `stored` names secrets that
 * are already kept, so that an empty entry leaves them as they are.
 */
export function schemaFor(manifest: Pick<Manifest, "fields">, stored: readonly string[] = []) {
  const shape: Record<string, z.ZodType> = {};
  for (const field of manifest.fields) shape[field.key] = z.unknown().optional();
  return z.object(shape).transform((raw, context): Record<string, string | number | boolean> => {
    const given: Record<string, unknown> = { ...raw };
    for (const field of manifest.fields)
      if (given[field.key] === undefined && field.initial) given[field.key] = field.initial;
    const values: Record<string, string | number | boolean> = {};
    for (const field of manifest.fields) {
      if (!isShown(field, given)) continue;
      const result = fieldSchema(field).safeParse(clean(given[field.key]));
      if (result.success) {
        if (result.data !== undefined) values[field.key] = result.data;
        else if (mustHave(field, stored))
          context.addIssue({ code: "custom", path: [field.key], message: missing(field) });
      } else {
        const message = result.error.issues[0]?.message ?? "This value cannot be used.";
        context.addIssue({ code: "custom", path: [field.key], message });
      }
    }
    return values;
  });
}

function mustHave(field: ConfigField, stored: readonly string[]): boolean {
  return !field.optional && !field.generated && !stored.includes(field.key);
}

function missing(field: ConfigField): string {
  const name = /^[A-Z]{2}/.test(field.label) ? field.label : field.label.charAt(0).toLowerCase() + field.label.slice(1);
  const what = /^(your|a|an|the) /.test(name) ? name : `the ${name}`;
  return field.kind === "select" ? `Choose ${what}.` : `Enter ${what}.`;
}

function clean(value: unknown): unknown {
  const text = typeof value === "string" ? value.trim() : value;
  return text === "" || text === null ? undefined : text;
}

function fieldSchema(field: ConfigField): z.ZodType<string | number | boolean | undefined> {
  switch (field.kind) {
    case "boolean":
      return z.preprocess(
        (value) => value === true || value === "on" || value === "true" || value === "1",
        z.boolean(),
      );
    case "number":
      return z.coerce.number({ error: `${field.label} must be a number.` }).optional();
    case "select":
      return z
        .string()
        .refine((value) => field.options?.some((option) => option.value === value), {
          error: `Choose one of the offered values for ${field.label}.`,
        })
        .optional();
    case "url":
      return text(field)
        .refine(isHttps, { error: `${field.label} must be a full address that begins with https://.` })
        .optional();
    default:
      return text(field).optional();
  }
}

function text(field: ConfigField): z.ZodString {
  const max = field.maxLength ?? 4_000;
  let schema = z
    .string({ error: `${field.label} must be text.` })
    .max(max, { error: `${field.label} is longer than ${max} characters.` });
  if (field.minLength !== undefined)
    schema = schema.min(field.minLength, { error: `${field.label} is shorter than ${field.minLength} characters.` });
  if (field.pattern)
    schema = schema.regex(new RegExp(`^(?:${field.pattern.source})$`), { error: field.pattern.message });
  return schema;
}

function isHttps(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return url.protocol === "https:" && url.username === "" && url.password === "" && url.hostname.includes(".");
}

/** Parsed values parted into what an adapter may see and what is encrypted. */
export function splitSecrets(
  manifest: Pick<Manifest, "fields">,
  values: Values,
): { config: Record<string, string | number | boolean>; secrets: Record<string, string> } {
  const config: Record<string, string | number | boolean> = {};
  const secrets: Record<string, string> = {};
  for (const field of manifest.fields) {
    const value = values[field.key];
    if (field.kind === "secret") {
      if (typeof value === "string") secrets[field.key] = value;
    } else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      config[field.key] = value;
  }
  return { config, secrets };
}

/** The one strategy that a connection uses; with a choice, the select field decides, its initial value when unset. */
export function strategyFor(manifest: Pick<Manifest, "auth" | "fields">, config: Values): AuthStrategy {
  const { auth } = manifest;
  if (auth.kind !== "choice") return auth;
  return chosen(manifest, auth, config) ?? { kind: "none" };
}

/** The field that holds what a strategy signs in with: where a refused sign-in is told. Null when no person types it. */
export function secretFieldOf(strategy: AuthStrategy): string | null {
  switch (strategy.kind) {
    case "api-key":
      return strategy.field;
    case "oauth2-client":
      return strategy.clientSecretField;
    case "basic":
    case "caldav":
      return strategy.passwordField;
    case "signed":
      return strategy.secretField;
    default:
      return null;
  }
}
