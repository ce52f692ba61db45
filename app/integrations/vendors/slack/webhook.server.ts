import type { InboundEvent, Webhook } from "../../contract/capabilities.ts";
import { readEvent } from "../../kit/events.server.ts";
import { envelope } from "./wire.ts";

export const webhook: Webhook = {
  signature: {
    scheme: "hmac",
    hash: "sha256",
    encoding: "hex",
    header: "x-slack-signature",
    prefix: "v0=",
    signed: "v0:{timestamp}:{body}",
    timestamp: { header: "x-slack-request-timestamp", unit: "s", toleranceSeconds: 300 },
    secret: { of: "app", setting: "signing_secret" },
  },
  handshake: {
    when: { bodyPath: "type", is: "url_verification" },
    verified: true,
    answer: { kind: "echo", from: { bodyPath: "challenge" }, as: { json: "challenge" } },
  },
  routing: { per: "app", accountPath: "team_id" },
  parse(request): readonly InboundEvent[] {
    const {
      type,
      event,
      event_id: eventId,
      event_time: eventTime,
    } = readEvent(request, envelope, "Slack sent an event");
    if (!event || !eventId) {
      const at = request.headers["x-slack-request-timestamp"] ?? "0";
      const base = { dedupeId: `${type}:${at}`, type, at: new Date(Number(at) * 1000) };
      return [{ ...base, kind: "ignored", why: "Slack reports about its own delivery; nothing changed." }];
    }
    const base = { dedupeId: eventId, type: event.type, at: new Date((eventTime ?? 0) * 1000) };
    if (event.type === "app_uninstalled")
      return [{ ...base, kind: "revoked", reason: "The app was removed from the workspace." }];
    if (event.type === "tokens_revoked" && event.tokens?.bot?.length) {
      return [{ ...base, kind: "revoked", reason: "Slack withdrew the bot's token." }];
    }
    if (event.type === "message" && event.user && event.ts && !event.bot_id && !event.subtype) {
      const channel = typeof event.channel === "string" ? event.channel : (event.channel?.id ?? "");
      const messageId = `${channel}:${event.ts}`;
      return [{ ...base, kind: "message", from: event.user, channel, text: event.text ?? "", messageId }];
    }
    return [{ ...base, kind: "ignored", why: `“${event.type}” changes nothing we hold.` }];
  },
};
