import { z } from "zod";
import type { Permission } from "#app/platform/permissions.ts";
import type { Actor } from "../actor.ts";
import { AppError } from "../errors.ts";

/* One operation of the REST API as data. The same list answers requests (`dispatch.server.ts`) and describes itself
 * (`openapi.server.ts`), so that the two cannot differ. */

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

interface Shape<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType> {
  method: Method;
  /** With `{name}` for the parts that `params` describes. */
  path: `/api/${string}`;
  /** Name of the operation in client libraries. */
  id: string;
  summary: string;
  tag: string;
  permission: Permission;
  /** Also open to a signed-in member of the portal, whose changing requests must come from the portal's own origin. */
  session?: true;
  params: Params;
  query: Query;
  /** `nothing` where nothing is sent. */
  body: Body;
  /** Status and body of success; `nothing` for none. */
  answer: { status: 200 | 201 | 202 | 204; schema: Answer };
}

export interface Call<Params, Query, Body> {
  actor: Actor;
  params: Params;
  query: Query;
  body: Body;
  /** Names of the body's parts that were sent: a default was not. */
  given: ReadonlySet<string>;
  /** Fires when the caller has gone. */
  signal: AbortSignal;
}

export type Operation = Shape<z.ZodType, z.ZodType, z.ZodType, z.ZodType> & {
  /** Parses what came, does it, and returns what may go out: nothing that the answer's schema does not name. */
  run(actor: Actor, raw: { params: unknown; query: unknown; body: unknown; signal: AbortSignal }): Promise<unknown>;
};

type Declared<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> = Omit<Shape<Params, Query, Body, Answer>, "params" | "query" | "body"> & {
  params?: Params;
  query?: Query;
  body?: Body;
  handler(call: Call<z.output<Params>, z.output<Query>, z.output<Body>>): Promise<z.input<Answer>>;
};

export const nothing = z.undefined();
const empty = z.object({});

/** Declares an operation; the handler gets parsed values only. What it does not name (`params`, `query`, `body`) it does not take. */
export function defineApi<
  Answer extends z.ZodType,
  Params extends z.ZodType = typeof empty,
  Query extends z.ZodType = typeof empty,
  Body extends z.ZodType = typeof nothing,
>(operation: Declared<Params, Query, Body, Answer>): Operation;
export function defineApi(operation: Declared<z.ZodType, z.ZodType, z.ZodType, z.ZodType>): Operation {
  const { handler, params = empty, query = empty, body = nothing, ...shape } = operation;
  return {
    ...{ ...shape, params, query, body },
    async run(actor, raw) {
      const call = {
        params: await parse(params, raw.params, "not-found"),
        query: await parse(query, raw.query, "invalid"),
        body: await parse(body, raw.body, "invalid"),
        given: new Set(Object.keys(z.record(z.string(), z.unknown()).catch({}).parse(raw.body))),
      };
      return shape.answer.schema.parse(await handler({ actor, ...call, signal: raw.signal }));
    },
  };
}

async function parse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  kind: "invalid" | "not-found",
): Promise<z.output<Schema>> {
  const parsed = await schema.safeParseAsync(value);
  if (parsed.success) return parsed.data;
  if (kind === "not-found") throw new AppError("not-found", "Nothing lives at this address.");
  const issues = parsed.error.issues.map((issue) => [issue.path.join(".") || "body", issue.message] as const);
  throw new AppError("invalid", "The request does not have the described shape.", {
    fields: Object.fromEntries(issues.toReversed()),
  });
}

export const idParam = z.object({ id: z.uuid() });

/** What every list takes. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(25).describe("Rows per page"),
  cursor: z.string().max(200).optional().describe("`nextCursor` of the page before"),
});

/** What a list answers that is short enough to come whole. */
export const listOf = <Row extends z.ZodType>(row: Row) => z.object({ data: z.array(row) });

/** What every list answers that comes in pages. */
export const pageOf = <Row extends z.ZodType>(row: Row) =>
  z.object({ data: z.array(row), nextCursor: z.string().nullable() });

/** The id that a cursor stands for: rows come newest first and ids ascend with time. */
export function idOfCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const parsed = z.uuid().safeParse(Buffer.from(cursor, "base64url").toString("utf8"));
  if (!parsed.success)
    throw new AppError("invalid", "This cursor is none of ours.", { fields: { cursor: "Start again without it." } });
  return parsed.data;
}

/** The cursor of the page behind this id; null where none follows. */
export const cursorOf = (last: string | null | undefined): string | null =>
  last ? Buffer.from(last).toString("base64url") : null;

/** Cuts the extra row that tells whether more follows. `rows` holds up to `limit + 1`. */
export function pageFrom<Row extends { id: string }>(rows: readonly Row[], limit: number) {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  return { data, nextCursor: cursorOf(rows.length > limit ? last?.id : null) };
}

/** A moment as the wire has it. */
export const wire = (moment: Date): string => moment.toISOString();
export const wireOrNull = (moment: Date | null): string | null => moment?.toISOString() ?? null;
