import { randomBytes } from "node:crypto";
import { consentPage, consentProblem, scopeList, scopesOf, sendBack } from "../../consent.ts";
import { formBody, json, type Reply, type Route, type World } from "../../framework.ts";
import { accountOf, type Grant, type State } from "./state.ts";

const HOST = "auth.lever.co";
const AUDIENCE = "https://api.lever.co/v1/";
const CODE_MS = 5 * 60_000;

const random = () => randomBytes(24).toString("hex");

const problem = (message: string) => consentProblem("Lever", "Something went wrong", message);

/** What is wrong with a consent request, or null. Nothing is sent to a redirect URI that has not been checked. */
const wrongRequest = (state: State, query: URLSearchParams): string | null => {
  const redirectUri = query.get("redirect_uri") ?? "";
  if (query.get("client_id") !== state.clientId) return "Unknown client";
  if (!URL.canParse(redirectUri)) return "Callback URL mismatch";
  if (state.redirectUris.length > 0 && !state.redirectUris.includes(redirectUri)) return "Callback URL mismatch";
  if (query.get("response_type") !== "code") return "unsupported_response_type";
  return (query.get("scope") ?? "").split(" ").length > 20 ? "Too many scopes" : null;
};

/** Without the audience nothing but offline access is on offer: the token is useless against the data API. */
const offered = (query: URLSearchParams): string[] => {
  const asked = scopesOf(query);
  return query.get("audience") === AUDIENCE ? asked : asked.filter((scope) => scope === "offline_access");
};

/** The sign-in and consent page: choose an account, allow or deny. */
const consent: Route<State>["handle"] = (call, { state }) => {
  const wrong = wrongRequest(state, call.query);
  if (wrong) return problem(wrong);
  const accounts = state.accounts.map(({ key, domain }) => ({ value: key, label: domain }));
  const heading = "Patchbay wants to access your Lever account";
  return consentPage(
    call,
    { title: "Lever · authorize", heading, accounts: "Account" },
    accounts,
    scopeList(offered(call.query)),
  );
};

const decide: Route<State>["handle"] = (call, { state, now }) => {
  const form = formBody(call);
  const wrong = wrongRequest(state, form);
  if (wrong) return problem(wrong);
  const redirectUri = form.get("redirect_uri") ?? "";
  const echo = { state: form.get("state") };
  if (form.get("decision") !== "allow") return sendBack(redirectUri, { error: "access_denied", ...echo });
  const account = accountOf(state, form.get("account") ?? "");
  if (!account) return problem("There is no such account");
  const code = {
    ...{ value: random(), account: account.key, scopes: offered(form), redirectUri },
    ...{ expiresAt: now().getTime() + CODE_MS, used: false },
  };
  state.codes = [...state.codes, code].slice(-50);
  return sendBack(redirectUri, { code: code.value, ...echo });
};

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
  { method: "GET", host: HOST, path: "/authorize", handle: consent },
  { method: "POST", host: HOST, path: "/authorize", handle: decide },
  { method: "POST", host: HOST, path: "/oauth/token", handle: token },
];
