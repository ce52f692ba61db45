import { inboundStates } from "#db/schema/webhooks.ts";
import type { Actor } from "./actor.ts";
import { inboundCounts, listInbound, readInbound } from "./inbound-log.server.ts";
import { rhythmWords } from "./inbound-silence.server.ts";

/** The deliveries tab of a connection by the filters of the address: `state`, `before`, and `show` for one in full. */
export async function inboundPage(actor: Actor, connectionId: string, search: URLSearchParams) {
  const state = [...inboundStates, "refused" as const].find((one) => one === search.get("state"));
  const before = search.get("before");
  const show = search.get("show");
  const canManage = actor.permissions.has("connections:manage");
  const { lines, older } = await listInbound(actor, connectionId, {
    ...(state ? { state } : {}),
    ...(before ? { before } : {}),
  });
  const next = new URLSearchParams(search);
  if (older) next.set("before", older);
  return {
    ...{ lines, canManage, state: state ?? "" },
    olderHref: older ? `?${next}` : undefined,
    rhythm: await rhythmWords(actor.employerId, connectionId),
    counts: await inboundCounts(actor, connectionId),
    shown: show && canManage ? await readInbound(actor, connectionId, show) : null,
  };
}
