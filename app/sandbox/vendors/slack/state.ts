import { z } from "zod";

const channelSchema = z.object({
  id: z.string(),
  name: z.string(),
  private: z.boolean(),
  archived: z.boolean(),
  general: z.boolean(),
  member: z.boolean(),
  /** Only some people may post, as in a locked #general. */
  restricted: z.boolean(),
});
const messageSchema = z.object({
  team: z.string(),
  channel: z.string(),
  ts: z.string(),
  thread: z.string().nullable(),
  user: z.string(),
  text: z.string(),
  blocks: z.array(z.looseObject({ type: z.string() })),
  metadata: z.unknown(),
  via: z.enum(["bot", "webhook", "person"]),
  edited: z.boolean(),
});
const teamSchema = z.object({
  id: z.string(),
  name: z.string(),
  domain: z.string(),
  botUserId: z.string(),
  botId: z.string(),
  installed: z.boolean(),
  users: z.array(z.object({ id: z.string(), name: z.string(), email: z.string() })),
  channels: z.array(channelSchema),
  /** Path of an incoming webhook below /services, null when removed. */
  webhook: z.object({ path: z.string(), channel: z.string() }).nullable(),
});
const tokenSchema = z.object({
  value: z.string(),
  team: z.string(),
  scopes: z.array(z.string()),
  state: z.enum(["live", "revoked", "expired"]),
  expiresAt: z.string().nullable(),
});

export const stateSchema = z.object({
  app: z.object({ id: z.string(), clientId: z.string(), clientSecret: z.string(), signingSecret: z.string() }),
  eventsUrl: z.string().nullable(),
  eventsVerified: z.boolean(),
  interactivityUrl: z.string().nullable(),
  /** Redirect URLs that the app has saved; empty takes any, for an app that is just being set up. */
  redirectUris: z.array(z.string()),
  rotation: z.boolean(),
  accessSeconds: z.number(),
  teams: z.array(teamSchema),
  tokens: z.array(tokenSchema),
  refreshTokens: z.array(
    z.object({ value: z.string(), team: z.string(), scopes: z.array(z.string()), used: z.boolean() }),
  ),
  codes: z.array(
    z.object({
      value: z.string(),
      team: z.string(),
      user: z.string(),
      scopes: z.array(z.string()),
      redirectUri: z.string().nullable(),
      expiresAt: z.string(),
      used: z.boolean(),
    }),
  ),
  messages: z.array(messageSchema),
  nextTs: z.number(),
  nextId: z.number(),
});
export type State = z.infer<typeof stateSchema>;
export type Team = z.infer<typeof teamSchema>;
export type Message = z.infer<typeof messageSchema>;
export type Token = z.infer<typeof tokenSchema>;

export const BOT_SCOPES = [
  "chat:write",
  "chat:write.public",
  "channels:read",
  "groups:read",
  "channels:join",
  "users:read",
  "users:read.email",
  "im:write",
];

const channel = (id: string, name: string, over: Partial<Team["channels"][number]> = {}): Team["channels"][number] => ({
  id,
  name,
  private: false,
  archived: false,
  general: false,
  member: false,
  restricted: false,
  ...over,
});

const team = (id: string, name: string, domain: string, channels: Team["channels"]): Team => ({
  id,
  name,
  domain,
  botUserId: `U0BOT${id.slice(2, 6)}`,
  botId: `B0BOT${id.slice(2, 6)}`,
  installed: true,
  users: [
    { id: `U0REC${id.slice(2, 6)}1`, name: "dana", email: `dana@${domain}.example` },
    { id: `U0REC${id.slice(2, 6)}2`, name: "lee", email: `lee@${domain}.example` },
  ],
  channels,
  webhook: channels[0] ? { path: `${id}/B0HOOK001/sandbox-webhook-${domain}`, channel: channels[0].id } : null,
});

const token = (value: string, teamId: string, over: Partial<Token> = {}): Token => ({
  value,
  team: teamId,
  scopes: BOT_SCOPES,
  state: "live",
  expiresAt: null,
  ...over,
});

/** Three workspaces with the app installed; the last has no channels. */
export const seedSlack = (): State => ({
  app: {
    id: "A0PORTAL9",
    clientId: "patchbay-sandbox",
    clientSecret: "patchbay-sandbox-secret",
    signingSecret: "patchbay-sandbox-secret",
  },
  eventsUrl: null,
  eventsVerified: false,
  interactivityUrl: null,
  redirectUris: [],
  rotation: false,
  accessSeconds: 43_200,
  teams: [
    team("T0ACME0001", "Acme Hiring", "acme-hiring", [
      channel("C0HIRING1", "hiring"),
      channel("C0GENERAL", "general", { general: true, restricted: true }),
      channel("C0RANDOM1", "random"),
      channel("C0OLDNEWS", "old-news", { archived: true }),
      channel("C0INTERV1", "interviews", { private: true, member: true }),
      channel("C0SECRET1", "board-only", { private: true }),
      ...Array.from({ length: 120 }, (_, index) =>
        channel(`C0TEAM${String(index).padStart(4, "0")}`, `team-${index + 1}`),
      ),
    ]),
    team("T0BIRCH001", "Birch Team", "birch-team", [channel("C0BIRCH01", "hiring"), channel("C0BIRCH02", "lounge")]),
    team("T0CEDAR001", "Cedar Works", "cedar-works", []),
  ],
  tokens: [
    token("xoxb-sandbox-acme", "T0ACME0001"),
    token("xoxb-sandbox-birch", "T0BIRCH001"),
    token("xoxb-sandbox-noscope", "T0ACME0001", { scopes: ["channels:read"] }),
    token("xoxb-sandbox-revoked", "T0ACME0001", { state: "revoked" }),
    token("xoxb-sandbox-cedar", "T0CEDAR001"),
  ],
  refreshTokens: [],
  codes: [],
  messages: [],
  nextTs: 100,
  nextId: 1,
});

/** Message times are unique per workspace: seconds, a dot and six digits that only grow. */
export const nextTs = (state: State, now: Date): string =>
  `${Math.floor(now.getTime() / 1000)}.${String(state.nextTs++).padStart(6, "0")}`;
