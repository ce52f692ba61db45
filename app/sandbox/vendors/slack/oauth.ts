import { randomBytes } from "node:crypto";
import { consentPage, consentRoutes, scopeList, scopesOf } from "../../consent.ts";
import { basic, bearer, type Call, formBody, json, type Reply, type Route, type World } from "../../framework.ts";
import type { State, Team } from "./state.ts";

const HOST = "slack.com";
const CODE_MINUTES = 10;

const random = () => randomBytes(20).toString("hex");

const failed = (error: string): Reply => json(200, { ok: false, error });

/** What is wrong with a consent request, or null. Nothing may be sent to a redirect URI that has not been checked. */
const wrongRequest = (state: State, query: URLSearchParams): string | null => {
  const redirectUri = query.get("redirect_uri") ?? "";
  if (query.get("client_id") !== state.app.clientId) return "invalid_client_id";
  if (!URL.canParse(redirectUri)) return "bad_redirect_uri";
  if (state.redirectUris.length > 0 && !state.redirectUris.some((saved) => redirectUri.startsWith(saved)))
    return "bad_redirect_uri";
  if (query.has("code_challenge")) return "pkce_not_allowed";
  return query.get("scope") ? null : "no_scopes";
};

const consent = consentRoutes<State>({
  ...{ name: "Slack", host: HOST, path: "/oauth/v2/authorize", wrong: wrongRequest, stranger: "team_not_found" },
  page(call, state) {
    const wanted = call.query.get("team");
    const teams = state.teams.filter((team) => wanted === null || team.id === wanted);
    const heading = "Patchbay asks to access a Slack workspace";
    const words = { title: "Slack · allow access", heading, accounts: "Workspace" };
    const accounts = teams.map(({ id, name }) => ({ value: id, label: name }));
    return consentPage(call, words, accounts, scopeList(scopesOf(call.query)));
  },
  code({ state, now }, key, form) {
    const team = state.teams.find((candidate) => candidate.id === key);
    if (!team) return null;
    const code = {
      ...{ value: `1111.2222.${random()}`, team: team.id, user: team.users[0]?.id ?? "U0", scopes: scopesOf(form) },
      ...{ redirectUri: form.get("redirect_uri") ?? "", used: false },
      expiresAt: new Date(now().getTime() + CODE_MINUTES * 60_000).toISOString(),
    };
    state.codes = [...state.codes, code].slice(-50);
    return code.value;
  },
});

const grant = (world: World<State>, team: Team, scopes: readonly string[], user: string) => {
  const { state } = world;
  const rotating = state.rotation;
  const live = state.tokens.filter(
    (token) => token.team === team.id && token.state === "live" && token.expiresAt !== null,
  );
  // At most two access tokens are live at a time: the oldest dies.
  const oldest = live.at(-2);
  if (rotating && oldest) oldest.state = "revoked";
  const accessToken = rotating ? `xoxe.xoxb-${random()}` : `xoxb-${random()}`;
  const expiresAt = rotating ? new Date(world.now().getTime() + state.accessSeconds * 1000).toISOString() : null;
  state.tokens.push({ value: accessToken, team: team.id, scopes: [...scopes], state: "live", expiresAt });
  const refreshToken = `xoxe-1-${random()}`;
  if (rotating) state.refreshTokens.push({ value: refreshToken, team: team.id, scopes: [...scopes], used: false });
  team.installed = true;
  return json(200, {
    ok: true,
    app_id: state.app.id,
    authed_user: { id: user },
    scope: scopes.join(","),
    token_type: "bot",
    access_token: accessToken,
    bot_user_id: team.botUserId,
    ...(rotating ? { refresh_token: refreshToken, expires_in: state.accessSeconds } : {}),
    team: { id: team.id, name: team.name },
    enterprise: null,
    is_enterprise_install: false,
  });
};

const clientProblem = (call: Call, form: URLSearchParams, state: State): string | null => {
  const given = basic(call);
  const id = given?.user ?? form.get("client_id");
  const secret = given?.password ?? form.get("client_secret");
  if (id !== state.app.clientId) return "invalid_client_id";
  return secret === state.app.clientSecret ? null : "bad_client_secret";
};

/** `oauth.v2.access`: a code or a refresh token for a bot token. HTTP 200 also when it fails. */
const access: Route<State>["handle"] = (call, world) => {
  const { state } = world;
  const form = formBody(call);
  const wrong = clientProblem(call, form, state);
  if (wrong) return failed(wrong);
  const teamOf = (id: string) => state.teams.find((team) => team.id === id);
  if (form.get("grant_type") === "refresh_token") {
    const refresh = state.refreshTokens.find((candidate) => candidate.value === form.get("refresh_token"));
    const team = refresh && teamOf(refresh.team);
    if (!refresh || refresh.used || !team || !team.installed) return failed("invalid_refresh_token");
    refresh.used = true;
    return grant(world, team, refresh.scopes, team.users[0]?.id ?? "U0");
  }
  if (form.has("grant_type") && form.get("grant_type") !== "authorization_code") return failed("invalid_grant_type");
  const code = state.codes.find((candidate) => candidate.value === form.get("code"));
  const team = code && teamOf(code.team);
  if (!code || code.used || !team || Date.parse(code.expiresAt) < world.now().getTime()) return failed("invalid_code");
  if (code.redirectUri !== form.get("redirect_uri")) return failed("bad_redirect_uri");
  code.used = true;
  return grant(world, team, code.scopes, code.user);
};

/** `oauth.v2.exchange`: a long-lived token for a rotating pair, once. */
const exchange: Route<State>["handle"] = (call, world) => {
  const { state } = world;
  const form = formBody(call);
  const wrong = clientProblem(call, form, state);
  if (wrong) return failed(wrong);
  if (!state.rotation) return failed("token_rotation_not_enabled");
  const token = state.tokens.find((candidate) => candidate.value === form.get("token"));
  const team = state.teams.find((candidate) => candidate.id === token?.team);
  if (!token || !team) return failed("invalid_token");
  if (token.state !== "live" || token.expiresAt !== null) return failed("token_already_exchanged");
  token.state = "revoked";
  return grant(world, team, token.scopes, team.users[0]?.id ?? "U0");
};

const uninstall: Route<State>["handle"] = (call, world) => {
  const { state } = world;
  const form = formBody(call);
  const token = state.tokens.find((candidate) => candidate.value === (bearer(call) || form.get("token")));
  if (!token) return failed("invalid_auth");
  if (token.state === "revoked") return failed("token_revoked");
  const wrong = clientProblem({ ...call, headers: {} }, form.has("client_id") ? form : call.query, state);
  if (wrong) return failed(wrong);
  const team = state.teams.find((candidate) => candidate.id === token.team);
  if (team) removeApp(world, team);
  return json(200, { ok: true });
};

/** Ends every token of a workspace and tells the app, in the two events that come together. */
export const removeApp = (world: World<State>, team: Team): void => {
  for (const token of world.state.tokens) if (token.team === team.id) token.state = "revoked";
  for (const refresh of world.state.refreshTokens) if (refresh.team === team.id) refresh.used = true;
  team.installed = false;
  world.emit("tokens_revoked", { team: team.id });
  world.emit("app_uninstalled", { team: team.id });
};

export const oauthRoutes: readonly Route<State>[] = [
  ...consent,
  { method: "POST", host: HOST, path: "/api/oauth.v2.access", handle: access },
  { method: "POST", host: HOST, path: "/api/oauth.v2.exchange", handle: exchange },
  { method: "POST", host: HOST, path: "/api/apps.uninstall", handle: uninstall },
  { method: "GET", host: HOST, path: "/api/apps.uninstall", handle: uninstall },
];
