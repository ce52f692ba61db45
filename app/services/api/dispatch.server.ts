import { assertSameOrigin, callerAddress } from "#app/platform/caller.server.ts";
import { log } from "#app/platform/log.server.ts";
import { asProblem, problem } from "#app/platform/respond.server.ts";
import type { Actor } from "../actor.ts";
import { requireApiActor } from "../api-keys.server.ts";
import { AppError } from "../errors.ts";
import { readCapped } from "../inbound-body.server.ts";
import { optionalMember } from "../people.server.ts";
import { type Spent, spend, throttle } from "../throttle.server.ts";
import type { Operation } from "./define.server.ts";
import { once } from "./idempotency.server.ts";
import { operations } from "./operations.server.ts";

const BODY_BYTES = 1024 * 1024;
const PER_CALLER = { limit: 600, seconds: 60 };
const REFUSED_PER_ADDRESS = { limit: 60, seconds: 60 };

/**
 * Answers one request to the API: finds the operation, the actor and what is left of their allowance (600 requests a
 * minute), then runs it. Every refusal is problem+json; every answer to a known caller says the allowance.
 */
export async function answerApi(request: Request, requestId: string): Promise<Response> {
  try {
    const { pathname } = new URL(request.url);
    const matches = operations.flatMap((operation) => {
      const params = paramsOf(operation.path, pathname);
      return params ? [{ operation, params }] : [];
    });
    if (matches.length === 0) throw new AppError("not-found", "Nothing lives at this address.");
    // Of two patterns that fit, the address itself counts before one with a named part.
    const fewest = Math.min(...matches.map(({ params }) => Object.keys(params).length));
    const exact = matches.filter(({ params }) => Object.keys(params).length === fewest);
    const found = exact.find(({ operation }) => operation.method === request.method);
    if (!found) return notAllowed(exact.map(({ operation }) => operation.method));
    return await answerCall(request, found.operation, found.params);
  } catch (error) {
    return asAnswer(error, request, requestId);
  }
}

/** The named parts of an address, or null when the pattern does not fit. */
function paramsOf(pattern: string, pathname: string): Record<string, string> | null {
  const [wanted, got] = [pattern.split("/"), pathname.replace(/\/$/, "").split("/")];
  if (wanted.length !== got.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const value = got[index] ?? "";
    if (name === undefined ? part !== value : value === "") return null;
    if (name !== undefined) params[name] = decodeURIComponent(value);
  }
  return params;
}

const notAllowed = (methods: string[]) =>
  problem(405, "Method not allowed", `This address takes ${methods.join(", ")}.`, {
    headers: { allow: methods.join(", ") },
  });

async function answerCall(request: Request, operation: Operation, params: Record<string, string>): Promise<Response> {
  const actor = await actorOf(request, operation);
  const spent = await spend(`api:${actor.employerId}:${actor.id}`, PER_CALLER);
  try {
    if (!spent.allowed) {
      throw new AppError("rate-limited", `At most ${spent.limit} requests in ${spent.seconds} seconds.`, {
        retryAfter: spent.reset,
      });
    }
    return withAllowance(await answerActor(request, operation, params, actor), spent);
  } catch (error) {
    if (error instanceof AppError) return withAllowance(asProblem(error), spent);
    throw error;
  }
}

/** Who calls: by key, or, where the operation is open to the portal's own pages, by session. */
async function actorOf(request: Request, operation: Operation): Promise<Actor> {
  const byKey = request.headers.has("authorization");
  if (!byKey && operation.session) {
    assertSameOrigin(request);
    const member = await optionalMember(request);
    if (member?.actor.permissions.has(operation.permission)) return member.actor;
    if (member) throw new AppError("forbidden", "Your role does not allow this.");
  }
  try {
    return await requireApiActor(request, operation.permission);
  } catch (error) {
    if (error instanceof Response && error.status === 401) {
      await throttle(`api-refused:${callerAddress(request)}`, REFUSED_PER_ADDRESS);
    }
    throw error;
  }
}

async function answerActor(
  request: Request,
  operation: Operation,
  params: Record<string, string>,
  actor: Actor,
): Promise<Response> {
  const text = await bodyOf(request);
  const key = request.headers.get("idempotency-key");
  if (request.method === "GET" || key === null) return run(request, operation, params, actor, text);
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new AppError("invalid", "An Idempotency-Key has 1 to 255 visible ASCII characters.");
  }
  const { pathname, search } = new URL(request.url);
  const method = request.method === "POST" ? [] : [request.method];
  const scoped = {
    employerId: actor.employerId,
    key,
    request: [actor.id, ...method, `${pathname}${search}`, text].join("\n"),
  };
  return once(scoped, async () => {
    try {
      return await run(request, operation, params, actor, text);
    } catch (error) {
      if (error instanceof AppError) return asProblem(error);
      throw error;
    }
  });
}

async function bodyOf(request: Request): Promise<string> {
  if (request.method === "GET" || request.method === "DELETE") return "";
  const bytes = await readCapped(request, BODY_BYTES);
  if (bytes === null)
    throw problem(413, "Too large", "A body has at most 1 MiB.", { headers: { connection: "close" } });
  const type = request.headers.get("content-type") ?? "";
  if (bytes.length > 0 && !/^application\/(\w+\+)?json\b/i.test(type)) {
    throw problem(415, "Not JSON", "Send the body as application/json.");
  }
  return Buffer.from(bytes).toString("utf8");
}

async function run(
  request: Request,
  operation: Operation,
  params: Record<string, string>,
  actor: Actor,
  text: string,
): Promise<Response> {
  const query = Object.fromEntries(new URL(request.url).searchParams);
  const result = await operation.run(actor, { params, query, body: parsedJson(text), signal: request.signal });
  const { status } = operation.answer;
  const headers = { "cache-control": "no-store" };
  return result === undefined ? new Response(null, { status, headers }) : Response.json(result, { status, headers });
}

function parsedJson(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError("invalid", "The body is not JSON.");
  }
}

function withAllowance(answer: Response, spent: Spent): Response {
  answer.headers.set("ratelimit-limit", String(spent.limit));
  answer.headers.set("ratelimit-remaining", String(spent.remaining));
  answer.headers.set("ratelimit-reset", String(spent.reset));
  answer.headers.set("ratelimit-policy", `${spent.limit};w=${spent.seconds}`);
  return answer;
}

function asAnswer(error: unknown, request: Request, requestId: string): Response {
  if (error instanceof AppError) return asProblem(error);
  if (error instanceof Response) {
    const isProblem = error.headers.get("content-type") === "application/problem+json";
    return isProblem ? error : problem(error.status, "Refused", "The request was refused.");
  }
  const { pathname } = new URL(request.url);
  log().error({ err: error, requestId, method: request.method, pathname }, "request failed");
  return problem(500, "Our mistake", `Something failed on our side. Reference ${requestId}.`);
}
