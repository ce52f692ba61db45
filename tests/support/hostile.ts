import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { createGzip } from "node:zlib";
import { onTestFinished } from "vitest";
import type { Certificate } from "./certificate.ts";

/** A receiver that means no good, on loopback. */
export interface Hostile {
  url: string;
  /** host:port, for the egress allow list. */
  host: string;
  port: number;
  /** Sockets accepted so far. */
  accepted(): number;
  /** Sockets that are open now. */
  open(): number;
  /** Bytes of answers handed to the system so far. */
  sent(): number;
}

/** What a hostile receiver does with a socket once a request has begun to arrive on it. */
export type Behaviour = (socket: Socket) => void;

/** No misbehaviour outlives this, so that a forgotten receiver ends by itself. */
const LIFETIME_MS = 60_000;
/** And none sends more than this. */
const MOST_BYTES = 256 * 1024 * 1024;

const MIB = 1024 * 1024;

/** Writes as fast as the other side reads, until `next` has nothing more, the socket is gone or the bound is reached. */
function pour(socket: Socket, next: () => Buffer | null): void {
  const more = (): void => {
    while (!socket.destroyed && socket.bytesWritten < MOST_BYTES) {
      const chunk = next();
      if (chunk === null) return void socket.end();
      if (!socket.write(chunk)) return void socket.once("drain", more);
    }
  };
  more();
}

const endless = (text: string): Behaviour => {
  const block = Buffer.from(text.repeat(Math.ceil(16_384 / text.length)));
  return (socket) => pour(socket, () => block);
};

/** Now and then a piece, for ever. */
const dripping =
  (head: string, piece: string, everyMs: number): Behaviour =>
  (socket) => {
    socket.write(head);
    const drip = setInterval(() => socket.write(piece), everyMs);
    socket.once("close", () => clearInterval(drip));
  };

const ok = (headers: string) => `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n${headers}\r\n`;

let packed: Promise<Buffer> | undefined;

/** 200 MiB of nothing, packed to about 200 KB; made once. */
function gzipBomb(): Promise<Buffer> {
  packed ??= new Promise((resolve, reject) => {
    const gzip = createGzip({ level: 9 });
    const parts: Buffer[] = [];
    gzip.on("data", (part: Buffer) => parts.push(part)).once("end", () => resolve(Buffer.concat(parts)));
    gzip.once("error", reject);
    const zeros = Buffer.alloc(MIB);
    let left = 200;
    const more = (): void => {
      while (left > 0) {
        left -= 1;
        if (!gzip.write(zeros)) return void gzip.once("drain", more);
      }
      gzip.end();
    };
    more();
  });
  return packed;
}

/** The zoo. Each begins when a request arrives. */
export const behaviours = {
  /** Takes the request and says nothing. */
  hangs: () => {},
  /** Headers at once, then a byte every half second for ever. */
  drips: dripping(ok("content-length: 1000000000\r\n"), ".", 500),
  /** Headers that never end, a line every half second. */
  "drips headers": dripping("HTTP/1.1 200 OK\r\n", "x-more: .\r\n", 500),
  "200 MiB": (socket) => {
    socket.write(ok(`content-length: ${200 * MIB}\r\n`));
    const block = Buffer.alloc(64 * 1024, "x");
    let left = (200 * MIB) / block.length;
    pour(socket, () => {
      left -= 1;
      return left < 0 ? null : block;
    });
  },
  "gzip bomb": (socket) => {
    void gzipBomb().then((bytes) => {
      if (socket.destroyed) return;
      socket.write(ok(`content-encoding: gzip\r\ncontent-length: ${bytes.length}\r\n`));
      socket.end(bytes);
    });
  },
  "endless headers": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    endless(`x-more: ${"x".repeat(100)}\r\n`)(socket);
  },
  "interim flood": endless("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"),
  "reset mid-body": (socket) => {
    socket.write(`${ok("content-length: 1000\r\n")}half of it`);
    setTimeout(() => socket.resetAndDestroy(), 20);
  },
  "no HTTP": (socket) => void socket.end("220 mail.example ESMTP\r\n"),
  /** An ordinary receiver, to compare with: it answers every request of a kept connection. */
  "takes it": (socket) => {
    const answer = () => socket.write("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 6\r\n\r\nthanks");
    answer();
    socket.on("data", (bytes) => {
      if (bytes.toString("latin1").startsWith("POST ")) answer();
    });
  },
} satisfies Record<string, Behaviour>;

/** Starts a receiver that behaves so; it ends with the test. With a certificate it speaks TLS. */
export async function startHostile(behave: Behaviour, certificate?: Certificate): Promise<Hostile> {
  const sockets = new Set<Socket>();
  let [accepted, sent] = [0, 0];
  const take = (socket: Socket): void => {
    socket.on("error", () => {});
    socket.on("data", () => {});
    socket.once("data", () => behave(socket));
  };
  const server: Server = certificate ? createTlsServer({ ...certificate }, take) : createServer(take);
  server.on("connection", (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    const late = setTimeout(() => socket.destroy(), LIFETIME_MS);
    socket.once("close", () => {
      clearTimeout(late);
      sent += socket.bytesWritten;
      sockets.delete(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    ...{ port, host: `127.0.0.1:${port}`, url: `${certificate ? "https" : "http"}://127.0.0.1:${port}/hooks` },
    accepted: () => accepted,
    open: () => sockets.size,
    sent: () => [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, sent),
  };
}
