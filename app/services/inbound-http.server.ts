import type { IncomingMessage, ServerResponse } from "node:http";
import { CALLER_HEADER } from "#app/platform/caller.server.ts";
import { type InboundAddress, receiveIncoming } from "./inbound.server.ts";
import { readIncomingCapped } from "./inbound-body.server.ts";

const headersOf = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
    ),
  );

/**
 * A vendor's request without the way through the pages' router, which compares every address of the app: the web server
 * takes this from the build and calls it before the router. `url` is path and query as called.
 */
export async function takeWebhook(
  request: IncomingMessage,
  response: ServerResponse,
  address: InboundAddress & { url: string },
): Promise<void> {
  const headers = headersOf(request);
  const answer = await receiveIncoming(
    {
      ...{ method: request.method ?? "POST", url: address.url, headers },
      caller: headers[CALLER_HEADER] ?? "unknown",
      body: (most) => readIncomingCapped(request, most),
    },
    address,
  );
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(answer.body === null ? undefined : Buffer.from(await answer.arrayBuffer()));
}
