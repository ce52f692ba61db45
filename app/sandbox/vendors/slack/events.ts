import { createHmac } from "node:crypto";
import type { Outgoing, Webhooks, World } from "../../framework.ts";
import type { State } from "./state.ts";

const MINUTE = 60_000;

/** `v0=` and the hex HMAC-SHA256 of `v0:<unix seconds>:<raw body>`. */
export const sign = (body: string, secret: string, timestamp: string): string =>
  `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;

const inner = (event: string, fields: Record<string, string>, state: State): Record<string, unknown> => {
  const team = state.teams.find((candidate) => candidate.id === fields.team) ?? state.teams[0];
  const channel = fields.channel || team?.channels[0]?.id || "";
  const named = team?.channels.find((candidate) => candidate.id === channel);
  switch (event) {
    case "tokens_revoked":
      return { type: event, tokens: { oauth: [], bot: [team?.botUserId] } };
    case "channel_rename":
      return { type: event, channel: { id: channel, name: named?.name, created: 1_700_000_000 } };
    case "channel_archive":
    case "channel_deleted":
    case "group_archive":
    case "group_deleted":
      return { type: event, channel };
    case "message":
      return {
        type: "message",
        channel,
        user: team?.users[0]?.id,
        text: fields.text || "Looks good to me",
        ts: fields.ts || "1790000000.000200",
        channel_type: "channel",
      };
    default:
      return { type: event };
  }
};

const build = (world: World<State>, event: string, fields: Record<string, string>): readonly Outgoing[] => {
  const { state } = world;
  if (event === "block_actions") return interaction(world, fields);
  if (state.eventsUrl === null) return [];
  const base = { url: state.eventsUrl, secret: state.app.signingSecret };
  const token = "legacyTok3nUnused";
  const id = `Ev0SANDBOX${String(state.nextId++).padStart(6, "0")}`;
  if (event === "url_verification")
    return [{ ...base, id, body: JSON.stringify({ token, challenge: `challenge-${id}`, type: event }) }];
  const teamId = fields.team || state.teams[0]?.id || "";
  const seconds = Math.floor(world.now().getTime() / 1000);
  if (event === "app_rate_limited")
    return [
      {
        ...base,
        id,
        body: JSON.stringify({
          token,
          type: event,
          team_id: teamId,
          minute_rate_limited: seconds,
          api_app_id: state.app.id,
        }),
      },
    ];
  const team = state.teams.find((candidate) => candidate.id === teamId);
  const body = {
    token,
    team_id: teamId,
    api_app_id: state.app.id,
    event: inner(event, fields, state),
    type: "event_callback",
    event_id: id,
    event_time: seconds,
    authorizations: [
      { enterprise_id: null, team_id: teamId, user_id: team?.botUserId, is_bot: true, is_enterprise_install: false },
    ],
  };
  return [{ ...base, id, body: JSON.stringify(body) }];
};

/** A click on a button of the latest message, as a signed form post. */
const interaction = (world: World<State>, fields: Record<string, string>): readonly Outgoing[] => {
  const { state } = world;
  const message = state.messages.findLast((candidate) => !fields.team || candidate.team === fields.team);
  const team = state.teams.find((candidate) => candidate.id === message?.team);
  if (!state.interactivityUrl || !message || !team) return [];
  const user = team.users[0];
  const payload = {
    type: "block_actions",
    user: { id: user?.id, username: user?.name, team_id: team.id },
    api_app_id: state.app.id,
    token: "legacyTok3nUnused",
    container: { type: "message", message_ts: message.ts, channel_id: message.channel, is_ephemeral: false },
    trigger_id: "13345224609.738474920.8088930838",
    team: { id: team.id, domain: team.domain },
    channel: { id: message.channel, name: team.channels.find((channel) => channel.id === message.channel)?.name ?? "" },
    message: { type: "message", text: message.text, ts: message.ts, blocks: message.blocks },
    response_url: world.url("hooks.slack.com", `/actions/${team.id}/1/sandbox`),
    state: { values: {} },
    actions: [
      {
        type: "button",
        block_id: fields.blockId || "app_actions",
        action_id: fields.actionId || "application_open",
        value: fields.value || "",
        action_ts: `${Math.floor(world.now().getTime() / 1000)}.120000`,
      },
    ],
  };
  return [
    {
      id: `click${state.nextId++}`,
      url: state.interactivityUrl,
      secret: state.app.signingSecret,
      body: new URLSearchParams({ payload: JSON.stringify(payload) }).toString(),
      contentType: "application/x-www-form-urlencoded",
    },
  ];
};

export const slackWebhooks: Webhooks<State> = {
  events: [
    "url_verification",
    "app_uninstalled",
    "tokens_revoked",
    "channel_archive",
    "channel_deleted",
    "channel_rename",
    "group_archive",
    "group_deleted",
    "message",
    "app_rate_limited",
    "block_actions",
    "team_icon_changed",
  ],
  build,
  sign(delivery, at) {
    const timestamp = String(Math.floor(at.getTime() / 1000));
    return {
      "X-Slack-Request-Timestamp": timestamp,
      "X-Slack-Signature": sign(delivery.body, delivery.secret, timestamp),
    };
  },
  // At about once, after a minute, after five.
  retryAfterMs: [1000, MINUTE, 5 * MINUTE],
  retryHeaders: (attempt, reason) => ({ "x-slack-retry-num": String(attempt), "x-slack-retry-reason": reason }),
};
