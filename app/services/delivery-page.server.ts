import { deliveryStates } from "#db/schema/webhooks.ts";
import type { Actor } from "./actor.ts";
import { type DeliveryFilter, listDeliveries } from "./delivery-log.server.ts";
import { getEndpoint } from "./endpoints.server.ts";
import { isEventType } from "./event-catalog.ts";

const DAY_MS = 86_400_000;

/** A day of the address as the moment it begins, in UTC; null when it is none. */
function dayOf(text: string | null): Date | null {
  if (text === null || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const day = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(day.getTime()) ? null : day;
}

const asDay = (day: Date | null): string => day?.toISOString().slice(0, 10) ?? "";

/** A page of one endpoint's deliveries by the filters of the address; what the address names wrongly is no filter. */
export async function deliveriesPage(actor: Actor, endpointId: string, search: URLSearchParams) {
  const { id } = await getEndpoint(actor, endpointId);
  const state = deliveryStates.find((one) => one === search.get("state"));
  const type = search.get("type") ?? "";
  const before = search.get("before") ?? "";
  const q = (search.get("q") ?? "").trim().slice(0, 200);
  const from = dayOf(search.get("from"));
  const to = dayOf(search.get("to"));
  const filter: DeliveryFilter = {
    endpointId: id,
    ...(state ? { state } : {}),
    ...(isEventType(type) ? { type } : {}),
    ...(q ? { text: q } : {}),
    ...(from ? { from } : {}),
    ...(to ? { until: new Date(to.getTime() + DAY_MS) } : {}),
    ...(before ? { before } : {}),
  };
  const { deliveries, older } = await listDeliveries(actor, filter);
  const next = new URLSearchParams(search);
  if (older) next.set("before", older);
  const filters = { state: state ?? "", type: isEventType(type) ? type : "", q, from: asDay(from), to: asDay(to) };
  return { deliveries, olderHref: older ? `?${next}` : undefined, filters, searchedDays: q && !from ? 7 : null };
}
