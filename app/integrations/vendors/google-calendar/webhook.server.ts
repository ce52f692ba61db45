import type { Subscription, Webhook } from "../../contract/capabilities.ts";
import { IntegrationError } from "../../contract/errors.ts";
import { type GoogleCalendarCtx, stopChannelUrl, watchUrl } from "./api.server.ts";
import { channel } from "./wire.ts";

/** The notification names its calendar only inside a URL; it decides nothing but what to pull. */
function calendarIn(resourceUri: string | undefined): string | null {
  const id = /\/calendars\/([^/]+)\/events/.exec(resourceUri ?? "")?.[1];
  return id ? decodeURIComponent(id) : null;
}

async function subscribe(
  ctx: GoogleCalendarCtx,
  at: { url: string; secret: string; target: string | null },
): Promise<Subscription> {
  if (!at.target) throw new IntegrationError("config", "No calendar is chosen to listen to.", { field: "calendarIds" });
  const body = {
    id: crypto.randomUUID(),
    type: "web_hook",
    address: at.url,
    token: at.secret,
    params: { ttl: "604800" },
  };
  const made = await ctx.http.json({ method: "POST", url: watchUrl(at.target), body }, channel);
  return {
    id: made.id,
    data: { resourceId: made.resourceId },
    ...(made.expiration ? { expiresAt: new Date(Number(made.expiration)) } : {}),
  };
}

export const webhook: Webhook = {
  /** Google signs nothing: the random token of each channel comes back, and only a fetch is trusted. */
  signature: { scheme: "shared-secret", header: "x-goog-channel-token", secret: { of: "subscription" } },
  routing: { per: "connection" },
  parse({ headers }) {
    const channelId = headers["x-goog-channel-id"];
    const number = headers["x-goog-message-number"];
    if (!channelId || !number) {
      throw new IntegrationError("contract", "Google sent a notification without its channel.", {
        field: "X-Goog-Channel-ID",
      });
    }
    const type = headers["x-goog-resource-state"] ?? "exists";
    const base = { dedupeId: `${channelId}:${number}`, type, at: new Date(0) };
    if (type === "sync") return [{ ...base, kind: "ignored", why: "Google opened the channel; nothing changed yet." }];
    return [{ ...base, kind: "calendar", calendarId: calendarIn(headers["x-goog-resource-uri"]) }];
  },
  targets: (ctx: GoogleCalendarCtx) => ctx.config.calendarIds ?? [],
  subscribe,
  async unsubscribe(ctx, subscription) {
    const body = { id: subscription.id, resourceId: subscription.data?.resourceId };
    await ctx.http.send({ method: "POST", url: stopChannelUrl, body, idempotent: true, accept: [404] });
  },
};
