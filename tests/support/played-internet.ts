import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buildConnector } from "undici";
import type { EgressOptions } from "#app/integrations/kit/egress.server.ts";
import { isPublic } from "./special-addresses.ts";

/** One request that arrived out there. */
export interface Arrived {
  host: string;
  method: string;
  path: string;
  body: string;
  headers: IncomingMessage["headers"];
}

type Answering = (request: Arrived, response: ServerResponse) => void;

export interface PlayedInternet {
  /** What an egress is made with: names from the resolver given, and no socket to anything but the server below. */
  options: Required<Pick<EgressOptions, "resolver" | "connect">>;
  /** Every address that was to be connected to, in turn. */
  dialled: string[];
  /** Those of them that are not public. */
  inside(): string[];
  arrived: Arrived[];
  /** What every public address answers from now on, over http and https alike; 404 until then. */
  answer(how: Answering): void;
  /** Forgets what was dialled and what arrived. */
  forget(): void;
  close(): Promise<void>;
}

/**
 * The internet, played on loopback: whatever public address is dialled leads to one server, which the sockets take for
 * that address, without TLS. Whatever is not public is written down and refused.
 */
export async function playInternet(resolver: NonNullable<EgressOptions["resolver"]>): Promise<PlayedInternet> {
  let how: Answering = (_request, response) => response.writeHead(404).end();
  const arrived: Arrived[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(Buffer.from(part));
    const { headers, method = "", url: path = "" } = request;
    const one = { host: headers.host ?? "", method, path, headers, body: Buffer.concat(parts).toString() };
    arrived.push(one);
    how(one, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = String(typeof address === "object" && address ? address.port : 0);
  const dial = buildConnector({ allowH2: false });
  const dialled: string[] = [];

  const connect: buildConnector.connector = (target, callback) => {
    // The second call for a socket asks for TLS over it.
    if (target.httpSocket) return callback(null, target.httpSocket);
    dialled.push(target.hostname);
    if (!isPublic(target.hostname))
      return callback(Object.assign(new Error("Nobody goes there."), { code: "ECONNREFUSED" }), null);
    const to = { ...target, protocol: "http:", hostname: "127.0.0.1", host: "127.0.0.1", port };
    dial(to, (...[error, socket]) => {
      if (error) return callback(error, null);
      // What the system would say of a socket to that address.
      Object.defineProperty(socket, "remoteAddress", { value: target.hostname, configurable: true });
      callback(null, socket);
    });
  };

  return {
    options: { resolver, connect },
    ...{ dialled, arrived },
    inside: () => dialled.filter((one) => !isPublic(one)),
    answer(next) {
      how = next;
    },
    forget() {
      dialled.length = 0;
      arrived.length = 0;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
