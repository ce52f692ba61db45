import { randomUUID } from "node:crypto";
import { AppError } from "#app/services/errors.ts";
import { env } from "./env.server.ts";

/**
 * The header in which the web server hands on the caller's address. The server overwrites whatever came in under this
 * name, so it can be believed.
 */
export const CALLER_HEADER = "x-patchbay-caller";

/** The header that tells which HTTP request a loader belongs to; overwritten like the caller's. */
const REQUEST_HEADER = "x-patchbay-request";

interface Incoming {
  headers: Record<string, string | string[] | undefined>;
  socket: { remoteAddress?: string | undefined };
}

/**
 * Notes an id and the caller's address on an incoming request: the socket's, or the last entry of the header that
 * PATCHBAY_TRUSTED_IP_HEADER names (the one the nearest proxy wrote).
 */
export function noteCaller(request: Incoming): void {
  const trusted = env().PATCHBAY_TRUSTED_IP_HEADER;
  const forwarded =
    trusted === undefined ? undefined : [request.headers[trusted]].flat().at(-1)?.split(",").at(-1)?.trim();
  request.headers[REQUEST_HEADER] = randomUUID();
  request.headers[CALLER_HEADER] = forwarded || request.socket.remoteAddress || "unknown";
}

/** The caller's address as the web server noted it; "unknown" outside of it. */
export const callerAddress = (request: Request): string => request.headers.get(CALLER_HEADER) ?? "unknown";

/** Requests whose answers are remembered at once; the oldest are forgotten first. */
const REMEMBERED = 200;

/**
 * Remembers what `ask` answered for the loaders of one HTTP request, which run side by side and each want to know the
 * same. Only for requests that change nothing: after an action the answer may be another.
 */
export function oncePerRequest<T>(ask: (request: Request) => Promise<T>): (request: Request) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (request) => {
    const id = request.headers.get(REQUEST_HEADER);
    if (id === null || (request.method !== "GET" && request.method !== "HEAD")) return ask(request);
    const known = answers.get(id) ?? ask(request);
    answers.set(id, known);
    for (const oldest of answers.keys()) {
      if (answers.size <= REMEMBERED) break;
      answers.delete(oldest);
    }
    return known;
  };
}

const READS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses a changing request that another site's page sent. Browsers name the origin on every POST; it must be the host
 * that was addressed or that of PATCHBAY_URL. Without the header only `sec-fetch-site: same-origin` passes.
 */
export function assertSameOrigin(request: Request): void {
  if (READS.has(request.method)) return;
  const origin = request.headers.get("origin");
  const same = origin === null ? request.headers.get("sec-fetch-site") === "same-origin" : isOwnOrigin(origin, request);
  if (!same) throw new AppError("forbidden", "This form was sent from another site.");
}

function isOwnOrigin(origin: string, request: Request): boolean {
  if (!URL.canParse(origin)) return false;
  const from = new URL(origin);
  const own = env().PATCHBAY_URL;
  if (own !== undefined && from.host === new URL(own).host) return from.protocol === new URL(own).protocol;
  return from.host === (request.headers.get("host") ?? new URL(request.url).host);
}

/** The address under which this instance is reached, without a path: PATCHBAY_URL, else as this request addressed it. */
export const ownUrl = (request: Request): string => new URL(env().PATCHBAY_URL ?? request.url).origin;
