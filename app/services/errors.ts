export type AppErrorKind = "not-found" | "forbidden" | "invalid" | "conflict" | "rate-limited" | "unavailable";

export interface AppErrorInfo {
  /** Messages by form field. */
  fields?: Readonly<Record<string, string>>;
  /** Seconds until it is worth trying again. */
  retryAfter?: number;
  /** What a program's author does about it, where the kind alone does not say it. */
  next?: string;
}

/** What a service refuses. `message` is a plain sentence for the reader; another employer's id is always not-found. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly kind: AppErrorKind;
  readonly info: AppErrorInfo;

  constructor(kind: AppErrorKind, message: string, info: AppErrorInfo = {}) {
    super(message);
    this.kind = kind;
    this.info = info;
  }
}

/** The status a refusal has on the wire, for pages and API alike. */
export const statusOf: Readonly<Record<AppErrorKind, number>> = {
  "not-found": 404,
  forbidden: 403,
  invalid: 400,
  conflict: 409,
  "rate-limited": 429,
  unavailable: 503,
};
