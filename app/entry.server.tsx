import { PassThrough } from "node:stream";
import {
  type ActionFunctionArgs,
  type AppLoadContext,
  createReadableStreamFromReadable,
  type EntryContext,
  type LoaderFunctionArgs,
} from "@remix-run/node";
import { isRouteErrorResponse, RemixServer } from "@remix-run/react";
import { isbot } from "isbot";
import { renderToPipeableStream } from "react-dom/server";
import { NonceProvider } from "#app/components/nonce.tsx";
import { documentHeaders } from "#app/platform/csp.server.ts";
import { log } from "#app/platform/log.server.ts";

/** What the web server takes from the build beside documents. */
export { takeWebhook } from "#app/services/inbound-http.server.ts";

/** A document that is not complete after this many milliseconds is cut. */
const RENDER_LIMIT = 5_000;
export const streamTimeout = RENDER_LIMIT;

/**
 * Renders a document. Readers get the shell as soon as it is ready and the rest streamed; bots get the whole page at
 * once.
 */
export default function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  remixContext: EntryContext,
  { nonce, requestId }: AppLoadContext,
): Promise<Response> {
  const whole = isbot(request.headers.get("user-agent") ?? "");
  const secure = documentHeaders(nonce, { dev: import.meta.env.DEV });
  for (const [name, value] of Object.entries(secure)) headers.set(name, value);
  headers.set("content-type", "text/html; charset=utf-8");

  return new Promise((resolve, reject) => {
    let failed = false;
    let started = false;
    const send = () => {
      started = true;
      const body = new PassThrough();
      resolve(
        new Response(createReadableStreamFromReadable(body), {
          headers,
          status: failed ? Math.max(status, 500) : status,
        }),
      );
      pipe(body);
    };
    const { pipe, abort } = renderToPipeableStream(
      <NonceProvider value={nonce}>
        <RemixServer context={remixContext} url={request.url} nonce={nonce} abortDelay={RENDER_LIMIT} />
      </NonceProvider>,
      {
        nonce,
        [whole ? "onAllReady" : "onShellReady"]: send,
        onShellError: reject,
        onError(error: unknown) {
          failed = true;
          if (started && !request.signal.aborted) reportError(error, request, requestId);
        },
      },
    );
    setTimeout(abort, RENDER_LIMIT + 1_000).unref();
  });
}

/** What a loader, an action or a render threw. Answers that were thrown on purpose and readers who left are no errors. */
export function handleError(error: unknown, { request, context }: LoaderFunctionArgs | ActionFunctionArgs): void {
  if (request.signal.aborted || isRouteErrorResponse(error)) return;
  reportError(error, request, context.requestId);
}

function reportError(error: unknown, request: Request, requestId: string): void {
  const { pathname } = new URL(request.url);
  log().error({ err: error, requestId, method: request.method, pathname }, "request failed");
}
