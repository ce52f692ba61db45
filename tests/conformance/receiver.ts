import { createServer } from "node:http";
import type { RawRequest } from "#app/integrations/contract/capabilities.ts";

/** Stands in for the portal's webhook routes: keeps every request byte for byte and answers 200. */
export async function createReceiver() {
  let kept: RawRequest[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(Buffer.from(part));
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers))
      if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
    kept.push({ method: request.method ?? "POST", url: request.url ?? "/", headers, body: Buffer.concat(parts) });
    response.writeHead(200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    /** What arrived since the last time. */
    take(): RawRequest[] {
      const taken = kept;
      kept = [];
      return taken;
    },
    close(): Promise<void> {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
export type Receiver = Awaited<ReturnType<typeof createReceiver>>;
