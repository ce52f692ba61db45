import { lookup } from "node:dns/promises";
import { isIP, type Socket } from "node:net";
import { buildConnector } from "undici";
import { isGlobalUnicast, sameAddress } from "./address.server.ts";
import { codeOf, EgressError, toEgressError } from "./egress-error.server.ts";
import { currentWatch, type Stopwatch } from "./egress-trace.server.ts";

export type Resolver = (hostname: string) => Promise<readonly string[]>;

export interface ConnectOptions {
  /** `host:port` pairs that may be private, such as the sandbox on loopback. Nothing else may. */
  allow?: readonly string[];
  resolver?: Resolver;
  /** The connector below the guard; it only ever sees vetted IP addresses. */
  connect?: buildConnector.connector;
  /** Milliseconds for everything until a socket can be written to: name, TCP over all addresses, TLS. */
  connectTimeoutMs?: number;
  /** Shown to servers that ask who we are (mTLS), both PEM. */
  identity?: { cert: string; key: string };
}

/** Of a name with many addresses, so many are tried. */
const ADDRESSES = 4;
const CONNECT_MS = 10_000;

const systemResolver: Resolver = async (hostname) =>
  (await lookup(hostname, { all: true, verbatim: true })).map((answer) => answer.address);

/**
 * The connector that resolves the name itself, once per socket, refuses it when any answer is not global unicast, connects
 * to the vetted address and looks at where the socket really went before a byte is sent.
 */
export function guardedConnector(options: ConnectOptions): buildConnector.connector {
  const allow = new Set((options.allow ?? []).map((entry) => entry.toLowerCase()));
  const resolve = options.resolver ?? systemResolver;
  const limit = options.connectTimeoutMs ?? CONNECT_MS;
  const base =
    options.connect ??
    buildConnector({ ...{ allowH2: false, timeout: limit, maxCachedSessions: 100 }, ...options.identity });

  return (target, callback) => {
    if (target.socketPath) {
      callback(new EgressError("blocked", "Unix sockets are not reachable from here."), null);
      return;
    }
    const watch = currentWatch();
    const hostname = target.hostname.replace(/^\[|\]$/g, "").toLowerCase();
    const port = target.port || (target.protocol === "https:" ? "443" : "80");
    const allowed = allow.has(`${hostname}:${port}`);
    const end = new AbortController();
    const late = setTimeout(() => end.abort(tooLate(watch, hostname, limit)), limit);
    open({ target, hostname, allowed, resolve, base, watch, end: end.signal })
      .finally(() => clearTimeout(late))
      .then(
        (socket) => callback(null, socket),
        (error: unknown) => callback(toEgressError(error, hostname), null),
      );
  };
}

interface Opening {
  target: buildConnector.Options;
  hostname: string;
  allowed: boolean;
  resolve: Resolver;
  base: buildConnector.connector;
  watch: Stopwatch;
  end: AbortSignal;
}

async function open(opening: Opening): Promise<Socket> {
  const { hostname, allowed, resolve, watch, end } = opening;
  if (isIP(hostname) === 0) watch.enter("dns");
  const addresses = await beforeEnd(vet(hostname, allowed, resolve), end);
  let failure: EgressError | undefined;
  for (const address of addresses.slice(0, ADDRESSES)) {
    watch.enter("connect");
    watch.remoteAddress = address;
    try {
      const socket = await dial(opening, address);
      watch.stop();
      return socket;
    } catch (error) {
      failure = toEgressError(error, hostname);
      if (failure.phase !== "connect" || end.aborted) break;
    }
  }
  throw failure ?? new EgressError("dns", `The name ${hostname} has no address.`, { code: "ENOTFOUND" });
}

/** TCP to the vetted address, a look at where it went, and only then TLS under the name. */
async function dial({ target, hostname, allowed, base, watch, end }: Opening, address: string): Promise<Socket> {
  const { servername: _servername, ...plain } = target;
  const named = isIP(hostname) === 0 && target.protocol === "https:" ? { servername: hostname } : {};
  const to = { ...plain, ...named, hostname: address, host: address };
  const socket = await beforeEnd(connected(base, { ...to, protocol: "http:", port: portOf(target) }), end);
  const refusal = wentElsewhere(socket, address, allowed);
  if (refusal) {
    socket.destroy();
    throw refusal;
  }
  if (target.protocol !== "https:") return socket;
  watch.enter("tls");
  try {
    return await beforeEnd(connected(base, { ...to, port: portOf(target), httpSocket: socket }), end);
  } catch (error) {
    socket.destroy();
    throw inTls(error, hostname);
  }
}

const portOf = (target: buildConnector.Options): string => target.port || (target.protocol === "https:" ? "443" : "80");

const connected = (base: buildConnector.connector, options: buildConnector.Options): Promise<Socket> =>
  new Promise((resolve, reject) =>
    base(options, (...[error, socket]) => {
      if (error) reject(error);
      else resolve(socket);
    }),
  );

/** What comes after the end is thrown away: a socket that opens then is closed. */
function beforeEnd<T>(promise: Promise<T>, end: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onEnd = () => reject(end.reason);
    if (end.aborted) onEnd();
    end.addEventListener("abort", onEnd, { once: true });
    promise
      .then((value) => {
        if (end.aborted && value !== null && typeof value === "object" && "destroy" in value) destroy(value);
        resolve(value);
      }, reject)
      .finally(() => end.removeEventListener("abort", onEnd));
  });
}

const destroy = (value: { destroy: unknown }) => {
  if (typeof value.destroy === "function") value.destroy();
};

function tooLate(watch: Stopwatch, hostname: string, limit: number): EgressError {
  const within = `within ${limit / 1000} s`;
  const code = "UND_ERR_CONNECT_TIMEOUT";
  if (watch.at === "dns") return new EgressError("dns", `The name ${hostname} was not resolved ${within}.`, { code });
  if (watch.at === "connect")
    return new EgressError("connect", `${hostname} did not accept the connection ${within}.`, { code });
  return new EgressError("timeout", `${hostname} did not finish the encrypted greeting ${within}.`, { code });
}

/** A connection that ends or stands still during the greeting was accepted: it is no failure to connect. */
function inTls(error: unknown, hostname: string): EgressError {
  if (error instanceof EgressError) return error;
  const code = codeOf(error);
  if (code === "UND_ERR_CONNECT_TIMEOUT")
    return new EgressError("timeout", `${hostname} did not finish the encrypted greeting in time.`, {
      code,
      cause: error,
    });
  if (code === "ECONNRESET" || code === undefined)
    return new EgressError("reset", `${hostname} closed the connection during the encrypted greeting.`, {
      code,
      cause: error,
    });
  return toEgressError(error, hostname);
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
