import { basic, bearer, type Call, json, type Reply, type World } from "../../framework.ts";
import { type Account, accountOf, type State } from "./state.ts";

export const failed = (status: number, code: string, message: string): Reply => json(status, { code, message });
export const invalid = (message: string): Reply => failed(400, "BadRequestError", message);
export const notFound = (): Reply => failed(404, "ResourceNotFound", "The resource was not found.");

/** Who calls: the key as the user name of Basic with an empty password, or a bearer token. */
export const callerOf = (call: Call, state: State, at: number): { account: Account; scopes: string[] } | null => {
  const pair = basic(call);
  const key = pair?.password === "" ? state.keys.find((one) => one.value === pair.user && !one.revoked) : undefined;
  const token = bearer(call);
  const grant = state.grants.find(
    (one) => !one.revoked && one.access.some((access) => access.value === token && access.expiresAt > at),
  );
  const holder = key ?? grant;
  const account = holder && accountOf(state, holder.account);
  return holder && account ? { account, scopes: holder.scopes } : null;
};

/** Runs for a credential that may do this; the right to write holds the right to read. */
export const as = (
  call: Call,
  world: World<State>,
  right: `${string}:${"read" | "write"}`,
  handle: (account: Account) => Reply,
): Reply => {
  const caller = callerOf(call, world.state, world.now().getTime());
  if (!caller) return failed(401, "Unauthorized", "The request could not be authenticated.");
  const enough = [`${right}:admin`, `${right.replace(/:read$/, ":write")}:admin`];
  if (!enough.some((scope) => caller.scopes.includes(scope)))
    return failed(403, "Forbidden", `This credential lacks ${right}.`);
  return handle(caller.account);
};
