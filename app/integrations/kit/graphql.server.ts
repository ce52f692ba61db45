import { z } from "zod";
import type { Classify } from "../contract/adapter.ts";
import type { Http } from "../contract/ctx.ts";
import { at, parseJson, textAt } from "./paths.ts";

export interface Operation {
  query: string;
  variables: Readonly<Record<string, unknown>>;
  /** Whether a lost answer may be repeated: set for queries, and for mutations that say the same twice. */
  idempotent?: true;
}

/** One operation; gives what its answer holds under `data`. What the server names in `errors` is thrown by kind (see `graphqlErrors`). */
export function graphql<S extends z.ZodType>(
  http: Http,
  url: string,
  { query, variables, ...how }: Operation,
  data: S,
): Promise<z.output<S>> {
  const inside = z.preprocess((answer) => at(answer, "data"), data);
  return http.json({ method: "POST", url, body: { query, variables }, ...how }, inside);
}

type Kind = ReturnType<Classify>;

/** The codes that Apollo Server gives by itself, whose names most other servers took over. */
const common: Readonly<Record<string, Kind>> = {
  UNAUTHENTICATED: "auth-expired",
  FORBIDDEN: "forbidden",
  BAD_USER_INPUT: "validation",
  INTERNAL_SERVER_ERROR: "unavailable",
  GRAPHQL_PARSE_FAILED: "contract",
  GRAPHQL_VALIDATION_FAILED: "contract",
};

/**
 * GraphQL answers 200 to nearly everything: what went wrong stands in the code of the first error. `own` are a vendor's
 * codes beside the common ones, or in place of them; an error of any other code is kind validation.
 */
export const graphqlErrors =
  (own: Readonly<Record<string, Kind>> = {}): Classify =>
  ({ status, text }) => {
    if (status !== 200) return null;
    const body = parseJson(text);
    const code = textAt(body, "errors.0.extensions.code");
    if (code !== undefined) return own[code] ?? common[code] ?? "validation";
    return textAt(body, "errors.0.message") === undefined ? null : "validation";
  };
