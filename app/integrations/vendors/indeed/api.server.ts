import type { z } from "zod";
import type { Classify, ConfigOf } from "../../contract/adapter.ts";
import type { Ctx } from "../../contract/ctx.ts";
import type { ErrorKind } from "../../contract/errors.ts";
import { parseJson, textAt } from "../../kit/paths.ts";
import type { manifest } from "./manifest.ts";

export type IndeedCtx = Ctx<ConfigOf<typeof manifest>>;

const GRAPHQL = "https://apis.indeed.com/graphql";

/** One operation and its answer, of which `data` is the interesting part; what Indeed names in `errors` is thrown by kind (see `classify`). */
export async function graphql<S extends z.ZodType>(
  ctx: IndeedCtx,
  operation: { query: string; variables: Record<string, unknown>; idempotent?: true },
  answer: S,
): Promise<z.output<S>> {
  const { query, variables, idempotent } = operation;
  const request = { method: "POST" as const, url: GRAPHQL, body: { query, variables } };
  return ctx.http.json({ ...request, ...(idempotent ? { idempotent } : {}) }, answer);
}

const kinds: Readonly<Record<string, ErrorKind | "expired-or-forbidden">> = {
  UNAUTHENTICATED: "auth-expired",
  FORBIDDEN: "expired-or-forbidden",
  BAD_USER_INPUT: "validation",
  NOT_FOUND: "not-found",
  DOWNSTREAM_SERVICE_ERROR: "unavailable",
  INTERNAL_SERVER_ERROR: "unavailable",
  GRAPHQL_PARSE_FAILED: "contract",
  GRAPHQL_VALIDATION_FAILED: "contract",
};

/** GraphQL answers 200 to everything but a spent budget: what went wrong stands in the first error's code. */
export const classify: Classify = ({ status, text }) => {
  if (status !== 200) return null;
  const body = parseJson(text);
  const code = textAt(body, "errors.0.extensions.code");
  if (code !== undefined) return kinds[code] ?? "validation";
  return textAt(body, "errors.0.message") === undefined ? null : "validation";
};
