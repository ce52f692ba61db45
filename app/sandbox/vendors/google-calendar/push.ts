import { createHash } from "node:crypto";
import { z } from "zod";
import { json, jsonBody, type Outgoing, type Route, type Webhooks, type World } from "../../framework.ts";
import { asUser, calendarOf, notFound, problem } from "./access.ts";
import type { State } from "./state.ts";

const API = "www.googleapis.com";
const WEEK_SECONDS = 604_800;

const watchSchema = z.object({
  id: z.string().min(1).max(64),
  type: z.literal("web_hook"),
  address: z.url(),
  token: z.string().max(256).default(""),
  expiration: z.coerce.number().optional(),
  params: z.object({ ttl: z.coerce.number().optional() }).optional(),
});

const secure = (address: string) => {
  const url = new URL(address);
  return url.protocol === "https:" || ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
};

const watch: Route<State>["handle"] = (call, world) =>
  asUser(
    call,
    world,
    ["calendar.events", "calendar.readonly", "calendar.events.readonly", "calendar.events.owned"],
    ({ account }) => {
      const calendar = calendarOf(account, call.params.calendar);
      if (!calendar) return notFound();
      const parsed = watchSchema.safeParse(jsonBody(call));
      if (!parsed.success) return problem(400, "invalid", z.prettifyError(parsed.error));
      const { id, address, token, expiration, params } = parsed.data;
      if (!secure(address))
        return problem(400, "push.webhookUrlNotHttps", `WebHook callback must be HTTPS: ${address}`);
      if (world.state.channels.some((channel) => channel.id === id))
        return problem(400, "channelIdNotUnique", `Channel id ${id} not unique`);
      const longest = world.now().getTime() + WEEK_SECONDS * 1000;
      const wanted = expiration ?? (params?.ttl === undefined ? longest : world.now().getTime() + params.ttl * 1000);
      const until = Math.min(wanted, longest);
      const resourceId = createHash("sha256")
        .update(`${account.email}:${calendar.id}`)
        .digest("base64url")
        .slice(0, 27);
      world.state.channels.push({
        id,
        resourceId,
        email: account.email,
        calendarId: calendar.id,
        address,
        token,
        expiresAt: new Date(until).toISOString(),
        messages: 0,
        stopped: false,
      });
      world.emit("sync", { channel: id });
      return json(200, {
        kind: "api#channel",
        id,
        resourceId,
        resourceUri: `https://${API}/calendar/v3/calendars/${encodeURIComponent(calendar.id)}/events?alt=json`,
        ...(token ? { token } : {}),
        expiration: String(until),
      });
    },
  );

const stop: Route<State>["handle"] = (call, world) =>
  asUser(call, world, ["calendar.events", "calendar.readonly"], ({ account }) => {
    const parsed = z.object({ id: z.string(), resourceId: z.string() }).safeParse(jsonBody(call));
    const channel =
      parsed.success &&
      world.state.channels.find(
        (candidate) =>
          candidate.id === parsed.data.id &&
          candidate.resourceId === parsed.data.resourceId &&
          candidate.email === account.email &&
          !candidate.stopped,
      );
    if (!channel) return notFound();
    channel.stopped = true;
    return { status: 204 };
  });

const build = (world: World<State>, event: string, fields: Record<string, string>): readonly Outgoing[] => {
  const live = world.state.channels.filter(
    (channel) => !channel.stopped && Date.parse(channel.expiresAt) > world.now().getTime(),
  );
  const hit = live.filter(
    (channel) =>
      (!fields.channel || channel.id === fields.channel) &&
      (!fields.calendarId || channel.calendarId === fields.calendarId) &&
      (!fields.account || channel.email === fields.account),
  );
  return hit.map((channel) => {
    // One for the sync message, then growing with gaps.
    channel.messages += event === "sync" || channel.messages === 0 ? 1 : 1 + (channel.messages % 3);
    const number = String(channel.messages);
    return {
      id: `${channel.id}:${number}`,
      url: channel.address,
      secret: channel.token,
      body: "",
      headers: {
        "X-Goog-Channel-ID": channel.id,
        "X-Goog-Channel-Expiration": new Date(channel.expiresAt).toUTCString(),
        "X-Goog-Resource-ID": channel.resourceId,
        "X-Goog-Resource-URI": `https://${API}/calendar/v3/calendars/${encodeURIComponent(channel.calendarId)}/events?alt=json`,
        "X-Goog-Resource-State": event,
        "X-Goog-Message-Number": number,
      },
    };
  });
};

const RETRIED = [500, 502, 503, 504];

export const googleWebhooks: Webhooks<State> = {
  events: ["sync", "exists", "not_exists"],
  build,
  // No signature: the channel's own token is all there is to check.
  sign: (delivery): Record<string, string> => (delivery.secret ? { "X-Goog-Channel-Token": delivery.secret } : {}),
  succeeded: (status) => !RETRIED.includes(status),
  retryAfterMs: [1000, 4000, 16_000],
};

export const pushRoutes: readonly Route<State>[] = [
  { method: "POST", host: API, path: "/calendar/v3/calendars/:calendar/events/watch", handle: watch },
  { method: "POST", host: API, path: "/calendar/v3/channels/stop", handle: stop },
];
