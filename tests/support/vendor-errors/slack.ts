import type { ErrorKind } from "#app/integrations/contract/errors.ts";
import * as work from "./calls.ts";
import { type ErrorShape, slack } from "./shape.ts";

const shapes: readonly Omit<ErrorShape, "vendor" | "section">[] = [
  {
    what: "too many calls",
    api: [{ status: 429, headers: { "retry-after": "30" }, body: { ok: false, error: "ratelimited" } }],
    ...{ call: work.send, kind: "rate-limited", code: "ratelimited", waits: 30 },
  },
  { what: "too many messages, under 200", api: slack("rate_limited"), call: work.send, kind: "rate-limited" },
  { what: "the free plan is full", api: slack("message_limit_exceeded"), call: work.send, kind: "rate-limited" },
  { what: "the token was withdrawn", api: slack("token_revoked"), kind: "auth-revoked", code: "token_revoked" },
  { what: "the app was removed", api: slack("account_inactive"), kind: "auth-revoked" },
  { what: "no such token", api: slack("invalid_auth"), kind: "auth-revoked" },
  {
    what: "a scope is missing",
    api: slack("missing_scope", { needed: "groups:read", provided: "chat:write,channels:read" }),
    ...{ call: work.channels, kind: "forbidden", code: "missing_scope" },
  },
  { what: "no such channel", api: slack("channel_not_found"), call: work.send, kind: "config" },
  { what: "the channel is archived", api: slack("is_archived"), call: work.send, kind: "config" },
  {
    what: "blocks that it cannot draw",
    api: slack("invalid_blocks", { response_metadata: { messages: ["[ERROR] no more than 50 items allowed"] } }),
    ...{ call: work.send, kind: "validation", code: "invalid_blocks" },
  },
  { what: "a cursor that is dead", api: slack("invalid_cursor"), call: work.channels, kind: "cursor-expired" },
  { what: "an error of its own, under 200", api: slack("internal_error"), kind: "unavailable" },
  { what: "the workspace is moving", api: slack("team_added_to_org"), kind: "unavailable" },
  {
    what: "a word that would be final, under 429",
    api: [{ status: 429, headers: { "retry-after": "30" }, body: { ok: false, error: "invalid_auth" } }],
    ...{ kind: "rate-limited", waits: 30, unsure: "the word; the status is confirmed" },
  },
  { what: "an error of its own, under 500", api: [{ status: 500, body: "" }], kind: "unavailable" },
  {
    what: "trouble of its own, with a word of its own",
    api: [{ status: 503, body: { ok: false, error: "upstream_unavailable" } }],
    ...{ kind: "unavailable", unsure: "the word; the status is confirmed" },
  },
  { what: "a method that is gone", api: slack("method_deprecated"), kind: "contract", code: "method_deprecated" },
];

export const slackShapes: readonly ErrorShape[] = shapes.map((one) => ({ vendor: "slack", section: "6", ...one }));

/** Slack's words by their kind, as section 6 of its sheet lists them. */
export const slackWords: Partial<Record<ErrorKind, readonly string[]>> = {
  "auth-revoked": ["token_revoked", "account_inactive", "invalid_auth", "not_authed", "org_login_required"],
  forbidden: [
    ...["missing_scope", "no_permission", "not_allowed_token_type", "ekm_access_denied", "app_access_restricted"],
    "access_denied",
  ],
  config: [
    ...["channel_not_found", "not_in_channel", "is_archived", "restricted_action", "messages_tab_disabled"],
    ...["restricted_action_read_only_channel", "restricted_action_thread_only_channel", "team_not_found"],
  ],
  validation: [
    ...["invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "no_text"],
    ...["too_many_attachments", "metadata_too_large", "markdown_text_conflict", "invalid_arguments"],
    "missing_argument",
  ],
  "not-found": ["message_not_found", "users_not_found", "cant_update_message", "edit_window_closed"],
  "cursor-expired": ["invalid_cursor"],
  "rate-limited": ["ratelimited", "rate_limited", "message_limit_exceeded"],
  unavailable: ["internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"],
  contract: ["accesslimited", "invalid_form_data", "method_deprecated", "unknown_method", "a_word_of_tomorrow"],
};
