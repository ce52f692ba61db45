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
 * RFC 9457: the refusal as `application/problem+json`. `errors` lists the fields, `detail` is the sentence. Errors that
 * are no refusal must not come here; the caller logs them and answers 500.
 */
export function asProblem(error: AppError): Response {
  const status = statusOf[error.kind];
  const fields = Object.entries(error.info.fields ?? {}).map(([field, detail]) => ({ field, detail }));
  return problem(status, TITLES[error.kind], error.message, {
    ...(fields.length > 0 ? { errors: fields } : {}),
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

interface ProblemOptions {
  errors?: readonly { field: string; detail: string }[];
  headers?: Record<string, string>;
}

/** One problem+json answer. */
export function problem(status: number, title: string, detail: string, options: ProblemOptions = {}): Response {
  const body = { type: "about:blank", title, status, detail, ...(options.errors ? { errors: options.errors } : {}) };
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
