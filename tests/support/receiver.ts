import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { afterAll } from "vitest";

export interface Arrived {
  headers: Record<string, string>;
  body: string;
}

export interface Receiver {
  url: string;
  /** host:port, for the egress allow list. */
  host: string;
  arrived: Arrived[];
  /** How the next requests are answered; the default is an empty 200. */
  answer(how: (response: ServerResponse, request: IncomingMessage) => void): void;
}

const answerOk = (response: ServerResponse) => {
  response.writeHead(200, { "content-type": "text/plain" }).end("thanks");
};

/** A real HTTP receiver on loopback that keeps what arrives, byte for byte; closed after the file's last test. */
export async function startReceiver(): Promise<Receiver> {
  const arrived: Arrived[] = [];
  let how: (response: ServerResponse, request: IncomingMessage) => void = answerOk;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(", ")]),
    );
    arrived.push({ headers, body: Buffer.concat(chunks).toString("utf8") });
    how(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    host: `127.0.0.1:${port}`,
    arrived,
    answer: (next) => {
      how = next;
    },
  };
}
