import { createHash, createSign, generateKeyPairSync, randomBytes } from "node:crypto";
import { consentPage, consentProblem, scopesOf, sendBack } from "../../consent.ts";
import { bearer, type Call, formBody, json, type Reply, type Route, type World } from "../../framework.ts";
import { html } from "../../markup.ts";
import type { State } from "./state.ts";

const random = (bytes = 24) => randomBytes(bytes).toString("base64url");
const CODE_MINUTES = 10;

let keys: ReturnType<typeof generateKeyPairSync> | null = null;
const keyPair = () => {
  keys ??= generateKeyPairSync("rsa", { modulusLength: 2048 });
  return keys;
};

const idToken = (world: World<State>, email: string): string => {
  const account = world.state.accounts.find((candidate) => candidate.email === email);
  const seconds = Math.floor(world.now().getTime() / 1000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = {
    iss: "https://accounts.google.com",
    aud: world.state.clientId,
    sub: account?.sub,
    email,
    email_verified: true,
    iat: seconds,
    exp: seconds + 3600,
  };
  const signed = `${part({ alg: "RS256", kid: "sandbox", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(keyPair().privateKey).toString("base64url")}`;
};

const problem = (code: string) => consentProblem("Google", "Access blocked", `Error 400: ${code}`);

const wrongRequest = (state: State, query: URLSearchParams): string | null => {
  if (query.get("client_id") !== state.clientId) return "invalid_client";
  const redirectUri = query.get("redirect_uri") ?? "";
  if (!URL.canParse(redirectUri)) return "redirect_uri_mismatch";
  if (state.redirectUris.length > 0 && !state.redirectUris.includes(redirectUri)) return "redirect_uri_mismatch";
  if (query.get("response_type") !== "code") return "unsupported_response_type";
  if (query.has("code_challenge") && query.get("code_challenge_method") !== "S256") return "invalid_request";
  return query.get("scope") ? null : "invalid_scope";
};

/** The consent page: choose an account, untick single scopes, allow or deny. */
const consent: Route<State>["handle"] = (call, { state }) => {
  const wrong = wrongRequest(state, call.query);
  if (wrong) return problem(wrong);
  const hint = call.query.get("login_hint");
  const heading = "Patchbay wants to access your Google Account";
  const accounts = state.accounts.map(({ email, name }) => ({ value: email, label: `${name} (${email})` }));
  const known = accounts.find(({ value }) => value === hint)?.value;
  const choices = scopesOf(call.query).map(
    (scope) =>
      html`<label class="choice"><input type="checkbox" name="granted" value="${scope}" checked>${scope}</label>`,
  );
  const scopes = html`<fieldset class="card"><legend>What Patchbay may do</legend>${choices}</fieldset>`;
  const words = { title: "Sign in · Google", heading, accounts: "Choose an account" };
  return consentPage(call, words, accounts, scopes, known);
};

const decide: Route<State>["handle"] = (call, { state, now }) => {
  const form = formBody(call);
  const wrong = wrongRequest(state, form);
  if (wrong) return problem(wrong);
  const redirectUri = form.get("redirect_uri") ?? "";
  if (form.get("decision") !== "allow")
    return sendBack(redirectUri, { error: "access_denied", state: form.get("state") });
  const email = form.get("account") ?? "";
  if (!state.accounts.some((account) => account.email === email)) return problem("invalid_account");
  const asked = scopesOf(form);
  const scopes = form.getAll("granted").filter((scope) => asked.includes(scope));
  const known = state.grants.some((grant) => grant.email === email && !grant.revoked);
  // A refresh token comes with the first consent only, unless consent is asked for again.
  const offline = form.get("access_type") === "offline" && (form.get("prompt")?.includes("consent") === true || !known);
  const value = `4/0${random()}`;
  const expiresAt = new Date(now().getTime() + CODE_MINUTES * 60_000).toISOString();
  const code = {
    value,
    email,
    scopes,
    redirectUri,
    challenge: form.get("code_challenge"),
    offline,
    used: false,
    expiresAt,
  };
  state.codes = [...state.codes, code].slice(-50);
  return sendBack(redirectUri, { state: form.get("state"), code: value, scope: scopes.join(" ") });
};

const oauthError = (status: number, error: string, description: string) =>
  json(status, { error, error_description: description });
const invalidGrant = () => oauthError(400, "invalid_grant", "Token has been expired or revoked.");

const issueAccess = (
  world: World<State>,
  grant: { email: string; scopes: readonly string[]; refreshToken: string },
) => {
  const { state } = world;
  const value = `ya29.${random(40)}`;
  const expiresAt = new Date(world.now().getTime() + state.expiresIn * 1000).toISOString();
  const alive = state.accessTokens.filter((token) => Date.parse(token.expiresAt) > world.now().getTime());
  state.accessTokens = [
    ...alive,
    { value, email: grant.email, scopes: [...grant.scopes], refreshToken: grant.refreshToken, expiresAt },
  ].slice(-500);
  return { access_token: value, expires_in: state.expiresIn, scope: grant.scopes.join(" "), token_type: "Bearer" };
};

const exchange = (form: URLSearchParams, world: World<State>): Reply => {
  const { state } = world;
  const code = state.codes.find((candidate) => candidate.value === form.get("code"));
  if (!code || code.used || Date.parse(code.expiresAt) < world.now().getTime())
    return oauthError(400, "invalid_grant", "Malformed auth code.");
  if (code.redirectUri !== form.get("redirect_uri")) return oauthError(400, "redirect_uri_mismatch", "Bad Request");
  if (code.challenge !== null) {
    const verifier = form.get("code_verifier");
    if (verifier === null) return oauthError(400, "invalid_grant", "Missing code verifier.");
    if (createHash("sha256").update(verifier).digest("base64url") !== code.challenge)
      return oauthError(400, "invalid_grant", "Invalid code verifier.");
  }
  code.used = true;
  const grant = { email: code.email, scopes: code.scopes, refreshToken: `1//0${random(36)}`, revoked: false };
  state.grants.push(grant);
  return json(200, {
    ...issueAccess(world, grant),
    ...(code.offline ? { refresh_token: grant.refreshToken } : {}),
    ...(code.scopes.includes("openid") ? { id_token: idToken(world, code.email) } : {}),
  });
};

const token: Route<State>["handle"] = (call, world) => {
  const { state } = world;
  const form = formBody(call);
  if (form.get("client_id") !== state.clientId || form.get("client_secret") !== state.clientSecret)
    return oauthError(401, "invalid_client", "Unauthorized");
  if (form.get("grant_type") === "authorization_code") return exchange(form, world);
  if (form.get("grant_type") !== "refresh_token")
    return oauthError(400, "unsupported_grant_type", "Invalid grant_type");
  const grant = state.grants.find((candidate) => candidate.refreshToken === form.get("refresh_token"));
  return grant && !grant.revoked ? json(200, issueAccess(world, grant)) : invalidGrant();
};

/** Ends the whole grant that a refresh or access token belongs to. */
const revoke: Route<State>["handle"] = (call, { state }) => {
  const value = formBody(call).get("token") ?? call.query.get("token");
  const access = state.accessTokens.find((candidate) => candidate.value === value);
  const grant = state.grants.find(
    (candidate) => !candidate.revoked && candidate.refreshToken === (access?.refreshToken ?? value),
  );
  if (!grant) return oauthError(400, "invalid_token", "Token expired or revoked");
  endGrants(state, (candidate) => candidate.email === grant.email);
  return json(200, {});
};

/** Revokes the grants chosen, with their access tokens and push channels. */
export const endGrants = (state: State, chosen: (grant: State["grants"][number]) => boolean): void => {
  for (const grant of state.grants) if (chosen(grant)) grant.revoked = true;
  const dead = new Set(state.grants.filter((grant) => grant.revoked).map((grant) => grant.refreshToken));
  state.accessTokens = state.accessTokens.filter((access) => !dead.has(access.refreshToken));
};

/** The live access token of a request, or null. */
export const accessOf = (call: Call, world: World<State>) => {
  const found = world.state.accessTokens.find((candidate) => candidate.value === bearer(call));
  return found && Date.parse(found.expiresAt) > world.now().getTime() ? found : null;
};

const userinfo: Route<State>["handle"] = (call, world) => {
  const access = accessOf(call, world);
  const account = world.state.accounts.find((candidate) => candidate.email === access?.email);
  if (!access || !account) return json(401, { error: "invalid_request", error_description: "Invalid Credentials" });
  return json(200, {
    sub: account.sub,
    email: account.email,
    email_verified: true,
    ...(access.scopes.includes("profile") ? { name: account.name } : {}),
  });
};

const tokeninfo: Route<State>["handle"] = (call, world) => {
  const value = call.query.get("access_token");
  const access = world.state.accessTokens.find(
    (candidate) => candidate.value === value && Date.parse(candidate.expiresAt) > world.now().getTime(),
  );
  if (!access) return oauthError(400, "invalid_token", "Invalid Value");
  const left = Math.floor((Date.parse(access.expiresAt) - world.now().getTime()) / 1000);
  return json(200, {
    aud: world.state.clientId,
    scope: access.scopes.join(" "),
    expires_in: String(left),
    email: access.email,
  });
};

const CONSENT = { host: "accounts.google.com", path: "/o/oauth2/v2/auth" };

export const oauthRoutes: readonly Route<State>[] = [
  { method: "GET", ...CONSENT, handle: consent },
  { method: "POST", ...CONSENT, handle: decide },
  { method: "POST", host: "oauth2.googleapis.com", path: "/token", handle: token },
  { method: "POST", host: "oauth2.googleapis.com", path: "/revoke", handle: revoke },
  { method: "GET", host: "oauth2.googleapis.com", path: "/tokeninfo", handle: tokeninfo },
  { method: "GET", host: "openidconnect.googleapis.com", path: "/v1/userinfo", handle: userinfo },
  { method: "GET", host: "www.googleapis.com", path: "/oauth2/v3/userinfo", handle: userinfo },
  {
    method: "GET",
    host: "www.googleapis.com",
    path: "/oauth2/v3/certs",
    handle: () =>
      json(200, {
        keys: [{ ...keyPair().publicKey.export({ format: "jwk" }), kid: "sandbox", alg: "RS256", use: "sig" }],
      }),
  },
];
