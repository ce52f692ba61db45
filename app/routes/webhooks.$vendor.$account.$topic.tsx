import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { receiveWebhook } from "#app/services/inbound.server.ts";

/** Where vendors whose addresses name the account send their webhooks; the account's own secret must verify. */
const receive = ({ request, params }: LoaderFunctionArgs | ActionFunctionArgs): Promise<Response> =>
  receiveWebhook(request, {
    ...{ vendorId: params.vendor ?? "", token: null },
    account: { id: params.account ?? "", topic: params.topic ?? "" },
  });

export const loader = receive;
export const action = receive;
