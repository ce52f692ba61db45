import type { z } from "zod";
import type { ConfigOf } from "../../contract/adapter.ts";
import type { Ctx, HttpRequest } from "../../contract/ctx.ts";
import { type ErrorKind, IntegrationError } from "../../contract/errors.ts";
import { kindOfStatus } from "../../kit/classify.server.ts";
import { at, parseJson } from "../../kit/paths.ts";
import type { manifest } from "./manifest.ts";
import { jobPage } from "./wire.ts";

export type JobviteCtx = Ctx<ConfigOf<typeof manifest>>;

const BASE = "https://api.jobvite.com/api/v2";

const rights = {
  job: "Job API",
  candidate: "Candidate API",
  process: "Onboarding API",
  task: "Onboarding API",
} as const;
type Route = keyof typeof rights;

/**
 * One GET of API v2. Jobvite says 401 to a dead key and to a key without the right to this route: the route of jobs, which
 * every key has, tells the two apart. Kinds: auth-revoked, forbidden naming the API, and all of http.
 */
export function read<S extends z.ZodType>(ctx: JobviteCtx, route: Route, query: HttpRequest["query"], schema: S) {
  const ask = { url: `${BASE}/${route}`, query: { ...query, format: "json" } };
  return orForbidden(ctx, route, () => ctx.http.json(ask, schema));
}

/** One POST of the Onboarding API that only reads; body and answer travel in the envelope. */
export function readSealed<S extends z.ZodType>(ctx: JobviteCtx, route: "process" | "task", body: unknown, schema: S) {
  const ask = { method: "POST", url: `${BASE}/${route}`, body, sealed: true, idempotent: true } as const;
  return orForbidden(ctx, route, () => ctx.http.json(ask, schema));
}

async function orForbidden<T>(ctx: JobviteCtx, route: Route, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof IntegrationError) || error.kind !== "auth-revoked" || route === "job") throw error;
    await ctx.http.json({ url: `${BASE}/job`, query: { start: 1, count: 1, format: "json" } }, jobPage);
    throw new IntegrationError("forbidden", `This key may not use Jobvite's ${rights[route]}.`, {
      ...error.info,
      field: rights[route],
    });
  }
}

/**
 * The status inside an answer counts more than the one around it: HTTP 200 may carry a 401, and one with errors and no
 * status is no empty list. Redirects lead to a page that says "not found" and mean a wrong path or key; Jobvite answers a
 * web page to an envelope that it cannot open.
 */
export function classify(answer: { status: number; text: string }): ErrorKind | null {
  if (answer.status >= 300 && answer.status < 400) return "config";
  if (answer.status === 400 && /^\s*</.test(answer.text)) return "config";
  if (answer.status === 404 && /invalid url|cannot find api/i.test(answer.text)) return "config";
  const inner = /"status"\s*:\s*\{[^{}]*?"code"\s*:\s*(\d{3})/.exec(answer.text)?.[1];
  if (answer.status !== 200) return null;
  if (inner !== undefined) return kindOfStatus(Number(inner));
  return at(parseJson(answer.text), "errors.messages") === undefined ? null : "contract";
}
