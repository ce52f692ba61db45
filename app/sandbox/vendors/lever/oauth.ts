import { randomBytes } from "node:crypto";
import { consentPage, consentRoutes, scopeList, scopesOf, wrongClient } from "../../consent.ts";
import { formBody, json, type Reply, type Route, type World } from "../../framework.ts";
import { accountOf, type Grant, type State } from "./state.ts";

const HOST = "auth.lever.co";
const AUDIENCE = "https://api.lever.co/v1/";
const CODE_MS = 5 * 60_000;

const random = () => randomBytes(24).toString("hex");

/** What is wrong with a consent request, or null. */
const wrongRequest = (state: State, query: URLSearchParams): string | null => {
  const wrong = wrongClient(query, state);
  if (wrong) return wrong === "client" ? "Unknown client" : "Callback URL mismatch";
  if (query.get("response_type") !== "code") return "unsupported_response_type";
  return (query.get("scope") ?? "").split(" ").length > 20 ? "Too many scopes" : null;
};

/** Without the audience nothing but offline access is on offer: the token is useless against the data API. */
const offered = (query: URLSearchParams): string[] => {
  const asked = scopesOf(query);
  return query.get("audience") === AUDIENCE ? asked : asked.filter((scope) => scope === "offline_access");
};

const consent = consentRoutes<State>({
  ...{ name: "Lever", host: HOST, path: "/authorize", wrong: wrongRequest },
  stranger: "There is no such account",
  page(call, state) {
    const accounts = state.accounts.map(({ key, domain }) => ({ value: key, label: domain }));
    const heading = "Patchbay wants to access your Lever account";
    const words = { title: "Lever · authorize", heading, accounts: "Account" };
    return consentPage(call, words, accounts, scopeList(offered(call.query)));
  },
  code({ state, now }, key, form) {
    const account = accountOf(state, key)?.key;
    if (account === undefined) return null;
    const code = {
      ...{ value: random(), account, scopes: offered(form), redirectUri: form.get("redirect_uri") ?? "" },
      ...{ expiresAt: now().getTime() + CODE_MS, used: false },
    };
    state.codes = [...state.codes, code].slice(-50);
    return code.value;
  },
});

/** Each answer carries a new access token and, with offline access, a new refresh token. */
const issue = ({ state, now }: World<State>, grant: Grant): Reply => {
  const at = now().getTime();
  const access = { value: `lv-${random()}`, expiresAt: at + state.accessSeconds * 1000 };
  grant.access = [...grant.access.filter((one) => one.expiresAt > at), access].slice(-20);
  const offline = grant.scopes.includes("offline_access");
  return json(200, {
    access_token: access.value,
    ...(offline ? { refresh_token: grant.refreshToken } : {}),
    token_type: "Bearer",
    expires_in: state.accessSeconds,
    scope: grant.scopes.join(" "),
  });
};

const refused = (status: number, error: string) => json(status, { error, error_description: error });

const token: Route<State>["handle"] = (call, world) => {
  const { state } = world;
  const form = formBody(call);
  if (form.get("client_id") !== state.clientId || form.get("client_secret") !== state.clientSecret)
    return refused(401, "invalid_client");
  if (form.get("grant_type") === "authorization_code") {
    const code = state.codes.find((one) => one.value === form.get("code"));
    const fresh = code && !code.used && code.expiresAt > world.now().getTime();
    if (!fresh || code.redirectUri !== form.get("redirect_uri")) return refused(403, "invalid_grant");
    code.used = true;
    const { account, scopes } = code;
    const grant: Grant = { account, scopes, refreshToken: `lr-${random()}`, access: [], revoked: false, refreshes: 0 };
    state.grants.push(grant);
    return issue(world, grant);
  }
  if (form.get("grant_type") !== "refresh_token") return refused(400, "unsupported_grant_type");
  const grant = state.grants.find((one) => one.refreshToken === form.get("refresh_token") && !one.revoked);
  if (!grant) return refused(403, "invalid_grant");
  grant.refreshToken = `lr-${random()}`;
  grant.refreshes += 1;
  return issue(world, grant);
};

export const oauthRoutes: readonly Route<State>[] = [
  ...consent,
  { method: "POST", host: HOST, path: "/oauth/token", handle: token },
];
