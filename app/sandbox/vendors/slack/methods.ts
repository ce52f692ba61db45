import { z } from "zod";
import { bearer, type Call, header, json, type Reply, type Route, text, type World } from "../../framework.ts";
import { blockProblem } from "./blocks.ts";
import { type Message, nextTs, type State, type Team, type Token } from "./state.ts";

const HOST = "slack.com";
type Args = Record<string, unknown>;
type Caller = { team: Team; token: Token };
type Method = {
  /** Any of these scopes will do; none needed when empty. */
  scopes: readonly string[];
  /** Writing methods take JSON too; reading ones take query and form only. */
  json: boolean;
  /** Calls a minute, by the method's tier. */
  perMinute: number;
  run(args: Args, caller: Caller, world: World<State>): Reply;
};

const ok = (value: Record<string, unknown> = {}, extra: Reply["headers"] = {}) =>
  json(200, { ok: true, ...value }, extra);
const fail = (error: string, extra: Record<string, unknown> = {}) => json(200, { ok: false, error, ...extra });
const str = (args: Args, name: string): string => {
  const value = args[name];
  return typeof value === "string"
    ? value
    : typeof value === "number" || typeof value === "boolean"
      ? String(value)
      : "";
};

const maybeJson = (value: string): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};

/** Arguments from the query, a form (structured ones are JSON text) or, where the method takes it, a JSON body. */
const argumentsOf = (call: Call, takesJson: boolean): { args: Args; warning: string | null } => {
  const type = header(call, "content-type");
  const args: Args = Object.fromEntries(call.query);
  if (type.startsWith("application/json")) {
    if (!takesJson) return { args, warning: null };
    const body = z.record(z.string(), z.unknown()).safeParse(maybeJson(call.body.toString("utf8")));
    return {
      args: { ...args, ...(body.success ? body.data : {}) },
      warning: /charset/i.test(type) ? null : "missing_charset",
    };
  }
  for (const [key, value] of new URLSearchParams(call.body.toString("utf8")))
    args[key] = key === "blocks" || key === "metadata" || key === "attachments" ? maybeJson(value) : value;
  return { args, warning: null };
};

const channelOf = (team: Team, id: string) =>
  team.channels.find((channel) => channel.id === id && (!channel.private || channel.member));

const printChannel = (channel: Team["channels"][number]) => ({
  id: channel.id,
  name: channel.name,
  is_channel: !channel.private,
  is_group: channel.private,
  is_private: channel.private,
  is_archived: channel.archived,
  is_general: channel.general,
  is_member: channel.member,
  num_members: 12,
  topic: { value: "" },
  purpose: { value: "" },
});

const printMessage = (message: Message, team: Team) => ({
  type: "message",
  subtype: "bot_message",
  user: team.botUserId,
  bot_id: team.botId,
  text: message.text,
  ts: message.ts,
  ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
  ...(message.thread ? { thread_ts: message.thread } : {}),
});

const MOST_TEXT = 40_000;
const blocksSchema = z.array(z.looseObject({ type: z.string() }));

/** The parts of a message that both posting and updating check; a Reply is the refusal. */
const content = (args: Args): { text: string; blocks: Message["blocks"]; warnings: string[] } | Reply => {
  const parsed = blocksSchema.safeParse(args.blocks ?? []);
  if (!parsed.success) return fail("invalid_blocks_format");
  const problem = blockProblem(parsed.data);
  if (problem) return fail("invalid_blocks", { response_metadata: { messages: [`[ERROR] ${problem}`] } });
  if (args.markdown_text !== undefined && (args.text !== undefined || args.blocks !== undefined))
    return fail("markdown_text_conflict");
  const raw = str(args, "markdown_text") || str(args, "text");
  if (raw === "" && parsed.data.length === 0 && args.attachments === undefined) return fail("no_text");
  return {
    text: raw.slice(0, MOST_TEXT),
    blocks: parsed.data,
    warnings: raw.length > MOST_TEXT ? ["message_truncated"] : [],
  };
};

const perChannel = new WeakMap<State, Map<string, number[]>>();

/** About one message a second and channel, with a short burst allowed; seconds to wait, or 0. */
const tooFast = (state: State, key: string, now: number): number => {
  const known = perChannel.get(state) ?? new Map<string, number[]>();
  perChannel.set(state, known);
  const recent = (known.get(key) ?? []).filter((at) => at > now - 10_000);
  if (recent.length >= 15) return Math.max(1, Math.ceil(((recent[0] ?? now) + 10_000 - now) / 1000));
  known.set(key, [...recent, now]);
  return 0;
};

export const throttled = (seconds: string): Reply =>
  json(429, { ok: false, error: "ratelimited" }, { "retry-after": seconds });

const post: Method["run"] = (args, { team, token }, world) => {
  const { state } = world;
  const wanted = str(args, "channel");
  if (wanted === "") return fail("channel_not_found");
  const person = team.users.find((user) => user.id === wanted);
  const channel = channelOf(team, wanted);
  if (!person && !channel) return fail("channel_not_found");
  if (channel?.archived) return fail("is_archived");
  if (channel?.restricted) return fail("restricted_action");
  if (channel && !channel.member && !token.scopes.includes("chat:write.public")) return fail("not_in_channel");
  const parts = content(args);
  if ("status" in parts) return parts;
  const wait = tooFast(state, `${team.id}${wanted}`, world.now().getTime());
  if (wait > 0) return throttled(String(wait));
  const message: Message = {
    team: team.id,
    channel: wanted,
    ts: nextTs(state, world.now()),
    thread: str(args, "thread_ts") || null,
    user: team.botUserId,
    text: parts.text,
    blocks: parts.blocks,
    metadata: args.metadata ?? null,
    via: "bot",
    edited: false,
  };
  state.messages = [...state.messages, message].slice(-2000);
  return ok({
    channel: wanted,
    ts: message.ts,
    message: printMessage(message, team),
    ...(parts.warnings.length > 0
      ? { warning: parts.warnings.join(","), response_metadata: { warnings: parts.warnings } }
      : {}),
  });
};

const list: Method["run"] = (args, { team }) => {
  const types = (str(args, "types") || "public_channel").split(",").map((type) => type.trim());
  if (types.some((type) => !["public_channel", "private_channel", "im", "mpim"].includes(type)))
    return fail("invalid_types");
  const limit = Number(str(args, "limit") || 100);
  if (!Number.isInteger(limit) || limit < 1 || limit >= 1000) return fail("invalid_limit");
  const cursor = str(args, "cursor");
  const offset =
    cursor === "" ? 0 : Number(/^team:(\d+)$/.exec(Buffer.from(cursor, "base64").toString("utf8"))?.[1] ?? Number.NaN);
  if (Number.isNaN(offset)) return fail("invalid_cursor");
  const inScope = team.channels.filter(
    (channel) =>
      types.includes(channel.private ? "private_channel" : "public_channel") && (!channel.private || channel.member),
  );
  const page = inScope.slice(offset, offset + limit);
  const more = offset + limit < inScope.length;
  // Archived ones are left out after the cut: a page can be short while the cursor goes on.
  const shown = str(args, "exclude_archived") === "true" ? page.filter((channel) => !channel.archived) : page;
  return ok({
    channels: shown.map(printChannel),
    response_metadata: { next_cursor: more ? Buffer.from(`team:${offset + limit}`).toString("base64") : "" },
  });
};

const own = (state: State, team: Team, args: Args) =>
  state.messages.find(
    (message) => message.team === team.id && message.channel === str(args, "channel") && message.ts === str(args, "ts"),
  );

const METHODS: Record<string, Method> = {
  "auth.test": {
    scopes: [],
    json: true,
    perMinute: 600,
    run: (_args, { team }) =>
      ok({
        url: `https://${team.domain}.slack.com/`,
        team: team.name,
        user: "portal",
        team_id: team.id,
        user_id: team.botUserId,
        bot_id: team.botId,
        is_enterprise_install: false,
      }),
  },
  "auth.revoke": {
    scopes: [],
    json: false,
    perMinute: 50,
    run(args, { token }, world) {
      if (str(args, "test") === "1" || str(args, "test") === "true") return ok({ revoked: false });
      token.state = "revoked";
      world.emit("tokens_revoked", { team: token.team });
      return ok({ revoked: true });
    },
  },
  "chat.postMessage": { scopes: ["chat:write"], json: true, perMinute: 600, run: post },
  "chat.update": {
    scopes: ["chat:write"],
    json: true,
    perMinute: 50,
    run(args, { team }, { state }) {
      const message = own(state, team, args);
      if (!message) return fail("message_not_found");
      if (message.via !== "bot") return fail("cant_update_message");
      const parts = content(args);
      if ("status" in parts) return parts;
      Object.assign(message, { text: parts.text, blocks: parts.blocks, edited: true });
      return ok({ channel: message.channel, ts: message.ts, text: message.text, message: printMessage(message, team) });
    },
  },
  "chat.delete": {
    scopes: ["chat:write"],
    json: true,
    perMinute: 50,
    run(args, { team }, { state }) {
      const message = own(state, team, args);
      if (!message) return fail("message_not_found");
      state.messages = state.messages.filter((candidate) => candidate !== message);
      return ok({ channel: message.channel, ts: message.ts });
    },
  },
  "conversations.list": { scopes: ["channels:read", "groups:read"], json: false, perMinute: 20, run: list },
  "conversations.info": {
    scopes: ["channels:read", "groups:read"],
    json: false,
    perMinute: 50,
    run(args, { team }) {
      const channel = channelOf(team, str(args, "channel"));
      return channel ? ok({ channel: printChannel(channel) }) : fail("channel_not_found");
    },
  },
  "conversations.join": {
    scopes: ["channels:join"],
    json: true,
    perMinute: 50,
    run(args, { team }) {
      const channel = channelOf(team, str(args, "channel"));
      if (!channel || channel.private)
        return fail(channel ? "method_not_supported_for_channel_type" : "channel_not_found");
      if (channel.archived) return fail("is_archived");
      const already = channel.member;
      channel.member = true;
      return ok({ channel: printChannel(channel), ...(already ? { warning: "already_in_channel" } : {}) });
    },
  },
  "conversations.open": {
    scopes: ["im:write"],
    json: true,
    perMinute: 50,
    run(args, { team }) {
      const user = team.users.find((candidate) => candidate.id === str(args, "users"));
      return user ? ok({ channel: { id: user.id } }) : fail("users_not_found");
    },
  },
  "users.lookupByEmail": {
    scopes: ["users:read.email"],
    json: false,
    perMinute: 50,
    run(args, { team }) {
      const user = team.users.find((candidate) => candidate.email === str(args, "email").toLowerCase());
      return user
        ? ok({ user: { id: user.id, team_id: team.id, name: user.name, profile: { email: user.email } } })
        : fail("users_not_found");
    },
  },
};

const methodCalls = new WeakMap<State, Map<string, number[]>>();

const overTier = (state: State, key: string, perMinute: number, now: number): number => {
  const known = methodCalls.get(state) ?? new Map<string, number[]>();
  methodCalls.set(state, known);
  const recent = (known.get(key) ?? []).filter((at) => at > now - 60_000);
  if (recent.length >= perMinute) return Math.max(1, Math.ceil(((recent[0] ?? now) + 60_000 - now) / 1000));
  known.set(key, [...recent, now]);
  return 0;
};

const authProblem = (world: World<State>, value: string): string | Caller => {
  if (value === "") return "not_authed";
  const token = world.state.tokens.find((candidate) => candidate.value === value);
  const team = world.state.teams.find((candidate) => candidate.id === token?.team);
  if (!token || !team) return "invalid_auth";
  if (token.state === "revoked") return team.installed ? "token_revoked" : "account_inactive";
  const expired =
    token.state === "expired" || (token.expiresAt !== null && Date.parse(token.expiresAt) <= world.now().getTime());
  return expired ? "token_expired" : { team, token };
};

const run = (name: string, method: Method, call: Call, world: World<State>): Reply => {
  const { args, warning } = argumentsOf(call, method.json);
  const caller = authProblem(world, bearer(call) || (call.method === "POST" ? str(args, "token") : ""));
  if (typeof caller === "string") return fail(caller);
  const wait = overTier(world.state, `${caller.team.id}:${name}`, method.perMinute, world.now().getTime());
  if (wait > 0) return throttled(String(wait));
  const headers = {
    "x-oauth-scopes": caller.token.scopes.join(","),
    "x-accepted-oauth-scopes": method.scopes.join(","),
  };
  const allowed = method.scopes.length === 0 || method.scopes.some((scope) => caller.token.scopes.includes(scope));
  const reply = allowed
    ? method.run(args, caller, world)
    : fail("missing_scope", { needed: method.scopes[0], provided: caller.token.scopes.join(",") });
  const body =
    warning && typeof reply.body === "string" ? JSON.stringify({ ...JSON.parse(reply.body), warning }) : reply.body;
  return { ...reply, headers: { ...reply.headers, ...headers }, ...(body === undefined ? {} : { body }) };
};

/** An incoming webhook: plain text answers, and the URL is the credential. */
const incoming: Route<State>["handle"] = (call, { state, now }) => {
  const team = state.teams.find((candidate) => candidate.webhook?.path === call.params.rest);
  if (!team?.webhook) return text(404, "no_service");
  const body = z
    .looseObject({ text: z.string().optional(), blocks: blocksSchema.optional() })
    .safeParse(maybeJson(call.body.toString("utf8")));
  if (!body.success) return text(400, "invalid_payload");
  if (!body.data.text && !body.data.blocks) return text(400, "no_text");
  const channel = team.channels.find((candidate) => candidate.id === team.webhook?.channel);
  if (channel?.archived) return text(410, "channel_is_archived");
  state.messages.push({
    team: team.id,
    channel: team.webhook.channel,
    ts: nextTs(state, now()),
    thread: null,
    user: "webhook",
    text: body.data.text ?? "",
    blocks: body.data.blocks ?? [],
    metadata: null,
    via: "webhook",
    edited: false,
  });
  return text(200, "ok");
};

export const methodRoutes: readonly Route<State>[] = [
  ...Object.entries(METHODS).flatMap(([name, method]) =>
    ["GET", "POST"].map(
      (verb): Route<State> => ({
        method: verb,
        host: HOST,
        path: `/api/${name}`,
        handle: (call, world) => run(name, method, call, world),
      }),
    ),
  ),
  { method: "POST", host: "hooks.slack.com", path: "/services/*", handle: incoming },
  { method: "POST", host: HOST, path: "/api/:method", handle: () => fail("unknown_method") },
  { method: "GET", host: HOST, path: "/api/:method", handle: () => fail("unknown_method") },
];
