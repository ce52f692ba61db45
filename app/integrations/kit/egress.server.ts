import type { buildConnector } from "undici";
import { Agent, type Dispatcher, request as send, setGlobalDispatcher } from "undici";
import { type ConnectOptions, guardedConnector } from "./egress-connect.server.ts";
import { EgressError, toEgressError } from "./egress-error.server.ts";
import { Stopwatch, type Trace, timed, watchRequests } from "./egress-trace.server.ts";

export { EgressError, type EgressPhase, kindOfPhase } from "./egress-error.server.ts";
export type { Trace } from "./egress-trace.server.ts";

export interface EgressOptions extends ConnectOptions {
  /** Sockets per origin. */
  connections?: number;
  /** Milliseconds that a socket is kept with nothing under way, whatever the server offers. */
  idleMs?: number;
}

export interface EgressRequest {
  method?: Dispatcher.HttpMethod | (string & {});
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array | null;
  signal?: AbortSignal;
  /** One deadline over name, connect, headers and body, milliseconds. */
  timeoutMs?: number;
  /** Bytes of body kept. */
  maxBytes?: number;
  /** What a longer body means: a failure, or the first bytes and the end of the socket. */
  overflow?: "fail" | "truncate";
}

export interface EgressAnswer {
  status: number;
  headers: Headers;
  /** As sent: content-encoding is not undone. */
  body: Uint8Array;
  truncated: boolean;
  trace: Trace;
}

export interface Egress {
  dispatcher: Dispatcher;
  /** The guard alone, as undici calls it. */
  connect: buildConnector.connector;
  /** One request, redirects never followed. Throws EgressError with its trace, or the caller's own abort reason. */
  request(url: string | URL, request?: EgressRequest): Promise<EgressAnswer>;
  close(): Promise<void>;
  /** Lets what is under way end, then closes its sockets. */
  retire(): Promise<void>;
}

/**
 * The only way out of the house: an undici agent over the guarded connector. Headers above 16 KiB and more than a few
 * interim answers end a call, and so does its deadline, whatever it is busy with.
 */
export function createEgress(options: EgressOptions = {}): Egress {
  const connect = guardedConnector(options);
  const dispatcher = new Agent({
    ...{ allowH2: false, connect, connections: options.connections ?? 16, pipelining: 1 },
    maxHeaderSize: MOST_HEADER_BYTES,
    ...(options.idleMs === undefined ? {} : { keepAliveTimeout: options.idleMs, keepAliveMaxTimeout: options.idleMs }),
  });
  const timedDispatcher = dispatcher.compose(watchRequests);
  return {
    dispatcher,
    connect,
    request: (url, request = {}) => exchange(timedDispatcher, url, request),
    close: () => dispatcher.destroy(),
    retire: () => dispatcher.close(),
  };
}

/** Makes the guarded agent the process-wide one, so that no library can go round it. */
export function installGlobalDispatcher(egress: Egress): void {
  setGlobalDispatcher(egress.dispatcher);
}

const MOST_HEADER_BYTES = 16 * 1024;
/** Interim answers (1xx) that are taken before the real one. */
const MOST_INTERIM = 8;

async function exchange(dispatcher: Dispatcher, url: string | URL, request: EgressRequest): Promise<EgressAnswer> {
  const { timeoutMs = 30_000, maxBytes = 10 * 1024 * 1024, overflow = "fail", signal } = request;
  const target = new URL(url);
  signal?.throwIfAborted();
  const abort = new AbortController();
  const watch = new Stopwatch();
  let status: number | undefined;
  const timer = setTimeout(() => abort.abort(tooLate(target.hostname, watch, status, timeoutMs)), timeoutMs);
  const onAbort = () => abort.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const sending = timed(watch, () =>
      send(target, {
        dispatcher,
        method: (request.method ?? "GET") as Dispatcher.HttpMethod,
        headers: { ...request.headers },
        body: request.body ?? null,
        signal: abort.signal,
        headersTimeout: 0,
        bodyTimeout: 0,
        onInfo: interimAtMost(abort, target.hostname),
      }),
    );
    const answer = await orAborted(sending, abort.signal);
    status = answer.statusCode;
    watch.enter("body");
    const { body, truncated } = await read(answer.body, maxBytes, overflow, target.hostname);
    return { status, headers: toHeaders(answer.headers), body, truncated, trace: watch.trace() };
  } catch (error) {
    const thrown = abort.signal.aborted ? abort.signal.reason : error;
    if (abort.signal.aborted && !(thrown instanceof EgressError)) throw thrown;
    throw withTrace(brokenOff(thrown, target.hostname, status), watch.trace());
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** undici does not listen to the signal while it connects: the deadline is waited for beside it. */
function orAborted(sending: Promise<Dispatcher.ResponseData>, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    sending.then((answer) => {
      signal.removeEventListener("abort", onAbort);
      if (signal.aborted) answer.body.destroy();
      resolve(answer);
    }, reject);
  });
}

function interimAtMost(abort: AbortController, hostname: string): () => void {
  let count = 0;
  return () => {
    count += 1;
    if (count > MOST_INTERIM)
      abort.abort(new EgressError("too-large", `${hostname} sent interim answers (1xx) without end.`));
  };
}

function tooLate(hostname: string, watch: Stopwatch, status: number | undefined, timeoutMs: number): EgressError {
  const within = `within ${timeoutMs / 1000} s`;
  const sentence = {
    dns: `The name ${hostname} was not resolved ${within}.`,
    connect: `${hostname} did not accept the connection ${within}.`,
    tls: `${hostname} did not finish the encrypted greeting ${within}.`,
    ttfb: `${hostname} did not answer ${within}.`,
    body: `${hostname} answered ${status} and did not end its answer ${within}.`,
  }[watch.at];
  return new EgressError("timeout", sentence);
}

/** Once the headers were there, a broken connection is told as what it is. */
function brokenOff(error: unknown, hostname: string, status: number | undefined): EgressError {
  const failure = toEgressError(error, hostname);
  if (status === undefined || failure.phase !== "reset") return failure;
  return new EgressError("reset", `${hostname} answered ${status} and broke off in the middle of its answer.`, {
    ...{ code: failure.code, cause: failure.cause },
  });
}

const withTrace = ({ phase, message, code, cause }: EgressError, trace: Trace): EgressError =>
  new EgressError(phase, message, { code, cause, trace });

async function read(
  body: Dispatcher.ResponseData["body"],
  maxBytes: number,
  overflow: "fail" | "truncate",
  hostname: string,
): Promise<{ body: Uint8Array; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk);
    const room = maxBytes - size;
    if (bytes.length > room) {
      // Leaving the loop destroys the body and with it the socket.
      if (overflow === "fail")
        throw new EgressError("too-large", `${hostname} answered with more than ${maxBytes} bytes.`);
      chunks.push(bytes.subarray(0, room));
      return { body: Buffer.concat(chunks), truncated: true };
    }
    chunks.push(bytes);
    size += bytes.length;
  }
  return { body: Buffer.concat(chunks), truncated: false };
}

function toHeaders(raw: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw))
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) headers.append(name, one);
  return headers;
}
