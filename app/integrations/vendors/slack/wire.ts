import { z } from "zod";
import type { OutMessage } from "../../contract/capabilities.ts";
import type { ErrorKind } from "../../contract/errors.ts";

export const authTest = z.object({ team: z.string(), team_id: z.string(), user_id: z.string() });

export const channelPage = z.object({
  channels: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      is_private: z.boolean().nullish(),
      is_archived: z.boolean().nullish(),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().nullish() }).nullish(),
});

/** `ts` is kept as text: as a number it loses digits. */
export const posted = z.object({ channel: z.string(), ts: z.string() });

/** Slack's `error` words → our kinds; a word that is not listed is a contract miss. */
export const errorKinds: Readonly<Record<string, ErrorKind>> = {
  token_expired: "auth-expired",
  token_revoked: "auth-revoked",
  account_inactive: "auth-revoked",
  invalid_auth: "auth-revoked",
  not_authed: "auth-revoked",
  org_login_required: "auth-revoked",
  missing_scope: "forbidden",
  no_permission: "forbidden",
  not_allowed_token_type: "forbidden",
  ekm_access_denied: "forbidden",
  app_access_restricted: "forbidden",
  access_denied: "forbidden",
  channel_not_found: "config",
  not_in_channel: "config",
  is_archived: "config",
  restricted_action: "config",
  restricted_action_read_only_channel: "config",
  restricted_action_thread_only_channel: "config",
  messages_tab_disabled: "config",
  team_not_found: "config",
  invalid_blocks: "validation",
  invalid_blocks_format: "validation",
  msg_blocks_too_long: "validation",
  msg_too_long: "validation",
  no_text: "validation",
  too_many_attachments: "validation",
  metadata_too_large: "validation",
  markdown_text_conflict: "validation",
  invalid_arguments: "validation",
  missing_argument: "validation",
  message_not_found: "not-found",
  users_not_found: "not-found",
  cant_update_message: "not-found",
  edit_window_closed: "not-found",
  invalid_cursor: "cursor-expired",
  ratelimited: "rate-limited",
  rate_limited: "rate-limited",
  message_limit_exceeded: "rate-limited",
  internal_error: "unavailable",
  fatal_error: "unavailable",
  service_unavailable: "unavailable",
  request_timeout: "unavailable",
  team_added_to_org: "unavailable",
};

/** Exactly these three, in this order; every value that a candidate wrote goes through, so that no name can ping a channel. */
export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Escapes and cuts on a grapheme boundary so that the escaped text stays within `most` characters. */
export function clip(text: string, most: number): string {
  const whole = escapeText(text);
  if (whole.length <= most) return whole;
  let cut = "";
  for (const { segment } of new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)) {
    const next = escapeText(segment);
    if (cut.length + next.length > most - 1) break;
    cut += next;
  }
  return `${cut}…`;
}

/** Block Kit: header ≤ 150, section ≤ 3,000, at most 10 fields of 2,000, button label ≤ 75. `text` is what a phone and a screen reader say. */
export function blocksFromDomain(message: OutMessage) {
  const fields = message.facts.slice(0, 10).map((fact) => ({
    type: "mrkdwn",
    text: `*${clip(fact.label, 100)}*\n${clip(fact.value, 1_800)}`,
  }));
  return {
    text: clip(`${message.title}: ${message.text}`, 3_000),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: "header", text: { type: "plain_text", text: cutPlain(message.title, 150), emoji: false } },
      {
        type: "section",
        text: { type: "mrkdwn", text: clip(message.text || message.title, 3_000) },
        ...(fields.length > 0 ? { fields } : {}),
      },
      ...(message.link
        ? [
            {
              type: "actions",
              elements: [
                {
                  type: "button",
                  action_id: "open",
                  url: message.link.url,
                  text: { type: "plain_text", text: cutPlain(message.link.label, 75), emoji: false },
                },
              ],
            },
          ]
        : []),
    ],
    ...(message.threadId ? { thread_ts: message.threadId } : {}),
  };
}

/** `plain_text` is not parsed as markup and needs no escaping, only its limit. */
function cutPlain(text: string, most: number): string {
  if (text.length <= most) return text;
  let cut = "";
  for (const { segment } of new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)) {
    if (cut.length + segment.length > most - 1) break;
    cut += segment;
  }
  return `${cut}…`;
}

export const envelope = z.object({
  type: z.string(),
  team_id: z.string().nullish(),
  event_id: z.string().nullish(),
  event_time: z.number().nullish(),
  event: z
    .object({
      type: z.string(),
      subtype: z.string().nullish(),
      bot_id: z.string().nullish(),
      user: z.string().nullish(),
      channel: z.union([z.string(), z.object({ id: z.string() })]).nullish(),
      text: z.string().nullish(),
      ts: z.string().nullish(),
      tokens: z.object({ bot: z.array(z.string()).nullish() }).nullish(),
    })
    .nullish(),
});
