import type { ActionFunctionArgs } from "@remix-run/node";
import { readCapped } from "#app/services/inbound-body.server.ts";
import { INBOX_BODY_BYTES, receiveAtInbox } from "#app/services/inbox-receive.server.ts";

const plain = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };

/** What a browser sees at an inbox: nothing of what arrived. */
export const loader = () =>
  new Response("This address receives webhooks. Send a POST.\n", { status: 405, headers: { ...plain, allow: "POST" } });

/** Keeps what anybody posts who knows the address. */
export async function action({ request, params }: ActionFunctionArgs) {
  const body = await readCapped(request, INBOX_BODY_BYTES);
  if (body === null)
    return new Response("At most 256 KiB.\n", { status: 413, headers: { ...plain, connection: "close" } });
  const { pathname, search } = new URL(request.url);
  const arriving = {
    method: request.method,
    path: pathname + search,
    headers: Object.fromEntries(request.headers),
    body,
  };
  const { status, text, headers } = await receiveAtInbox(params.token ?? "", arriving);
  return new Response(status === 204 ? null : text, { status, headers: { ...plain, ...headers } });
}
