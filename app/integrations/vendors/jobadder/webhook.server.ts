import { z } from "zod";
import type { InboundEvent, RawRequest, Subscription, Webhook } from "../../contract/capabilities.ts";
import type { ResourceName } from "../../contract/manifest.ts";
import { basicHeader } from "../../kit/auth.server.ts";
import { ignored, readEvent } from "../../kit/events.server.ts";
import { parseJson, textAt } from "../../kit/paths.ts";
import { unlessMissing } from "../../kit/pull.server.ts";
import { apiUrl, type JobadderCtx } from "./api.server.ts";

/** What we listen to. There is no event for what is made or deleted: the regular sync finds it. */
const events = [
  "job_status_changed",
  "jobad_posted",
  "jobad_expired",
  "candidate_status_changed",
  "candidate_updated",
  "jobapplication_status_changed",
];

/** A webhook is looked at every hour: JobAdder suspends one that failed ten times, and what happens then is lost. */
const LOOK_MS = 3_600_000;

const envelope = z.object({
  event: z.string(),
  eventId: z.string().min(1),
  eventDate: z.iso.datetime({ offset: true }),
});

/** Event prefix → what it is about, and where its id may stand: JobAdder documents the envelope only. */
const subjects: readonly { prefix: string; resource: ResourceName; kinds: readonly string[]; mark?: string }[] = [
  { prefix: "jobapplication_", resource: "applications", kinds: ["application", "jobApplication"] },
  { prefix: "jobad_", resource: "jobs", kinds: ["job"] },
  { prefix: "jobad_", resource: "jobs", kinds: ["ad", "jobAd"], mark: "ad:" },
  { prefix: "job_", resource: "jobs", kinds: ["job"] },
  { prefix: "candidate_", resource: "candidates", kinds: ["candidate"] },
];

function idOf(body: unknown, kinds: readonly string[]): string | undefined {
  const places = kinds.flatMap((kind) => [`eventData.${kind}Id`, `${kind}Id`, `${kind}.${kind}Id`]);
  return places.map((place) => textAt(body, place)).find((found) => found !== undefined && /^\d+$/.test(found));
}

function parse(request: RawRequest): readonly InboundEvent[] {
  const body = parseJson(new TextDecoder().decode(request.body));
  const { event, eventId, eventDate } = readEvent(request, envelope, "JobAdder sent an event");
  const base = { dedupeId: eventId, type: event, at: new Date(eventDate) };
  const about = subjects.filter((one) => event.startsWith(one.prefix));
  const [first] = about;
  if (!first) return ignored(base);
  for (const { resource, kinds, mark = "" } of about) {
    const id = idOf(body, kinds);
    if (id) return [{ ...base, kind: "changed", resource, externalId: `${mark}${id}` }];
  }
  return [{ ...base, kind: "stale", resource: first.resource }];
}

const hook = z.object({ webhookId: z.string().min(1), status: z.string().nullish(), url: z.string().nullish() });

const lookAgainAt = (ctx: JobadderCtx) => new Date(ctx.now().getTime() + LOOK_MS);

/** What is registered as `authorization` comes back as the Authorization header of every delivery. */
async function subscribe(ctx: JobadderCtx, at: { url: string; secret: string }): Promise<Subscription> {
  const authorization = basicHeader("patchbay", at.secret);
  const body = { name: "Patchbay", url: at.url, events, authorization, status: "Enabled" };
  const made = await ctx.http.json({ method: "POST", url: apiUrl(ctx, "webhooks"), body }, hook);
  return { id: made.webhookId, secret: authorization, lookAgainAt: lookAgainAt(ctx) };
}

/** A replacement empties what it leaves out, so the secret goes with it. */
async function renew(ctx: JobadderCtx, subscription: Subscription): Promise<Subscription | null> {
  const url = apiUrl(ctx, `webhooks/${subscription.id}`);
  return unlessMissing(async () => {
    const held = await ctx.http.json({ url }, hook);
    if (held.status !== "Enabled") {
      const body = { name: "Patchbay", url: held.url, events, authorization: subscription.secret, status: "Enabled" };
      await ctx.http.send({ method: "PUT", url, body });
    }
    return { ...subscription, lookAgainAt: lookAgainAt(ctx) };
  });
}

export const webhook: Webhook = {
  /** JobAdder signs nothing: the value we registered comes back, and only a fetch is trusted. */
  signature: {
    scheme: "shared-secret",
    header: "authorization",
    secret: { of: "subscription" },
    dated: { bodyPath: "eventDate", toleranceSeconds: 86_400 },
  },
  routing: { per: "connection", subscriptionHeader: "x-jobadder-webhookid" },
  parse,
  subscribe,
  renew,
  async unsubscribe(ctx: JobadderCtx, { id }) {
    await ctx.http.send({ method: "DELETE", url: apiUrl(ctx, `webhooks/${id}`), accept: [404] });
  },
};
