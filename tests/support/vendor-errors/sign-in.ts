import type { Answer } from "./answering.ts";
import { type ErrorShape, google, indeed, linkedin, slack } from "./shape.ts";

/** What a vendor says to a token that has run out, and then to the renewed one. */
export const expiredShapes: readonly Pick<ErrorShape, "vendor" | "section" | "what" | "api">[] = [
  {
    ...{ vendor: "slack", section: "6", what: "token_expired" },
    api: [...slack("token_expired"), { status: 200, body: { ok: true, team: "Acme", team_id: "T0", user_id: "U0" } }],
  },
  {
    ...{ vendor: "google-calendar", section: "7", what: "401 authError" },
    api: [
      ...google(401, "authError", "Invalid Credentials"),
      { status: 200, body: { id: "a@b.c", accessRole: "owner" } },
    ],
  },
  {
    ...{ vendor: "jobadder", section: "7", what: "401" },
    api: [{ status: 401 }, { status: 200, body: { accountName: "Acme" } }],
  },
  {
    ...{ vendor: "linkedin", section: "7", what: "401 and 65602" },
    api: [
      ...linkedin(401, "Expired access token", { serviceErrorCode: 65602 }),
      { status: 200, body: { results: {} } },
    ],
  },
  ...["FORBIDDEN", "UNAUTHENTICATED"].map((code) => ({
    ...{ vendor: "indeed" as const, section: "7", what: code },
    api: [...indeed(code, "client not authorised"), { status: 200, body: { data: { node: null } } }],
  })),
];

/** What a token endpoint says in place of a token. */
export interface TokenShape extends Pick<ErrorShape, "vendor" | "section" | "what" | "kind" | "waits" | "unsure"> {
  token: Answer;
}
const refused = (status: number, error: string, more: object = {}): Answer => ({ status, body: { error, ...more } });
const slackRefused = (error: string): Answer => ({ status: 200, body: { ok: false, error } });

export const tokenShapes: readonly TokenShape[] = [
  {
    ...{ vendor: "google-calendar", section: "3", what: "a dead sign-in", kind: "auth-revoked" },
    token: refused(400, "invalid_grant", { error_description: "Token has been expired or revoked." }),
  },
  {
    ...{ vendor: "google-calendar", section: "3", what: "that it waited in vain", kind: "network" },
    ...{ token: { status: 408 }, unsure: "all of it" },
  },
  {
    ...{ vendor: "slack", section: "3.3", what: "a dead sign-in, under 200", kind: "auth-revoked" },
    token: slackRefused("invalid_refresh_token"),
  },
  {
    ...{ vendor: "slack", section: "6", what: "an app that was removed", kind: "auth-revoked" },
    token: slackRefused("account_inactive"),
  },
  {
    ...{ vendor: "slack", section: "3.1", what: "a wrong secret of our app", kind: "config" },
    token: slackRefused("bad_client_secret"),
  },
  {
    ...{ vendor: "slack", section: "3.1", what: "an app that it does not know", kind: "config" },
    token: slackRefused("invalid_client_id"),
  },
  {
    ...{ vendor: "slack", section: "6", what: "too many calls", kind: "rate-limited", waits: 30 },
    token: { status: 429, headers: { "retry-after": "30" }, body: { ok: false, error: "ratelimited" } },
  },
  ...["internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"].map(
    (error): TokenShape => ({
      ...{ vendor: "slack", section: "6", what: `${error}, under 200`, kind: "unavailable" },
      token: slackRefused(error),
    }),
  ),
  {
    ...{ vendor: "jobadder", section: "3.3", what: "a dead sign-in", kind: "auth-revoked" },
    token: refused(400, "invalid_grant"),
  },
  {
    ...{ vendor: "jobadder", section: "3.3", what: "a dead sign-in in its other word", kind: "auth-revoked" },
    token: refused(400, "invalid_request"),
  },
  {
    ...{ vendor: "jobadder", section: "3.3", what: "that word in an outage", kind: "unavailable" },
    ...{ token: refused(503, "invalid_request"), unsure: "the word under this status" },
  },
  {
    ...{ vendor: "jobadder", section: "7", what: "too many calls, in any word", kind: "rate-limited", waits: 12 },
    token: { status: 429, headers: { "retry-after": "12" }, body: { error: "invalid_request" } },
    unsure: "the word under this status",
  },
  {
    ...{ vendor: "lever sign-in", section: "3.2", what: "a dead sign-in", kind: "auth-revoked" },
    ...{ token: refused(403, "invalid_grant"), unsure: "the answer; the words are OAuth's own" },
  },
  ...(["greenhouse", "indeed", "linkedin"] as const).map(
    (vendor): TokenShape => ({
      ...{ vendor, section: "3", what: "a wrong pair", kind: "auth-revoked" },
      ...{ token: refused(401, "invalid_client"), unsure: "the answer; the words are OAuth's own" },
    }),
  ),
];
