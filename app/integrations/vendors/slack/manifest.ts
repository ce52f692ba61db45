import type { Manifest } from "../../contract/manifest.ts";

export const manifest = {
  id: "slack",
  name: "Slack",
  summary: "Tells your channels about applicants, jobs and interviews.",
  category: "chat",
  brand: { color: "#5b2a61", site: "https://slack.com", monogram: "S" },
  cost: "free",
  signIn: "Sign-in · a member who may add apps",
  auth: {
    kind: "oauth2-code",
    authorizeUrl: "https://slack.com/oauth/v2/authorize",
    tokenUrl: "https://slack.com/api/oauth.v2.access",
    revokeUrl: "https://slack.com/api/auth.revoke",
    pkce: "none",
    clientAuth: "basic",
    refresh: "rotating",
    scopeSeparator: ",",
    keep: ["team.id", "team.name", "bot_user_id"],
    scopes: [
      { name: "chat:write", why: "Post messages", feature: "Notifications" },
      { name: "chat:write.public", why: "Post to public channels without joining them", feature: "Notifications" },
      { name: "channels:read", why: "List the public channels to choose from", feature: "Channel list" },
      {
        name: "groups:read",
        why: "List private channels that invited the bot",
        feature: "Private channels",
        optional: true,
      },
    ],
  },
  fields: [],
  setup: [
    {
      key: "channelId",
      label: "Channel",
      help: "Where notifications go unless a rule names another. For a private channel, invite the bot first.",
      from: "messaging.destinations",
      multiple: false,
      required: true,
    },
  ],
  environments: [{ id: "production", label: "Slack" }],
  capabilities: ["messaging", "webhook"],
  hosts: ["slack.com"],
  rateLimit: {
    per: "connection",
    concurrency: 3,
    buckets: [{ limit: 100, seconds: 60 }],
    classes: [
      { name: "post", match: "^POST /api/chat\\.postMessage", buckets: [{ limit: 1, seconds: 1 }] },
      { name: "list", match: "/api/conversations\\.list", buckets: [{ limit: 20, seconds: 60 }] },
    ],
  },
  docs: {
    api: "https://docs.slack.dev",
    troubleshooting: [
      {
        kind: "auth-revoked",
        symptom: "Slack withdrew our permission.",
        fix: "The app was removed from the workspace. Reconnect to add it again; rules and channel stay.",
      },
      {
        kind: "config",
        symptom: "The channel is not found.",
        fix: "It was archived, or is private and the bot is not in it. Type /invite @Patchbay there, or choose another channel.",
      },
      {
        kind: "forbidden",
        symptom: "A permission is missing.",
        fix: "Reconnect: Slack then asks for the permission that was added.",
      },
      {
        kind: "rate-limited",
        symptom: "Messages arrive late.",
        fix: "Slack takes about one message a second per channel. Nothing to do: they wait and go out in order.",
      },
    ],
  },
  quality: "silver",
  waivers: {},
} as const satisfies Manifest;
