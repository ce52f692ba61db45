import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { receiveWebhook } from "#app/services/inbound.server.ts";

/** Where vendors with one address per app send their webhooks: the verified body names the account. */
const receive = ({ request, params }: LoaderFunctionArgs | ActionFunctionArgs): Promise<Response> =>
  receiveWebhook(request, { vendorId: params.vendor ?? "", token: null });

export const loader = receive;
export const action = receive;
