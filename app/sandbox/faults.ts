import { z } from "zod";
import { type Call, htmlReply, json, type Reply } from "./framework.ts";

/** Faults of the transport: every vendor has them without declaring any. */
export const TRANSPORT_FAULTS = {
  "429": "Too many requests (429)",
  "500": "Server error (500)",
  "502": "Bad gateway (502)",
  "503": "Unavailable (503)",
  slow: "Answer slowly",
  timeout: "Never answer",
  reset: "Reset the connection",
  html: "Answer an HTML page",
  truncated: "Cut the answer in half",
  "missing-field": "Leave a field out of the answer",
  "extra-fields": "Add unknown fields to the answer",
  "drop-response-after-commit": "Do the write, then drop the answer",
  "slow-after-commit": "Do the write, then answer slowly",
} as const;

const blankAsAbsent = (value: unknown) => (value === "" || value === null ? undefined : value);
const optional = <T extends z.ZodType>(schema: T) => z.preprocess(blankAsAbsent, schema.optional());

/**
 * `count` is how many requests it hits (0: until cleared); `match` is a regular expression on "METHOD host/path";
 * `seconds` is the delay of `slow` and `slow-after-commit`, and the wait that a 429 or 503 names. A slow vendor goes on
 * with what it was asked when the caller is gone.
 */
export const faultSchema = z.object({
  kind: z.string(),
  count: z.preprocess(blankAsAbsent, z.coerce.number().int().min(0).default(1)),
  match: optional(
    z.string().refine((source) => {
      try {
        return Boolean(new RegExp(source));
      } catch {
        return false;
      }
    }, "not a regular expression"),
  ),
  account: optional(z.string()),
  retryAfter: z.preprocess(blankAsAbsent, z.enum(["seconds", "date", "none"]).default("seconds")),
  seconds: z.preprocess(blankAsAbsent, z.coerce.number().min(0).default(2)),
  status: optional(z.coerce.number().int().min(200).max(599)),
  field: optional(z.string()),
});
export type Fault = z.infer<typeof faultSchema>;

const AFTER_WRITE = new Set(["drop-response-after-commit", "slow-after-commit"]);
const isRead = (method: string) => method === "GET" || method === "HEAD" || method === "OPTIONS";

/** The faults waiting for requests of one vendor. */
export const createFaults = () => {
  let waiting: Fault[] = [];
  return {
    add: (fault: Fault) => void waiting.push(fault),
    clear: () => {
      waiting = [];
    },
    list: (): readonly Fault[] => waiting,
    /** Takes the first fault that fits the request, using up one of its count. */
    take(call: Pick<Call, "method" | "host" | "path">, account: string | null): Fault | null {
      const where = `${call.method} ${call.host}${call.path}`;
      const found = waiting.find(
        (fault) =>
          (fault.match === undefined || new RegExp(fault.match).test(where)) &&
          (fault.account === undefined || fault.account === account) &&
          !(AFTER_WRITE.has(fault.kind) && isRead(call.method)),
      );
      if (!found) return null;
      if (found.count === 1) waiting = waiting.filter((fault) => fault !== found);
      else if (found.count > 1)
        waiting = waiting.map((fault) => (fault === found ? { ...fault, count: fault.count - 1 } : fault));
      return found;
    },
  };
};

export const retryAfterHeader = (fault: Fault, now: Date): string | null => {
  if (fault.retryAfter === "none") return null;
  // An HTTP date has whole seconds: round up, so that the wait is never shorter than asked for.
  const until = Math.ceil((now.getTime() + fault.seconds * 1000) / 1000) * 1000;
  return fault.retryAfter === "date" ? new Date(until).toUTCString() : String(Math.ceil(fault.seconds));
};

const mapObjects = (value: unknown, change: (object: Record<string, unknown>) => Record<string, unknown>): unknown => {
  if (Array.isArray(value)) return value.map((item) => mapObjects(item, change));
  if (typeof value !== "object" || value === null) return value;
  const mapped = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapObjects(inner, change)]));
  return change(mapped);
};

const changeJson = (reply: Reply, change: (object: Record<string, unknown>) => Record<string, unknown>): Reply => {
  if (typeof reply.body !== "string" || reply.body === "" || reply.status >= 400) return reply;
  try {
    return { ...reply, body: JSON.stringify(mapObjects(JSON.parse(reply.body), change)) };
  } catch {
    return reply;
  }
};

export const genericFailure = (status: number, retryAfter: string | null): Reply =>
  json(
    status,
    { error: status === 429 ? "rate_limited" : "server_error" },
    retryAfter === null ? {} : { "retry-after": retryAfter },
  );

const delay = (fault: Fault, gone: Promise<void>): Promise<unknown> =>
  Promise.race([new Promise((resolve) => setTimeout(resolve, fault.seconds * 1000).unref()), gone]);

/** Answers in place of the vendor; null where the vendor's own answer is needed. `timeout` resolves when the caller is gone. */
export const replyInstead = async (
  fault: Fault,
  context: { now: Date; gone: Promise<void>; failure: (status: number, retryAfter: string | null) => Reply },
): Promise<Reply | null> => {
  switch (fault.kind) {
    case "429":
    case "503":
      return context.failure(Number(fault.kind), retryAfterHeader(fault, context.now));
    case "500":
    case "502":
      return context.failure(Number(fault.kind), null);
    case "html":
      return htmlReply(
        fault.status ?? 200,
        "<!doctype html><title>Down for maintenance</title><h1>We will be right back</h1>",
      );
    case "reset":
      return { status: 0, hangUp: true };
    case "timeout":
      await context.gone;
      return { status: 0, hangUp: true };
    case "slow":
      await delay(fault, context.gone);
      return null;
    default:
      return null;
  }
};

/** Changes the vendor's own answer on its way out, or holds it back. */
export const spoil = async (fault: Fault, reply: Reply, gone: Promise<void>): Promise<Reply> => {
  switch (fault.kind) {
    case "slow-after-commit":
      await delay(fault, gone);
      return reply;
    case "drop-response-after-commit":
      return { ...reply, hangUp: true };
    case "truncated": {
      const bytes = Buffer.from(reply.body ?? "");
      return { ...reply, body: bytes.subarray(0, Math.floor(bytes.length / 2)) };
    }
    case "extra-fields":
      return changeJson(reply, (object) => ({ ...object, sandbox_unknown: { nested: [1, "two", null] } }));
    case "missing-field": {
      const field = fault.field ?? "id";
      return changeJson(reply, (object) => Object.fromEntries(Object.entries(object).filter(([key]) => key !== field)));
    }
    default:
      return reply;
  }
};
