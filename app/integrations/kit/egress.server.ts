import type { buildConnector } from "undici";
import { Agent, type Dispatcher, setGlobalDispatcher } from "undici";
import { type ConnectOptions, guardedConnector } from "./egress-connect.server.ts";
import { EgressError } from "./egress-error.server.ts";
import { exchange } from "./egress-exchange.server.ts";
import type { Trace } from "./egress-trace.server.ts";

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
  return {
    dispatcher,
    connect,
    async request(url, request = {}) {
      request.signal?.throwIfAborted();
      return exchange(dispatcher, webAddress(url), request);
    },
    close: () => dispatcher.destroy(),
    retire: () => dispatcher.close(),
  };
}

/** Nothing but http and https is ever called: undici would take a blob for the origin inside it. */
function webAddress(url: string | URL): URL {
  if (!URL.canParse(url)) throw new EgressError("blocked", "This is no web address, so it is not called.");
  const target = new URL(url);
  if (target.protocol === "https:" || target.protocol === "http:") return target;
  throw new EgressError("blocked", `An address that begins with ${target.protocol} is not called.`);
}

/** Makes the guarded agent the process-wide one, so that no library can go round it. */
export function installGlobalDispatcher(egress: Egress): void {
  setGlobalDispatcher(egress.dispatcher);
}

const MOST_HEADER_BYTES = 16 * 1024;
