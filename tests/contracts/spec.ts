import { Ajv, type AnySchemaObject } from "ajv";
import addFormats from "ajv-formats";

/** What is wrong with a value; empty when it is as the vendor says. */
export type Check = (value: unknown) => string[];

export interface Parameter {
  required: boolean;
  /** Takes the texts as they came: one, or several for a repeated name. */
  check: Check;
}

/** One call that a vendor documents, whatever form its document has. */
export interface Operation {
  /** "GET /jobs/{jobId}". */
  name: string;
  method: string;
  path: RegExp;
  query: ReadonlyMap<string, Parameter>;
  /** Media type → what the body must be; empty when the call takes none. */
  bodies: ReadonlyMap<string, Check>;
  bodyRequired: boolean;
  /** Status, "2xx" or "default" → what the answer must be; null for one without a described body. */
  answers: ReadonlyMap<string, Check | null>;
  /** Whether statuses that are not listed are violations. */
  listsStatuses: boolean;
}

export interface Spec {
  /** Whether a host and path belong to what this document describes. */
  covers(host: string, path: string): boolean;
  operations: readonly Operation[];
}

/** Parsed JSON of unknown shape, looked into by name. */
export type Json = Record<string, unknown>;
export const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const child = (value: unknown, key: string): unknown =>
  Array.isArray(value) ? value[Number(key)] : isJson(value) ? value[key] : undefined;
export const entries = (value: unknown): [string, unknown][] => (isJson(value) ? Object.entries(value) : []);

const escaped = (part: string) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));
/** A JSON pointer as a URI fragment. */
export const pointer = (...parts: readonly string[]) => `#/${parts.map(escaped).join("/")}`;

/**
 * Checks that point into one document. Documents are taken as they are: keywords that are not JSON Schema's are passed
 * over. `loose` reads text as the type asked for, as query strings and forms need.
 */
export function createChecks(document: unknown) {
  const make = (coerceTypes: boolean) => {
    const ajv = new Ajv({
      strict: false,
      allErrors: true,
      validateSchema: false,
      logger: false,
      coerceTypes: coerceTypes ? "array" : false,
    });
    addFormats.default(ajv);
    return ajv.addSchema(isJson(document) ? document : {}, "spec");
  };
  const exact = make(false);
  const loose = make(true);
  const lazily = (ajv: Ajv, schema: AnySchemaObject): Check => {
    let validate: ReturnType<Ajv["compile"]> | undefined;
    return (value) => {
      validate ??= ajv.compile(schema);
      if (validate(value)) return [];
      return (validate.errors ?? []).map(
        ({ instancePath, message = "", params }) =>
          `${instancePath.replaceAll(/\/\d+(?=\/|$)/g, "/*") || "/"} ${message}${detailOf(params)}`,
      );
    };
  };
  return {
    at: (ref: string): Check => lazily(exact, { $ref: `spec${ref}` }),
    parameter: (ref: string): Check => {
      const check = lazily(loose, { type: "object", properties: { value: { $ref: `spec${ref}` } } });
      return (value) => check({ value });
    },
    form: (ref: string): Check => lazily(loose, { $ref: `spec${ref}` }),
  };
}

function detailOf(params: Json): string {
  const { additionalProperty, allowedValues } = params;
  if (typeof additionalProperty === "string") return ` (${additionalProperty})`;
  return Array.isArray(allowedValues) ? ` (${allowedValues.join(", ")})` : "";
}

/** A path template as a pattern: `{id}` is one segment. */
export function pathPattern(template: string): RegExp {
  const parts = template.split(/\{[^}]*\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^/]+")}$`);
}
