import { type Call, json, type Reply, type World } from "../../framework.ts";
import { accessOf } from "./oauth.ts";
import type { Account, Calendar, State } from "./state.ts";

const PREFIX = "https://www.googleapis.com/auth/";

/** The error body of the API: branch on `reason`, not on the status. */
export const problem = (code: number, reason: string, message: string, headers: Reply["headers"] = {}): Reply => {
  const domain = /[rR]ate|quota/.test(reason) ? "usageLimits" : "global";
  return json(code, { error: { code, message, errors: [{ domain, reason, message }] } }, headers);
};

export const notFound = () => problem(404, "notFound", "Not Found");

const minutes = new WeakMap<State, Map<string, number[]>>();

const overLimit = (state: State, email: string, now: number): boolean => {
  const known = minutes.get(state) ?? new Map<string, number[]>();
  minutes.set(state, known);
  const recent = (known.get(email) ?? []).filter((at) => at > now - 60_000);
  known.set(email, [...recent, now]);
  return recent.length >= state.perMinute;
};

export type Caller = { account: Account; scopes: readonly string[] };

/** Runs an endpoint for a live token that holds one of the scopes (named without their common prefix). */
export const asUser = (
  call: Call,
  world: World<State>,
  scopes: readonly string[],
  handle: (caller: Caller) => Reply,
): Reply => {
  const { state } = world;
  const access = accessOf(call, world);
  const account = state.accounts.find((candidate) => candidate.email === access?.email);
  if (!access || !account)
    return problem(401, "authError", "Invalid Credentials", {
      "www-authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"',
    });
  if (state.rateLimited > 0) {
    state.rateLimited--;
    return problem(403, "userRateLimitExceeded", "User Rate Limit Exceeded");
  }
  if (overLimit(state, account.email, world.now().getTime()))
    return problem(403, "rateLimitExceeded", "Rate Limit Exceeded");
  const allowed = ["calendar", ...scopes].some((scope) => access.scopes.includes(PREFIX + scope));
  if (!allowed) return problem(403, "insufficientPermissions", "Request had insufficient authentication scopes.");
  return handle({ account, scopes: access.scopes });
};

/** A calendar of the caller; `primary` is the caller's own. */
export const calendarOf = (account: Account, id: string | undefined): Calendar | undefined =>
  account.calendars.find((calendar) => (id === "primary" ? calendar.primary : calendar.id === id));

export const mayWrite = (calendar: Calendar) => calendar.accessRole === "writer" || calendar.accessRole === "owner";
