import type { z } from "zod";
import type { ConfigOf } from "../../contract/adapter.ts";
import type { Ctx } from "../../contract/ctx.ts";
import { graphql, graphqlErrors, type Operation } from "../../kit/graphql.server.ts";
import type { manifest } from "./manifest.ts";

export type IndeedCtx = Ctx<ConfigOf<typeof manifest>>;

/** One operation of Indeed's API, and what its answer holds. */
export const call = <S extends z.ZodType>(ctx: IndeedCtx, operation: Operation, data: S) =>
  graphql(ctx.http, "https://apis.indeed.com/graphql", operation, data);

/** An old token and a client without the permission are both "FORBIDDEN". Only a spent budget has a status of its own. */
export const classify = graphqlErrors({
  FORBIDDEN: "expired-or-forbidden",
  NOT_FOUND: "not-found",
  DOWNSTREAM_SERVICE_ERROR: "unavailable",
});
