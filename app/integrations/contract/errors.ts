/**
 * What can go wrong between Patchbay and a vendor. The set is closed: what a job does, what the connection becomes and
 * what the person sees follow from the kind alone (see `errorPolicy`).
 */
export type ErrorKind =
  | "auth-expired"
  | "auth-revoked"
  | "forbidden"
  | "config"
  | "validation"
  | "not-found"
  | "conflict"
  | "cursor-expired"
  | "rate-limited"
  | "unavailable"
  | "network"
  | "contract"
  | "unsupported";

export interface IntegrationErrorInfo {
  /** The vendor's own code, for the detail line. Never a secret. */
  vendorCode?: string;
  /** The vendor's HTTP status, where there was one. */
  status?: number;
  /** When the vendor allows the next call. */
  retryAfter?: Date;
  /** The config or job field to mend, or the scope that is missing. */
  field?: string;
  /** A sign-in that was lost on the way and not withdrawn: the message is what the person reads. */
  lost?: true;
  cause?: unknown;
}

/** The one error an adapter or the kit throws. `message` is one plain sentence, free of secrets and of personal data. */
export class IntegrationError extends Error {
  override readonly name = "IntegrationError";
  readonly kind: ErrorKind;
  readonly info: IntegrationErrorInfo;

  constructor(kind: ErrorKind, message: string, info: IntegrationErrorInfo = {}) {
    super(message, { cause: info.cause });
    this.kind = kind;
    this.info = info;
  }
}

export interface ErrorPolicy {
  /** `retry`: back off and try again. `park`: wait until `retryAfter`. `refresh`: renew the token once, then retry. `stop`: record and return. */
  job: "retry" | "park" | "refresh" | "reread" | "full-pull" | "stop";
  /** The connection's next state; null leaves it as it is. */
  connection: "needs_reconnect" | "needs_attention" | "degraded" | "we_are_on_it" | "throttled" | null;
}

/** DESIGN §3: the one table from kind to consequence. */
export const errorPolicy: Record<ErrorKind, ErrorPolicy> = {
  "auth-expired": { job: "refresh", connection: null },
  "auth-revoked": { job: "stop", connection: "needs_reconnect" },
  forbidden: { job: "stop", connection: "needs_attention" },
  config: { job: "stop", connection: "needs_attention" },
  validation: { job: "stop", connection: null },
  "not-found": { job: "reread", connection: null },
  conflict: { job: "reread", connection: null },
  "cursor-expired": { job: "full-pull", connection: null },
  "rate-limited": { job: "park", connection: "throttled" },
  unavailable: { job: "retry", connection: "degraded" },
  network: { job: "retry", connection: "degraded" },
  contract: { job: "stop", connection: "we_are_on_it" },
  unsupported: { job: "stop", connection: null },
};
