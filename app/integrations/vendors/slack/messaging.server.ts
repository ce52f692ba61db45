import type { Messaging } from "../../contract/capabilities.ts";
import { method, type SlackCtx } from "./api.server.ts";
import { blocksFromDomain, channelPage, posted } from "./wire.ts";

export const messaging: Messaging = {
  maxLength: 3_000,
  render: blocksFromDomain,
  /** A page may be short or empty while the cursor goes on; archived channels are left out. */
  async destinations(ctx: SlackCtx, { search, cursor }) {
    const query = {
      types: "public_channel,private_channel",
      exclude_archived: true,
      limit: 200,
      ...(cursor ? { cursor } : {}),
    };
    const page = await ctx.http.json(method("conversations.list", { method: "GET", query }), channelPage);
    const wanted = search.replace(/^#/, "").toLowerCase();
    return {
      items: page.channels
        .filter((channel) => !channel.is_archived && channel.name.toLowerCase().includes(wanted))
        .map((channel) => ({ id: channel.id, label: `#${channel.name}`, private: channel.is_private ?? false })),
      cursor: page.response_metadata?.next_cursor || null,
    };
  },
  /** Slack has no idempotency key: a clear 429 is parked, a lost answer is not repeated by the kit. */
  async send(ctx: SlackCtx, to, message) {
    const body = { channel: to, ...blocksFromDomain(message) };
    const sent = await ctx.http.json(method("chat.postMessage", { body }), posted);
    return { id: sent.ts, threadId: message.threadId ?? sent.ts };
  },
};
