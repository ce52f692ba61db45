import { deliveryStates } from "#db/schema/webhooks.ts";
import type { Actor } from "./actor.ts";
import { type DeliveryFilter, listDeliveries } from "./delivery-log.server.ts";
import { getEndpoint } from "./endpoints.server.ts";
import { isEventType } from "./event-catalog.ts";

/** A page of one endpoint's deliveries by the filters of the address; what the address names wrongly is no filter. */
export async function deliveriesPage(actor: Actor, endpointId: string, search: URLSearchParams) {
  const { id } = await getEndpoint(actor, endpointId);
  const state = deliveryStates.find((one) => one === search.get("state"));
  const type = search.get("type") ?? "";
  const before = search.get("before") ?? "";
  const filter: DeliveryFilter = {
    endpointId: id,
    ...(state ? { state } : {}),
    ...(isEventType(type) ? { type } : {}),
    ...(before ? { before } : {}),
  };
  const { deliveries, older } = await listDeliveries(actor, filter);
  const next = new URLSearchParams(search);
  if (older) next.set("before", older);
  return {
    deliveries,
    olderHref: older ? `?${next}` : undefined,
    filters: { state: state ?? "", type: isEventType(type) ? type : "" },
  };
}
