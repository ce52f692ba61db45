import { data, redirect } from "@remix-run/node";
import type { Flash } from "#app/components/ui/flash-note.tsx";
import { AppError, type AppErrorKind, statusOf } from "#app/services/errors.ts";
import { writeFlash } from "./flash.server.ts";

/** What a refused form gives back to its page: sentences by field, and one for the whole. */
export interface Refusal {
  message: string;
  fields: Readonly<Record<string, string>>;
}

/**
 * Runs a loader's work. A service's refusal leaves as a thrown Response with the refusal's status and sentence, which
 * the error page shows.
 */
export async function orRefuse<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asPageError(error);
  }
}

/**
 * Runs an action's work. Refusals that the person can mend in the form (invalid, conflict, rate-limited, unavailable) are
 * returned as `Refusal`; the others are thrown as Responses, as `orRefuse` does.
 */
export async function orExplain<T>(work: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && MENDABLE.has(error.kind)) {
      return { message: error.message, fields: error.info.fields ?? {} };
    }
    throw asPageError(error);
  }
}

const MENDABLE: ReadonlySet<AppErrorKind> = new Set(["invalid", "conflict", "rate-limited", "unavailable"]);

/** A refusal as the Response to throw from a loader or action; anything else comes back unchanged. */
export function asPageError(error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  return new Response(error.message, { status: statusOf[error.kind], headers: retryHeader(error) });
}

export function retryHeader(error: AppError): Record<string, string> {
  return error.info.retryAfter === undefined ? {} : { "retry-after": String(Math.ceil(error.info.retryAfter)) };
}

/**
 * RFC 9457: the refusal as `application/problem+json`. `code` is for programs, `detail` is the sentence, `next` what to do
 * about it, `errors` lists the fields. Errors that are no refusal must not come here; the caller logs them and answers 500.
 */
export function asProblem(error: AppError): Response {
  const status = statusOf[error.kind];
  const fields = Object.entries(error.info.fields ?? {}).map(([field, detail]) => ({ field, detail }));
  return problem(status, TITLES[error.kind], error.message, {
    ...(fields.length > 0 ? { errors: fields } : {}),
    ...(error.info.next === undefined ? {} : { next: error.info.next }),
    headers: retryHeader(error),
  });
}

const TITLES: Readonly<Record<AppErrorKind, string>> = {
  "not-found": "Not found",
  forbidden: "Not allowed",
  invalid: "Invalid request",
  conflict: "Conflict",
  "rate-limited": "Too many requests",
  unavailable: "Not available now",
};

/** For each status that the API answers with: the word for programs, and the step that usually mends it. */
const GUIDANCE: Readonly<Record<number, { code: string; next: string }>> = {
  400: { code: "invalid", next: "Mend what `errors` or `detail` names and send it again." },
  401: { code: "unauthenticated", next: "Make a key under Settings, API keys, and send it as a bearer token." },
  403: { code: "forbidden", next: "Use a key that has this scope." },
  404: { code: "not_found", next: "Check the address and the id; ids of other employers count as unknown." },
  405: { code: "method_not_allowed", next: "Use one of the methods in the `Allow` header." },
  409: { code: "conflict", next: "Read the present state, then decide again." },
  410: { code: "gone", next: "Nothing; it has ended." },
  413: { code: "too_large", next: "Send less at once." },
  415: { code: "not_json", next: "Send JSON with the content type application/json." },
  422: { code: "idempotency_mismatch", next: "Use a new Idempotency-Key for another request." },
  429: { code: "rate_limited", next: "Wait the seconds of `Retry-After`, then send it again." },
  500: { code: "internal", next: "Send it again; if it stays, tell us the reference." },
  503: { code: "unavailable", next: "Send it again a little later." },
};

interface ProblemOptions {
  errors?: readonly { field: string; detail: string }[];
  next?: string;
  headers?: Record<string, string>;
}

/** One problem+json answer. */
export function problem(status: number, title: string, detail: string, options: ProblemOptions = {}): Response {
  const { code = "refused", next = "Read `detail`." } = GUIDANCE[status] ?? {};
  const body = {
    ...{ type: "about:blank", title, status, code, detail, next: options.next ?? next },
    ...(options.errors ? { errors: options.errors } : {}),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...options.headers, "content-type": "application/problem+json", "cache-control": "no-store" },
  });
}

/** Leads to a page with one sentence on its top: what was done, or a whole `Flash` with tone and undo. */
export async function redirectWithMessage(
  url: string,
  message: string | Flash,
  headers: Headers = new Headers(),
): Promise<Response> {
  const flash: Flash = typeof message === "string" ? { tone: "ok", title: message } : message;
  headers.append("set-cookie", await writeFlash(flash));
  return redirect(url, { headers });
}

/**
 * A refused form as the action's answer: status 400, so that the page stays and says why. With the form, what was typed
 * comes back too, except for secrets.
 */
export const refused = (refusal: Refusal, form?: FormData) =>
  data({ ...refusal, values: form ? typedValues(form) : {} }, { status: 400 });

function typedValues(form: FormData): Record<string, string> {
  const typed = [...form].filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(typed.filter(([name]) => !/password|secret|token|code|key/i.test(name)));
}

/** Whether `orExplain` came back with a refusal. */
export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === "object" && value !== null && "message" in value && "fields" in value;

/** Cookies as the headers of an answer. */
export function withCookies(cookies: readonly string[]): Headers {
  const headers = new Headers();
  for (const cookie of cookies) headers.append("set-cookie", cookie);
  return headers;
}

/** Leads to a page and sets cookies on the way. */
export const redirectWithCookies = (url: string, cookies: readonly string[]): Response =>
  redirect(url, { headers: withCookies(cookies) });
