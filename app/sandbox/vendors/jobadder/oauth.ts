import { randomBytes } from "node:crypto";
import { consentPage, consentRoutes, scopeList, scopesOf, wrongClient } from "../../consent.ts";
import { type Call, formBody, json, type Reply, type Route, type World } from "../../framework.ts";
import { accountOf, type Grant, type State } from "./state.ts";

const HOST = "id.jobadder.com";
const CODE_MINUTES = 5;
const IDLE_DAYS = 14;

const random = () => randomBytes(24).toString("hex");

/** What is wrong with a consent request, or null. */
const wrongRequest = (state: State, query: URLSearchParams): string | null => {
  const wrong = wrongClient(query, state);
  if (wrong) return wrong === "client" ? "unauthorized_client" : "invalid redirect_uri";
  if (query.get("response_type") !== "code") return "unsupported_response_type";
  return query.get("scope") ? null : "invalid_scope";
};

const consent = consentRoutes<State>({
  ...{ name: "JobAdder", host: HOST, path: "/connect/authorize", wrong: wrongRequest },
  stranger: "There is no such account",
  page(call, state) {
    const heading = "Patchbay asks to access your JobAdder account";
    const accounts = state.accounts.map(({ key, name, user }) => ({ value: key, label: `${name} (${user.email})` }));
    const words = { title: "JobAdder · allow access", heading, accounts: "Account" };
    return consentPage(call, words, accounts, scopeList(scopesOf(call.query)));
  },
  code({ state, now }, key, form) {
    const account = accountOf(state, key)?.key;
    if (account === undefined) return null;
    const value = random();
    const expiresAt = new Date(now().getTime() + CODE_MINUTES * 60_000).toISOString();
    const redirectUri = form.get("redirect_uri") ?? "";
    const code = { value, account, scopes: scopesOf(form), redirectUri, expiresAt, used: false };
    state.codes = [...state.codes, code].slice(-50);
    return value;
  },
});

const refused = (error: string) => json(400, { error });

/** A new set: every answer carries a new refresh token and the address of the account's own API. */
const issue = (world: World<State>, grant: Grant): Reply => {
  const { state, now } = world;
  const at = now().getTime();
  const access = { value: `ja-${random()}`, expiresAt: new Date(at + state.accessSeconds * 1000).toISOString() };
  grant.access = [...grant.access.filter((one) => Date.parse(one.expiresAt) > at), access].slice(-20);
  grant.usedAt = now().toISOString();
  const offline = grant.scopes.includes("offline_access");
  return json(200, {
    access_token: access.value,
    expires_in: state.accessSeconds,
    token_type: "Bearer",
    ...(offline ? { refresh_token: grant.refreshToken } : {}),
    api: `https://${accountOf(state, grant.account)?.host ?? "api.jobadder.com"}/v2`,
  });
};

const exchange = (form: URLSearchParams, world: World<State>): Reply => {
  const { state } = world;
  const code = state.codes.find((candidate) => candidate.value === form.get("code"));
  if (!code || code.used || Date.parse(code.expiresAt) < world.now().getTime()) return refused("invalid_grant");
  if (code.redirectUri !== form.get("redirect_uri")) return refused("invalid_grant");
  code.used = true;
  const { account, scopes } = code;
  const usedAt = world.now().toISOString();
  const refreshToken = `jr-${random()}`;
  const grant: Grant = {
    account,
    scopes,
    refreshToken,
    previous: null,
    access: [],
    revoked: false,
    usedAt,
    refreshes: 0,
  };
  state.grants.push(grant);
  return issue(world, grant);
};

/** The grant of a refresh token that still counts: the present one, or the one before within the time of grace. */
const grantOf = (world: World<State>, token: string): Grant | null => {
  const at = world.now().getTime();
  const counts = (grant: Grant) =>
    grant.refreshToken === token ||
    (grant.previous !== null && grant.previous.value === token && Date.parse(grant.previous.until) > at);
  const found = world.state.grants.find((grant) => counts(grant) && !grant.revoked);
  return found && at - Date.parse(found.usedAt) < IDLE_DAYS * 86_400_000 ? found : null;
};

const token: Route<State>["handle"] = (call, world) => {
  const { state } = world;
  const form = formBody(call);
  if (form.get("client_id") !== state.clientId || form.get("client_secret") !== state.clientSecret)
    return refused("invalid_client");
  if (form.get("grant_type") === "authorization_code") return exchange(form, world);
  if (form.get("grant_type") !== "refresh_token") return refused("unsupported_grant_type");
  const given = form.get("refresh_token") ?? "";
  const grant = grantOf(world, given);
  if (!grant) return refused("invalid_grant");
  const until = new Date(world.now().getTime() + state.graceSeconds * 1000).toISOString();
  grant.previous = { value: grant.refreshToken, until };
  grant.refreshToken = `jr-${random()}`;
  grant.refreshes += 1;
  return issue(world, grant);
};

/** Who calls: the account of an access token, or at the token endpoint that of the grant asked for. */
export const callerOf = (call: Call, state: State, bearer: string): Grant | undefined => {
  if (call.host !== HOST) return state.grants.find((grant) => grant.access.some((one) => one.value === bearer));
  const given = formBody(call).get("refresh_token");
  return state.grants.find((grant) => grant.refreshToken === given || grant.previous?.value === given);
};

export const oauthRoutes: readonly Route<State>[] = [
  ...consent,
  { method: "POST", host: HOST, path: "/connect/token", handle: token },
];
