import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { handleControl, notFoundPage } from "./control.ts";
import { type Call, json, Refusal, type Reply } from "./framework.ts";
import { createMailbox } from "./mail.ts";
import type { MountedVendor, Surroundings } from "./mount.ts";
import { loopbackFetch } from "./outside.ts";
import { createReceivers } from "./receiver.ts";
import type { OwnCall } from "./special.ts";
import { createStore, readStore } from "./store.ts";
import { mountAll } from "./vendors.ts";

export type SandboxOptions = {
  /** 0 takes a free one. */
  port?: number;
  /** Where browsers reach the sandbox, when that is not the address it listens on. */
  publicOrigin?: string;
  portalOrigin?: string;
  /** Left out: nothing is kept over a restart. */
  stateFile?: string;
  clock?: () => Date;
};

const BODY_LIMIT = 64 * 1024 * 1024;

const readBody = async (request: IncomingMessage): Promise<Buffer | null> => {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    const bytes = Buffer.isBuffer(part) ? part : Buffer.from(String(part));
    size += bytes.length;
    if (size > BODY_LIMIT) return null;
    parts.push(bytes);
  }
  return Buffer.concat(parts);
};

const write = (response: ServerResponse, reply: Reply) => {
  if (reply.hangUp) {
    response.socket?.resetAndDestroy();
    return;
  }
  const headers = Object.entries(reply.headers ?? {});
  for (const [name, value] of headers) response.setHeader(name, typeof value === "string" ? value : [...value]);
  response.writeHead(reply.status);
  response.end(response.req.method === "HEAD" ? undefined : (reply.body ?? ""));
};

const decode = (part: string) => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

/** Finds the vendor and the vendor's own path, by `/<vendor>/<host>/<path>` or by `x-forwarded-host`. */
const route = (vendors: readonly MountedVendor[], origin: string, url: URL, request: IncomingMessage, body: Buffer) => {
  const build = (host: string, path: string, base: string): Call => ({
    method: request.method ?? "GET",
    host,
    path,
    query: url.searchParams,
    headers: request.headers,
    body,
    params: {},
    link: (pathAndQuery) => base + pathAndQuery,
  });
  const forwarded = request.headers["x-forwarded-host"];
  if (typeof forwarded === "string") {
    const call = build(forwarded, url.pathname, `https://${forwarded}`);
    const serving = vendors.filter((vendor) => vendor.serves(forwarded));
    const vendor = serving.find((candidate) => candidate.knows(call)) ?? serving[0];
    if (vendor) return { vendor, call };
  }
  const [, id, host, ...rest] = url.pathname.split("/");
  const vendor = vendors.find((candidate) => candidate.id === id);
  if (!vendor || host === undefined || !vendor.serves(host)) return null;
  return { vendor, call: build(host, `/${rest.join("/")}`, `${origin}/${vendor.id}/${host}`) };
};

/** A form on a foreign page must not steer the sandbox: browsers name their origin on such requests. */
const isForeign = (request: IncomingMessage, allowed: readonly (string | null)[]) => {
  const from = request.headers.origin;
  return (
    from !== undefined &&
    request.method !== "GET" &&
    from !== `http://${request.headers.host}` &&
    !allowed.includes(from)
  );
};

/** Starts the simulated vendors on one port and resolves once they answer. */
export const createSandbox = async (options: SandboxOptions = {}) => {
  const closing = new AbortController();
  const portalOrigin = options.portalOrigin ?? null;
  const now = options.clock ?? (() => new Date());
  let origin = options.publicOrigin ?? "";
  const around: Surroundings = {
    origin: () => origin,
    portalOrigin,
    now,
    closing: closing.signal,
    fetch: loopbackFetch(portalOrigin, closing.signal),
    changed: () => store.changed(),
  };
  const vendors = mountAll(around);
  const mailbox = createMailbox(now, around.changed);
  const receivers = createReceivers(now, around.changed);
  const store = createStore(options.stateFile ?? null, () => ({
    vendors: Object.fromEntries(vendors.map((vendor) => [vendor.id, vendor.state()])),
    mail: mailbox.snapshot(),
    receivers: receivers.snapshot(),
  }));
  const stored = options.stateFile === undefined ? null : readStore(options.stateFile);
  if (stored) {
    for (const vendor of vendors) if (vendor.id in stored.vendors) vendor.restore(stored.vendors[vendor.id]);
    mailbox.restore(stored.mail);
    receivers.restore(stored.receivers);
  }

  const own = (first: string, call: OwnCall): Reply | Promise<Reply> => {
    if (first === "_control") return handleControl(vendors, call);
    if (first === "_mail") return mailbox.handle(call);
    if (first === "_receiver") return receivers.handle(call);
    return notFoundPage();
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<Reply> => {
    const body = await readBody(request);
    if (body === null) return json(413, { error: "payload_too_large" }, { connection: "close" });
    const url = new URL(`http://sandbox${request.url ?? "/"}`);
    const [, first = "", ...parts] = url.pathname.split("/");
    if (first === "" && request.headers["x-forwarded-host"] === undefined)
      return { status: 302, headers: { location: "/_control" } };
    if (first.startsWith("_") && request.headers["x-forwarded-host"] === undefined) {
      if (isForeign(request, [origin, portalOrigin]))
        return json(403, { error: "The request comes from another site" });
      const call = {
        method: request.method ?? "GET",
        parts: parts.filter(Boolean).map(decode),
        query: url.searchParams,
      };
      return own(first, { ...call, headers: request.headers, body });
    }
    const found = route(vendors, origin, url, request, body);
    if (!found) return notFoundPage();
    const gone = new Promise<void>((resolve) => {
      response.once("close", () => resolve());
      closing.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    return found.vendor.handle(found.call, gone);
  };

  const server = createServer((request, response) => {
    answer(request, response)
      .catch((error: unknown) => {
        if (error instanceof Refusal || error instanceof SyntaxError) return json(422, { error: error.message });
        return json(500, { error: "sandbox_failed", message: error instanceof Error ? error.stack : String(error) });
      })
      .then((reply) => write(response, reply))
      // The caller may be gone by now; there is nobody left to tell.
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const listening = `http://127.0.0.1:${port}`;
  origin = origin || listening;

  return {
    origin: listening,
    port,
    /** Direct access for tests in the same process. */
    vendor(id: string): MountedVendor {
      const found = vendors.find((candidate) => candidate.id === id);
      if (!found) throw new Error(`There is no simulated vendor ${id}`);
      return found;
    },
    async close() {
      closing.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      store.flush();
    },
  };
};
export type Sandbox = Awaited<ReturnType<typeof createSandbox>>;
