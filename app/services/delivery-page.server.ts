import { deliveryStates } from "#db/schema/webhooks.ts";
import type { Actor } from "./actor.ts";
import { listDeliveries } from "./delivery-log.server.ts";
import { eventChoices } from "./endpoint-form.server.ts";
import { getEndpoint, listEndpoints } from "./endpoints.server.ts";
import { isEventType } from "./event-catalog.ts";
import { listFailed } from "./failed-deliveries.server.ts";

const DAY_MS = 86_400_000;

/** A day of the address as the moment it begins, in UTC; null when it is none. */
function dayOf(text: string | null): Date | null {
  if (text === null || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const day = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(day.getTime()) ? null : day;
}

const asDay = (day: Date | null): string => day?.toISOString().slice(0, 10) ?? "";

/** What every list of deliveries may be narrowed by. */
function spanOf(search: URLSearchParams) {
  const type = search.get("type") ?? "";
  const before = search.get("before") ?? "";
  const from = dayOf(search.get("from"));
  const to = dayOf(search.get("to"));
  return {
    filter: {
      ...(isEventType(type) ? { type } : {}),
      ...(from ? { from } : {}),
      ...(to ? { until: new Date(to.getTime() + DAY_MS) } : {}),
      ...(before ? { before } : {}),
    },
    shown: { type: isEventType(type) ? type : "", from: asDay(from), to: asDay(to) },
  };
}

function olderHref(search: URLSearchParams, older: string | null): string | undefined {
  if (older === null) return undefined;
  const next = new URLSearchParams(search);
  next.set("before", older);
  return `?${next}`;
}

/** A page of one endpoint's deliveries by the filters of the address; what the address names wrongly is no filter. */
export async function deliveriesPage(actor: Actor, endpointId: string, search: URLSearchParams) {
  const { id } = await getEndpoint(actor, endpointId);
  const state = deliveryStates.find((one) => one === search.get("state"));
  const q = (search.get("q") ?? "").trim().slice(0, 200);
  const { filter, shown } = spanOf(search);
  const { deliveries, older } = await listDeliveries(actor, {
    ...{ ...filter, endpointId: id },
    ...(state ? { state } : {}),
    ...(q ? { text: q } : {}),
  });
  return {
    deliveries,
    olderHref: olderHref(search, older),
    filters: { ...shown, state: state ?? "", q },
    searchedDays: q && !filter.from ? 7 : null,
  };
}

/** A page of what ran out of attempts over all endpoints, as `deliveriesPage`. */
export async function failedPage(actor: Actor, search: URLSearchParams) {
  const endpoints = await listEndpoints(actor);
  const only = endpoints.find(({ id }) => id === search.get("endpoint"));
  const { filter, shown } = spanOf(search);
  const { deliveries, older } = await listFailed(actor, { ...filter, ...(only ? { endpointId: only.id } : {}) });
  return {
    deliveries,
    olderHref: olderHref(search, older),
    filters: { ...shown, endpoint: only?.id ?? "" },
    endpoints: endpoints.map(({ id, url }) => ({ id, url })),
    types: eventChoices().map(({ type }) => type),
    canManage: actor.permissions.has("webhooks:manage"),
  };
}
