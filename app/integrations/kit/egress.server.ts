import { lookup } from "node:dns/promises";
import { isIP, type Socket } from "node:net";
import { Agent, buildConnector, type Dispatcher, request as send, setGlobalDispatcher } from "undici";
import type { ErrorKind } from "../contract/errors.ts";
import { isGlobalUnicast, sameAddress } from "./address.server.ts";

/** Where an outgoing call ended without an answer. The set is closed; delivery attempts show it as it is. */
export type EgressPhase = "dns" | "blocked" | "connect" | "tls" | "timeout" | "reset" | "too-large";

/** The one error of an outgoing call without a usable answer. `code` is the system's own word, e.g. ECONNREFUSED. */
export class EgressError extends Error {
  override readonly name = "EgressError";
  readonly phase: EgressPhase;
  readonly code: string | undefined;

  constructor(phase: EgressPhase, message: string, options: { code?: string | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.phase = phase;
    this.code = options.code;
  }
}

/** What a connection learns from the phase: a refused address is a wrong setting, everything else the network's fault. */
export function kindOfPhase(phase: EgressPhase): ErrorKind {
  if (phase === "blocked") return "config";
  return phase === "too-large" ? "contract" : "network";
}

export type Resolver = (hostname: string) => Promise<readonly string[]>;

export interface EgressOptions {
  /** `host:port` pairs that may be private, such as the sandbox on loopback. Nothing else may. */
  allow?: readonly string[];
  resolver?: Resolver;
  /** The connector below the guard; it only ever sees vetted IP addresses. */
  connect?: buildConnector.connector;
  /** Milliseconds for one TCP and TLS set-up. */
  connectTimeoutMs?: number;
  /** Sockets per origin. */
  connections?: number;
  /** Shown to servers that ask who we are (mTLS), both PEM. */
  identity?: { cert: string; key: string };
}

export interface EgressRequest {
  method?: Dispatcher.HttpMethod | (string & {});
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array | null;
  signal?: AbortSignal;
  /** One deadline over connect, headers and body, milliseconds. */
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
}

export interface Egress {
  dispatcher: Dispatcher;
  /** The guard alone, as undici calls it. */
  connect: buildConnector.connector;
  /** One request, redirects never followed. Throws EgressError, or the caller's own abort reason. */
  request(url: string | URL, request?: EgressRequest): Promise<EgressAnswer>;
  close(): Promise<void>;
}

const systemResolver: Resolver = async (hostname) =>
  (await lookup(hostname, { all: true, verbatim: true })).map((answer) => answer.address);

/**
 * The only way out of the house: an undici agent whose connector resolves the name itself, refuses it when any answer
 * is not global unicast, connects to the vetted address and looks again at where the socket really went.
 */
export function createEgress(options: EgressOptions = {}): Egress {
  const connect = guard(options);
  const dispatcher = new Agent({ allowH2: false, connect, connections: options.connections ?? 16, pipelining: 1 });
  return {
    dispatcher,
    connect,
    request: (url, request = {}) => exchange(dispatcher, url, request),
    close: () => dispatcher.destroy(),
  };
}

/** Makes the guarded agent the process-wide one, so that no library can go round it. */
export function installGlobalDispatcher(egress: Egress): void {
  setGlobalDispatcher(egress.dispatcher);
}

function guard(options: EgressOptions): buildConnector.connector {
  const allow = new Set((options.allow ?? []).map((entry) => entry.toLowerCase()));
  const resolve = options.resolver ?? systemResolver;
  const base =
    options.connect ??
    buildConnector({
      ...{ allowH2: false, timeout: options.connectTimeoutMs ?? 10_000, maxCachedSessions: 100 },
      ...options.identity,
    });

  return (target, callback) => {
    const secure = target.protocol === "https:";
    const hostname = target.hostname.replace(/^\[|\]$/g, "").toLowerCase();
    const port = target.port || (secure ? "443" : "80");
    const allowed = allow.has(`${hostname}:${port}`);
    if (target.socketPath) {
      callback(new EgressError("blocked", "Unix sockets are not reachable from here."), null);
      return;
    }
    void vet(hostname, allowed, resolve).then(
      (addresses) => dial(addresses.slice(0, 4)),
      (error: Error) => callback(error, null),
    );

    const dial = ([address, ...rest]: readonly string[]): void => {
      if (address === undefined) return;
      const { servername: _servername, ...plain } = target;
      const servername = isIP(hostname) === 0 ? hostname : undefined;
      base(
        { ...plain, hostname: address, host: address, ...(secure && servername ? { servername } : {}) },
        (error, socket) => {
          if (error) {
            const failure = toEgressError(error, hostname);
            if (rest.length > 0 && failure.phase === "connect") dial(rest);
            else callback(failure, null);
            return;
          }
          const refusal = wentElsewhere(socket, address, allowed);
          if (refusal) {
            socket.destroy();
            callback(refusal, null);
          } else callback(null, socket);
        },
      );
    };
  };
}

async function vet(hostname: string, allowed: boolean, resolve: Resolver): Promise<readonly string[]> {
  const literal = isIP(hostname) !== 0;
  let addresses: readonly string[];
  try {
    addresses = literal ? [hostname] : await resolve(hostname);
  } catch (cause) {
    throw new EgressError("dns", `The name ${hostname} could not be resolved.`, { code: codeOf(cause), cause });
  }
  if (addresses.length === 0)
    throw new EgressError("dns", `The name ${hostname} has no address.`, { code: "ENOTFOUND" });
  if (!allowed && !addresses.every(isGlobalUnicast))
    throw new EgressError("blocked", `${hostname} does not lead to a public address, so it is not called.`);
  return addresses;
}

function wentElsewhere(socket: Socket, vetted: string, allowed: boolean): EgressError | null {
  const remote = socket.remoteAddress;
  if (remote !== undefined && sameAddress(remote, vetted) && (allowed || isGlobalUnicast(remote))) return null;
  return new EgressError("blocked", "The connection ended at another address than the one that was checked.");
}

const tlsCode = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO|HOSTNAME_MISMATCH)/;
const connectCodes = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
]);

function toEgressError(error: unknown, hostname: string): EgressError {
  if (error instanceof EgressError) return error;
  const code = codeOf(error);
  if (code && tlsCode.test(code))
    return new EgressError("tls", `The certificate or encryption of ${hostname} was not acceptable.`, {
      code,
      cause: error,
    });
  if (code && (connectCodes.has(code) || code === "ETIMEDOUT"))
    return new EgressError("connect", `${hostname} did not accept the connection.`, { code, cause: error });
  if (code?.endsWith("_TIMEOUT"))
    return new EgressError("timeout", `${hostname} did not answer in time.`, { code, cause: error });
  return new EgressError("reset", `${hostname} closed the connection before answering.`, { code, cause: error });
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  return "cause" in error ? codeOf(error.cause) : undefined;
}

async function exchange(dispatcher: Dispatcher, url: string | URL, request: EgressRequest): Promise<EgressAnswer> {
  const { timeoutMs = 30_000, maxBytes = 10 * 1024 * 1024, overflow = "fail", signal } = request;
  const target = new URL(url);
  signal?.throwIfAborted();
  const abort = new AbortController();
  const late = () => new EgressError("timeout", `${target.hostname} did not answer within ${timeoutMs / 1000} s.`);
  const timer = setTimeout(() => abort.abort(late()), timeoutMs);
  const onAbort = () => abort.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const answer = await send(target, {
      dispatcher,
      method: (request.method ?? "GET") as Dispatcher.HttpMethod,
      headers: { ...request.headers },
      body: request.body ?? null,
      signal: abort.signal,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const { body, truncated } = await read(answer.body, maxBytes, overflow, target.hostname);
    return { status: answer.statusCode, headers: toHeaders(answer.headers), body, truncated };
  } catch (error) {
    if (abort.signal.aborted) throw abort.signal.reason;
    throw toEgressError(error, target.hostname);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

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
