import { bearer, defineSandboxVendor, type Field, json, Refusal, text, type World } from "../framework.ts";
import { readable } from "./slack/blocks.ts";
import { slackWebhooks } from "./slack/events.ts";
import { methodRoutes, throttled } from "./slack/methods.ts";
import { oauthRoutes, removeApp } from "./slack/oauth.ts";
import { nextTs, type State, seedSlack, stateSchema, type Team } from "./slack/state.ts";

const TEAM: Field = {
  name: "team",
  label: "Workspace",
  options: ["T0ACME0001", "T0BIRCH001", "T0CEDAR001"],
  value: "T0ACME0001",
};

const chosen = (world: World<State>, input: Record<string, string>): Team => {
  const team = world.state.teams.find((candidate) => candidate.id === input.team);
  if (!team) throw new Refusal(`There is no workspace ${input.team}`);
  return team;
};

const chosenChannel = (team: Team, id: string | undefined) => {
  const channel = team.channels.find((candidate) => candidate.id === id);
  if (!channel) throw new Refusal(`There is no channel ${id} in ${team.name}`);
  return channel;
};

/** Tokens of one workspace, or of all when none is named. */
const tokens = (world: World<State>, input: Record<string, string>) =>
  world.state.tokens.filter((token) => !input.account || token.team === input.account);

const ENTRIES = [
  ["good", "xoxb-sandbox-acme"],
  ["other", "xoxb-sandbox-birch"],
  ["missingScope", "xoxb-sandbox-noscope"],
  ["revoked", "xoxb-sandbox-revoked"],
  ["empty", "xoxb-sandbox-cedar"],
] as const;

export default defineSandboxVendor<State>({
  id: "slack",
  name: "Slack",
  about: "Workspaces with channels: install by consent, post messages, receive signed events.",
  hosts: ["slack.com", "hooks.slack.com"],
  state: stateSchema,
  seed: seedSlack,
  account: (call, { state }) => state.tokens.find((token) => token.value === bearer(call))?.team ?? null,
  failure: (call, status, retryAfter) =>
    status === 429
      ? throttled(retryAfter ?? "1")
      : call.host === "hooks.slack.com"
        ? text(status, "rollup_error")
        : json(
            status,
            { ok: false, error: status === 503 ? "service_unavailable" : "internal_error" },
            retryAfter === null ? {} : { "retry-after": retryAfter },
          ),
  credentials({ state }) {
    const { id, ...app } = state.app;
    return Object.fromEntries(
      ENTRIES.flatMap(([name, value]) => {
        const token = state.tokens.find((candidate) => candidate.value === value);
        const team = state.teams.find((candidate) => candidate.id === token?.team);
        return token && team
          ? [
              [
                name,
                {
                  accountName: team.name,
                  config: {},
                  client: { ...app, appId: id },
                  tokens: { accessToken: value, scopes: token.scopes },
                  note: "Installed by consent: nothing to paste.",
                },
              ],
            ]
          : [];
      }),
    );
  },
  routes: [
    ...oauthRoutes,
    ...methodRoutes,
    {
      method: "POST",
      host: "hooks.slack.com",
      path: "/actions/:team/:id/:secret",
      handle: (call, world) => {
        const team = world.state.teams.find((candidate) => candidate.id === call.params.team);
        if (!team) return text(404, "no_team");
        const channel = world.state.messages.findLast((message) => message.team === team.id)?.channel ?? "";
        world.state.messages.push({
          team: team.id,
          channel,
          ts: nextTs(world.state, world.now()),
          thread: null,
          user: team.botUserId,
          text: call.body.toString("utf8").slice(0, 4000),
          blocks: [],
          metadata: null,
          via: "bot",
          edited: false,
        });
        return text(200, "ok");
      },
    },
  ],
  webhooks: slackWebhooks,
  faults: {
    revoke: {
      label: "Revoke tokens (and tell the app)",
      run(world, input) {
        const hit = new Set(tokens(world, input).map((token) => token.team));
        for (const token of tokens(world, input)) token.state = "revoked";
        for (const refresh of world.state.refreshTokens) if (hit.has(refresh.team)) refresh.used = true;
        for (const team of hit) world.emit("tokens_revoked", { team });
      },
    },
    "revoke-silently": {
      label: "Revoke tokens without an event",
      run(world, input) {
        for (const token of tokens(world, input)) token.state = "revoked";
      },
    },
    expire: {
      label: "Expire access tokens",
      run(world, input) {
        for (const token of tokens(world, input)) if (token.state === "live") token.state = "expired";
      },
    },
    restore: {
      label: "Bring tokens back",
      run(world, input) {
        for (const token of tokens(world, input))
          token.state = token.value === "xoxb-sandbox-revoked" ? "revoked" : "live";
        for (const team of world.state.teams) team.installed = true;
      },
    },
  },
  actions: [
    {
      id: "register-events",
      label: "Save the events request URL",
      fields: [{ name: "url", label: "Request URL" }],
      run(world, input) {
        world.state.eventsUrl = input.url ?? null;
        world.emit("url_verification");
      },
    },
    {
      id: "register-interactivity",
      label: "Save the interactivity request URL",
      fields: [{ name: "url", label: "Request URL" }],
      run({ state }, input) {
        state.interactivityUrl = input.url ?? null;
      },
    },
    {
      id: "redirect-uris",
      label: "Save redirect URLs",
      fields: [{ name: "urls", label: "Separated by spaces (blank allows all)", optional: true }],
      run({ state }, input) {
        state.redirectUris = (input.urls ?? "").split(/\s+/).filter(Boolean);
      },
    },
    {
      id: "settings",
      label: "Change the app's settings",
      fields: [
        { name: "rotation", label: "Token rotation", options: ["false", "true"], value: "false" },
        { name: "accessSeconds", label: "Access token lifetime in seconds", kind: "number", value: "43200" },
      ],
      run({ state }, input) {
        state.rotation = input.rotation === "true";
        state.accessSeconds = Number(input.accessSeconds);
      },
    },
    {
      id: "uninstall",
      label: "Remove the app from a workspace",
      fields: [TEAM],
      run: (world, input) => removeApp(world, chosen(world, input)),
    },
    {
      id: "say",
      label: "Let a person write",
      fields: [
        TEAM,
        { name: "channel", label: "Channel id", value: "C0HIRING1" },
        { name: "text", label: "Text", value: "Looks good to me" },
      ],
      run(world, input) {
        const team = chosen(world, input);
        const channel = chosenChannel(team, input.channel);
        const ts = nextTs(world.state, world.now());
        const user = team.users[0]?.id ?? "U0";
        world.state.messages.push({
          team: team.id,
          channel: channel.id,
          ts,
          thread: null,
          user,
          text: input.text ?? "",
          blocks: [],
          metadata: null,
          via: "person",
          edited: false,
        });
        world.emit("message", { team: team.id, channel: channel.id, text: input.text ?? "", ts });
        return { ts };
      },
    },
    {
      id: "archive-channel",
      label: "Archive a channel",
      fields: [TEAM, { name: "channel", label: "Channel id" }],
      run(world, input) {
        const team = chosen(world, input);
        chosenChannel(team, input.channel).archived = true;
        world.emit("channel_archive", { team: team.id, channel: input.channel ?? "" });
      },
    },
    {
      id: "rename-channel",
      label: "Rename a channel",
      fields: [TEAM, { name: "channel", label: "Channel id" }, { name: "name", label: "New name" }],
      run(world, input) {
        const team = chosen(world, input);
        chosenChannel(team, input.channel).name = input.name ?? "";
        world.emit("channel_rename", { team: team.id, channel: input.channel ?? "" });
      },
    },
    {
      id: "remove-webhook",
      label: "Remove the incoming webhook",
      fields: [TEAM],
      run(world, input) {
        chosen(world, input).webhook = null;
      },
    },
  ],
  describe: ({ state }) => [
    {
      title: "Messages",
      columns: ["Time", "Workspace", "Channel", "Message"],
      rows: state.messages.toReversed().map((message) => {
        const team = state.teams.find((candidate) => candidate.id === message.team);
        const channel = team?.channels.find((candidate) => candidate.id === message.channel);
        return [
          message.ts,
          team?.name ?? "",
          channel ? `#${channel.name}` : message.channel,
          readable(message.text, message.blocks),
        ];
      }),
    },
    {
      title: "Workspaces",
      note: `Events go to ${state.eventsUrl ?? "nobody yet"}`,
      columns: ["Id", "Name", "Channels", "App"],
      rows: state.teams.map((team) => [
        team.id,
        team.name,
        team.channels.length,
        team.installed ? "installed" : "removed",
      ]),
    },
    {
      title: "Tokens",
      columns: ["Workspace", "Ends in", "State", "Expires"],
      rows: state.tokens.map((token) => [token.team, token.value.slice(-6), token.state, token.expiresAt ?? "never"]),
    },
  ],
});
