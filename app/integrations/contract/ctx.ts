import type { z } from "zod";

/**
 * All that an adapter may touch. No database, environment, tokens, timers, retries or global fetch.
 * `config` holds the non-secret fields and the setup choices; secrets never reach an adapter.
 */
export interface Ctx<C = any> {
  readonly connectionId: string;
  readonly config: C;
  /** Non-secret values kept from the token answer (`keep` in the manifest), e.g. an API host. */
  readonly grant: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly http: Http;
  readonly now: () => Date;
  /** Stable over the retries of one job. */
  readonly idempotencyKey: string;
}

/** Authenticated, paced, retried, host-allow-listed, egress-guarded, redacted and metered. */
export interface Http {
  /** One answer parsed by `schema`; a miss is kind contract and names the path. */
  json<S extends z.ZodType>(request: HttpRequest, schema: S): Promise<z.output<S>>;
  /** The same plus where the next page is; null on the last. Pass `next` back as `request.cursor`. */
  page<S extends z.ZodType>(
    request: HttpRequest,
    schema: S,
    how: Pagination,
  ): Promise<{ body: z.output<S>; next: string | null; headers: Headers }>;
  /** The raw answer of any status ≥ 200 and < 300; others are classified and thrown. */
  send(request: HttpRequest): Promise<HttpAnswer>;
}

export interface HttpAnswer {
  status: number;
  headers: Headers;
  text: string;
}

export interface HttpRequest {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "REPORT" | "PROPFIND" | "OPTIONS";
  /** Absolute, on the vendor's production host. */
  url: string;
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  headers?: Readonly<Record<string, string>>;
  /** JSON unless `form` or `text` is set. */
  body?: unknown;
  form?: Readonly<Record<string, string>>;
  text?: { type: string; value: string };
  cursor?: string | null;
  /** The body and its answer travel in the adapter's envelope. */
  sealed?: true;
  /** Whether a lost answer may be repeated; default true for GET, PUT, DELETE, PROPFIND, REPORT, OPTIONS, false otherwise. */
  idempotent?: boolean;
  /** Statuses beyond 2xx that are an answer and not an error. */
  accept?: readonly number[];
  /** Where the answer's own error fields sit when the status says 200. */
  okPath?: { path: string; errorPath: string };
}

export type Pagination =
  | { by: "link-header" }
  | { by: "next-url"; at: string }
  | { by: "cursor"; at: string; param: string }
  | { by: "page"; param: string; size: number; sizeParam?: string; itemsAt?: string }
  | { by: "offset"; param: string; size: number; sizeParam?: string; itemsAt?: string };
