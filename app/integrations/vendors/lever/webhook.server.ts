import { z } from "zod";
import type { InboundEvent, RawRequest, Subscription, Webhook } from "../../contract/capabilities.ts";
import { ignored, readEvent } from "../../kit/events.server.ts";
import { apiUrl, type LeverCtx, listOf, oneOf } from "./api.server.ts";
import { applicationId } from "./wire.ts";

/** One webhook each, as Lever has it. There is none for postings: the regular sync finds their changes. */
const events = [
  "applicationCreated",
  "candidateStageChange",
  "candidateArchiveChange",
  "candidateHired",
  "candidateDeleted",
] as const;
const listened: ReadonlySet<string> = new Set(events);

/** Who came in which way; all of them, so that nobody is left out. */
const origins = ["applied", "sourced", "referred", "university", "internal", "agency"];

const id = z.string().regex(/^[\w-]{1,100}$/);
const envelope = z.object({
  event: z.string().min(1),
  token: z.string().min(1),
  triggeredAt: z.coerce.number().int(),
  data: z.object({ opportunityId: id.nullish(), applicationId: id.nullish() }).nullish(),
});

/**
 * Only token and time are signed: the token is the event's id, and what `data` names is read again and never believed. So
 * a deletion too is only a reason to look.
 */
function parse(request: RawRequest): readonly InboundEvent[] {
  const { event, token, triggeredAt, data } = readEvent(request, envelope, "Lever sent an event");
  const base = { type: event, at: new Date(triggeredAt) };
  const { opportunityId, applicationId: application } = data ?? {};
  if (!opportunityId) return ignored({ ...base, dedupeId: token }, "A test of the connection.");
  if (!listened.has(event)) return ignored({ ...base, dedupeId: token });
  return [
    { ...base, dedupeId: `${token}:0`, kind: "changed", resource: "candidates", externalId: opportunityId },
    application
      ? {
          ...{ ...base, dedupeId: `${token}:1`, kind: "changed", resource: "applications" },
          externalId: applicationId(opportunityId, application),
        }
      : { ...base, dedupeId: `${token}:1`, kind: "stale", resource: "applications" },
  ];
}

const held = z.object({ id: z.string(), event: z.string(), url: z.string() });
const made = z.object({ id: z.string(), configuration: z.object({ signatureToken: z.string().min(1) }) });

const remove = (ctx: LeverCtx, hookId: string) =>
  ctx.http.send({ method: "DELETE", url: apiUrl(`webhooks/${hookId}`), accept: [404] });

/** Lever takes the same webhook twice, and tells its token only once: one left from a lost answer is taken away first. */
async function subscribe(ctx: LeverCtx, at: { url: string; target: string | null }): Promise<Subscription> {
  const event = at.target ?? events[0];
  const { data: all } = await ctx.http.json({ url: apiUrl("webhooks") }, listOf(held));
  for (const hook of all) if (hook.event === event && hook.url === at.url) await remove(ctx, hook.id);
  const body = { event, url: at.url, configuration: { conditions: { origins } } };
  const { data } = await ctx.http.json({ method: "POST", url: apiUrl("webhooks"), body }, oneOf(made));
  return { id: data.id, secret: data.configuration.signatureToken };
}

export const webhook: Webhook = {
  signature: {
    scheme: "hmac-fields",
    hash: "sha256",
    encoding: "hex",
    at: "signature",
    signed: "{token}{triggeredAt}",
    dated: { bodyPath: "triggeredAt", unit: "ms", toleranceSeconds: 86_400 },
    secret: { of: "subscription" },
  },
  routing: { per: "connection" },
  parse,
  targets: () => events,
  subscribe,
  async unsubscribe(ctx: LeverCtx, subscription) {
    await remove(ctx, subscription.id);
  },
};
