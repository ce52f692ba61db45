import { z } from "zod";
import type { Operation } from "./define.server.ts";
import { operations } from "./operations.server.ts";

/* OpenAPI 3.1 from the operations' own schemas: what is described is what is parsed. */

const problemSchema = {
  type: "object",
  required: ["type", "title", "status", "code", "detail", "next"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    code: { type: "string", description: "For programs; stays the same when the words change" },
    detail: { type: "string", description: "One plain sentence" },
    next: { type: "string", description: "What to do about it" },
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["field", "detail"],
        properties: { field: { type: "string" }, detail: { type: "string" } },
      },
    },
  },
};

type Json = Record<string, unknown>;

/** The JSON schema of a zod schema as it goes in or out, without the marks that OpenAPI does not want. */
function jsonSchema(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    target: "draft-2020-12",
    io,
    unrepresentable: "any",
    reused: "inline",
    override: ({ zodSchema, jsonSchema: made }) => {
      if (zodSchema._zod.def.type === "date") Object.assign(made, { type: "string", format: "date-time" });
      delete made.$id;
      delete made.id;
    },
  });
  return inlined(rest);
}

/** Named schemas come as `$defs`; their references are replaced by what they name. */
function inlined(schema: Json): Json {
  const { $defs: definitions, ...rest } = schema;
  const named = z.record(z.string(), z.unknown()).catch({}).parse(definitions);
  const replace = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replace);
    if (typeof value !== "object" || value === null) return value;
    const reference =
      "$ref" in value && typeof value.$ref === "string" ? value.$ref.replace("#/$defs/", "") : undefined;
    if (reference !== undefined && reference in named) return replace(named[reference]);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replace(inner)]));
  };
  return z.record(z.string(), z.unknown()).parse(replace(rest));
}

const isEmpty = (schema: z.ZodType) => schema._zod.def.type === "undefined";

const objectSchema = z.looseObject({
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
});

function parameters(schema: z.ZodType, place: "path" | "query"): Json[] {
  const { properties, required } = objectSchema.parse(jsonSchema(schema, "input"));
  return Object.entries(properties).map(([name, inner]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: inner,
  }));
}

const refusal = (description: string): Json => ({
  description,
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
});

const allowance = Object.fromEntries(
  [
    ["RateLimit-Limit", "Requests per window"],
    ["RateLimit-Remaining", "Requests left in this window"],
    ["RateLimit-Reset", "Seconds until the window begins anew"],
  ].map(([name, description]) => [name, { description, schema: { type: "integer" } }]),
);

const idempotency: Json = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "The same key within a day gets the first answer again and does nothing twice",
  schema: { type: "string", maxLength: 255 },
};

function describe(operation: Operation): Json {
  const { answer } = operation;
  const success: Json = {
    description: "Done",
    headers: allowance,
    ...(isEmpty(answer.schema)
      ? {}
      : { content: { "application/json": { schema: jsonSchema(answer.schema, "output") } } }),
  };
  return {
    operationId: operation.id,
    summary: operation.summary,
    tags: [operation.tag],
    description: `Needs \`${operation.permission}\`.`,
    security: [{ apiKey: [] }, ...(operation.session ? [{ session: [] }] : [])],
    parameters: [
      ...parameters(operation.params, "path"),
      ...parameters(operation.query, "query"),
      ...(operation.method === "GET" ? [] : [idempotency]),
    ],
    ...(isEmpty(operation.body)
      ? {}
      : {
          requestBody: {
            required: true,
            content: { "application/json": { schema: jsonSchema(operation.body, "input") } },
          },
        }),
    responses: {
      [answer.status]: success,
      400: refusal("The request is not as described, or the tool refused what was sent; `errors` names the fields"),
      401: refusal("No key, or one that is not in force"),
      403: refusal("The key lacks the scope"),
      404: refusal("No such thing at this employer"),
      409: refusal("Not possible in the present state"),
      ...(operation.method === "GET" ? {} : { 422: refusal("This `Idempotency-Key` came with another request") }),
      429: refusal("Too many requests; `Retry-After` says how long to wait"),
    },
  };
}

/** The whole description; `server` is the origin under which this instance is reached. */
export function openApi(server: string): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method.toLowerCase()]: describe(operation) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Patchbay",
      version: "1",
      description: "Integrations, jobs, applications and webhooks of one employer. Lists come newest first, by cursor.",
    },
    servers: [{ url: server }],
    paths,
    components: {
      schemas: { Problem: problemSchema },
      securitySchemes: {
        apiKey: { type: "http", scheme: "bearer", description: "A key of Settings, API keys: `pbk_…`" },
        session: { type: "apiKey", in: "cookie", name: "patchbay.session_token" },
      },
    },
  };
}
