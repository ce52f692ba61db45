import { z } from "zod";
import { newWebhookSecret, signStandard } from "#app/integrations/kit/standard-webhooks.server.ts";
import { type Api, CallFailed, causeOf } from "./webhooks-client.ts";

/* What `npm run webhooks` does. Each step is one line: an object for machines with words for people beside it. */

export interface Line {
  /** For people. */
  words: string;
  /** For machines. */
  json: Record<string, unknown>;
}

const event = z.object({
  id: z.string(),
  type: z.string(),
  test: z.boolean(),
  createdAt: z.string(),
  body: z.string(),
});
type Event = z.output<typeof event>;
const page = z.object({ data: z.array(event), nextCursor: z.string(), more: z.boolean() });

const WAIT_SECONDS = 20;
const FORWARD_MS = 15_000;
const PAUSES_MS = [1_000, 2_000, 5_000, 15_000, 30_000];

export interface ListenOptions {
  api: Api;
  signal: AbortSignal;
  forwardTo?: string | undefined;
  secret?: string | undefined;
  types?: string | undefined;
  /** "latest", a cursor, or "oldest" for everything that is kept. */
  after?: string | undefined;
  /** Ends after this many events. */
  limit?: number | undefined;
}

/**
 * Reads events as they happen by asking for them, which works behind every router, and posts each to `forwardTo` with the
 * headers and bytes of a delivery, signed with a secret of this session. What breaks for a moment is tried again.
 */
export async function* listen(options: ListenOptions): AsyncGenerator<Line> {
  const { api, signal, forwardTo, types, limit = Number.POSITIVE_INFINITY } = options;
  const secret = options.secret ?? newWebhookSecret();
  const read = (after: string | undefined, wait: number) => {
    const query = new URLSearchParams({ tests: "include", wait: String(wait), limit: "100" });
    if (after !== undefined) query.set("after", after);
    if (types !== undefined) query.set("types", types);
    return api.call("GET", `/api/v1/webhooks/events?${query}`, page);
  };
  const from = options.after ?? "latest";
  let cursor = from === "latest" ? (await read("latest", 0)).nextCursor : from === "oldest" ? undefined : from;
  yield {
    words: forwardTo
      ? `Listening. Events go to ${forwardTo}, signed with ${secret}. Ctrl-C ends it.`
      : "Listening. Ctrl-C ends it.",
    json: { type: "ready", after: cursor ?? null, ...(forwardTo ? { forwardTo, secret } : {}) },
  };
  let failures = 0;
  let seen = 0;
  while (!signal.aborted) {
    try {
      const { data, nextCursor } = await read(cursor, WAIT_SECONDS);
      failures = 0;
      for (const one of data) {
        yield arrived(one);
        if (forwardTo !== undefined) yield await forward(one, { to: forwardTo, secret, signal });
        seen += 1;
        if (seen >= limit) return;
      }
      cursor = nextCursor;
    } catch (error) {
      if (!(error instanceof CallFailed && error.passing)) throw error;
      const pause = PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)] ?? 1_000;
      failures += 1;
      yield {
        words: `${error.message} Trying again in ${pause / 1000} s; nothing is skipped.`,
        json: { type: "waiting", reason: error.message, seconds: pause / 1000 },
      };
      await sleep(pause, signal);
    }
  }
}

const sleep = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });

const arrived = (one: Event): Line => ({
  words: `${one.createdAt}  ${one.type}${one.test ? " (test)" : ""}  ${one.id}`,
  json: { type: "event", id: one.id, event: one.type, test: one.test, createdAt: one.createdAt, body: one.body },
});

/** Posts one event as a delivery would be posted. The answer, or why there was none, is the line. */
async function forward(one: Event, { to, secret, signal }: { to: string; secret: string; signal: AbortSignal }) {
  const started = performance.now();
  const ms = () => Math.round(performance.now() - started);
  try {
    const answer = await fetch(to, {
      method: "POST",
      redirect: "manual",
      headers: {
        "content-type": "application/json",
        "user-agent": "Patchbay-Webhooks/1",
        "x-webhook-event": one.type,
        ...signStandard({ id: one.id, at: new Date(), body: Buffer.from(one.body, "utf8"), secrets: [secret] }),
      },
      body: one.body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(FORWARD_MS)]),
    });
    await answer.body?.cancel();
    return {
      words: `  -> ${answer.status} from ${to} in ${ms()} ms`,
      json: { type: "forwarded", id: one.id, status: answer.status, milliseconds: ms() },
    };
  } catch (error) {
    signal.throwIfAborted();
    const reason = causeOf(error);
    return { words: `  -> ${to} does not answer: ${reason}`, json: { type: "not-forwarded", id: one.id, reason } };
  }
}

/** Sends the sample of one type, as a test: to those who listen, or to one endpoint. */
export async function* trigger(api: Api, type: string, endpointId: string | undefined): AsyncGenerator<Line> {
  const answer = z.object({ eventId: z.string(), deliveryId: z.string().nullable() });
  const body = { type, ...(endpointId === undefined ? {} : { endpointId }) };
  const made = await api.call("POST", "/api/v1/webhooks/events/test", answer, body);
  const where = made.deliveryId === null ? "to whoever listens" : `as delivery ${made.deliveryId}`;
  yield { words: `${type} is sent as a test ${where}: event ${made.eventId}.`, json: { type: "triggered", ...made } };
}

interface ReplayOptions {
  endpointId?: string | undefined;
  forwardTo?: string | undefined;
  secret?: string | undefined;
  signal: AbortSignal;
}

/** Sends a delivery or an event again, by its id; with `forwardTo` from here and to that address only. */
export async function* replay(api: Api, id: string, options: ReplayOptions): AsyncGenerator<Line> {
  if (options.forwardTo !== undefined) {
    const one = await api.call("GET", `/api/v1/webhooks/events/${encodeURIComponent(await eventOf(api, id))}`, event);
    const secret = options.secret ?? newWebhookSecret();
    if (options.secret === undefined)
      yield { words: `Signed with ${secret}.`, json: { type: "ready", forwardTo: options.forwardTo, secret } };
    yield await forward(one, { to: options.forwardTo, secret, signal: options.signal });
    return;
  }
  const path = encodeURIComponent(id);
  const done = (deliveryIds: string[]): Line => ({
    words: `Sent again, with the same id and bytes: ${deliveryIds.length === 1 ? "delivery" : "deliveries"} ${deliveryIds.join(", ")}.`,
    json: { type: "replayed", id, deliveryIds },
  });
  if (options.endpointId === undefined) {
    const one = z.object({ deliveryId: z.string() });
    const made = await known(api.call("POST", `/api/v1/webhooks/deliveries/${path}/replay`, one));
    if (made) {
      yield done([made.deliveryId]);
      return;
    }
  }
  const many = z.object({ deliveryIds: z.array(z.string()) });
  const body = options.endpointId === undefined ? {} : { endpointId: options.endpointId };
  const eventId = options.endpointId === undefined ? id : await eventOf(api, id);
  const made = await known(
    api.call("POST", `/api/v1/webhooks/events/${encodeURIComponent(eventId)}/replay`, many, body),
  );
  if (!made) throw new CallFailed("No delivery, event or endpoint has this id. Check it.", 404);
  yield done(made.deliveryIds);
}

/** The event that an id names, be it the event's own or a delivery's. */
async function eventOf(api: Api, id: string): Promise<string> {
  const delivery = z.object({ eventId: z.string() });
  const found = await known(api.call("GET", `/api/v1/webhooks/deliveries/${encodeURIComponent(id)}`, delivery));
  return found?.eventId ?? id;
}

/** The answer, or null when there is no such thing. */
async function known<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof CallFailed && error.status === 404) return null;
    throw error;
  }
}
