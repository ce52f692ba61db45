import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { receiveWebhook } from "#app/services/inbound.server.ts";

/** Where one connection's vendor sends its webhooks: the unguessable part names the connection. */
const receive = ({ request, params }: LoaderFunctionArgs | ActionFunctionArgs): Promise<Response> =>
  receiveWebhook(request, { vendorId: params.vendor ?? "", token: params.token ?? "" });

export const loader = receive;
export const action = receive;
