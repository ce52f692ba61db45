import { basic, bearer, type Call, header, json, type Reply, type World } from "../../framework.ts";
import { type Account, accountOf, type State } from "./state.ts";

export type Caller = { account: Account; actingUserId: number | null };

/** Error bodies: v1 documents `message` and `errors`; v3 follows the same idea. */
export const refuse = (
  status: number,
  message: string,
  errors: readonly { message: string; field?: string }[] = [],
): Reply => json(status, errors.length > 0 ? { message, errors } : { message });

export const invalid = (field: string, message: string): Reply => refuse(422, "Validation error", [{ message, field }]);

type Window = { startedAt: number; used: number };
const windows = new WeakMap<State, Map<string, Window>>();

const spend = (state: State, key: string, limit: { limit: number; seconds: number }, now: Date) => {
  const own = windows.get(state) ?? new Map<string, Window>();
  windows.set(state, own);
  const known = own.get(key);
  const window =
    known && now.getTime() - known.startedAt < limit.seconds * 1000 ? known : { startedAt: now.getTime(), used: 0 };
  own.set(key, window);
  window.used++;
  const reset = window.startedAt + limit.seconds * 1000;
  return { over: window.used > limit.limit, remaining: Math.max(0, limit.limit - window.used), reset };
};

/** Puts the rate-limit headers on an answer, or answers 429 once the window is used up. */
const limited = async (
  world: World<State>,
  key: string,
  version: "v1" | "v3",
  handle: () => Reply | Promise<Reply>,
): Promise<Reply> => {
  const limit = world.state.limits[version];
  const now = world.now();
  const spent = spend(world.state, `${version}:${key}`, limit, now);
  const headers = { "X-RateLimit-Limit": String(limit.limit), "X-RateLimit-Remaining": String(spent.remaining) };
  if (!spent.over) {
    const reply = await handle();
    return { ...reply, headers: { ...reply.headers, ...headers } };
  }
  return json(
    429,
    { message: "Rate limit exceeded" },
    {
      ...headers,
      "X-RateLimit-Reset": String(Math.ceil(spent.reset / 1000)),
      "Retry-After": String(Math.max(1, Math.ceil((spent.reset - now.getTime()) / 1000))),
    },
  );
};

const tokenOf = (call: Call, state: State) => {
  const token = state.tokens.find((candidate) => candidate.value === bearer(call));
  const owner = token && state.credentials.find((candidate) => candidate.clientId === token.clientId);
  return token && owner ? { token, owner } : null;
};

/** Runs a v3 endpoint for a caller whose token lives, has the scope and acts as a site admin. */
export const asV3 = (
  call: Call,
  world: World<State>,
  scope: string,
  handle: (caller: Caller) => Reply,
): Reply | Promise<Reply> => {
  const found = tokenOf(call, world.state);
  if (!found || found.owner.revoked || Date.parse(found.token.expiresAt) <= world.now().getTime())
    return refuse(401, "Unauthorized", [{ message: "The access token is invalid or has expired" }]);
  return limited(world, found.owner.clientId, "v3", () => {
    if (found.owner.scopes !== null && !found.owner.scopes.includes(scope))
      return refuse(403, "Forbidden", [{ message: `The credential lacks the scope ${scope}` }]);
    const account = accountOf(world.state, found.owner.account);
    const sub = found.token.sub;
    if (sub !== null && !account.users.some((user) => user.id === sub && user.site_admin))
      return refuse(403, "Forbidden", [{ message: "The acting user is not a Site Admin" }]);
    return handle({ account, actingUserId: sub });
  });
};

/** Runs a v1 endpoint for a caller with an API key; writes also need On-Behalf-Of. */
export const asV1 = (
  call: Call,
  world: World<State>,
  scope: string,
  handle: (caller: Caller) => Reply,
): Reply | Promise<Reply> => {
  if (world.state.v1Ended) return refuse(410, "Harvest v1 is no longer available");
  const given = basic(call);
  const owner = world.state.credentials.find((candidate) => candidate.apiKey === given?.user);
  if (given?.password !== "" || !owner || owner.revoked) return refuse(401, "Invalid Basic Auth credentials");
  return limited(world, owner.apiKey, "v1", () => {
    if (owner.scopes !== null && !owner.scopes.includes(scope))
      return refuse(403, "This API Key does not have permission for this endpoint");
    if (call.method === "GET" && call.body.length > 0) return refuse(403, "A GET must not have a body");
    const account = accountOf(world.state, owner.account);
    if (call.method === "GET") return handle({ account, actingUserId: null });
    const actor = Number(header(call, "on-behalf-of"));
    if (!account.users.some((user) => user.id === actor))
      return invalid("On-Behalf-Of", "The On-Behalf-Of header must name a Greenhouse user");
    return handle({ account, actingUserId: actor });
  });
};

/** The account that a request speaks for, good or not; for the meter. */
export const callerName = (call: Call, world: World<State>): string | null => {
  const user = basic(call)?.user;
  const byBasic = world.state.credentials.find(
    (candidate) => user !== undefined && (candidate.apiKey === user || candidate.clientId === user),
  );
  return byBasic?.account ?? tokenOf(call, world.state)?.owner.account ?? null;
};
