import { bearer, type Call, json, type Reply, type World } from "../../framework.ts";
import { type Account, accountOf, type State } from "./state.ts";

export const failed = (status: number, message: string): Reply => json(status, { message });

export const invalid = (code: "Invalid" | "Missing" | "AlreadyExists", message: string, fields: string[]): Reply =>
  json(422, { message: "Validation failed", errors: [{ code, message, fields }] });

export const notFound = (): Reply => failed(404, "Not found");
export const noContent = (): Reply => ({ status: 204 });

/** Runs for a live access token with one of the scopes, on the instance where its account lives. */
export const asUser = (
  call: Call,
  world: World<State>,
  scopes: readonly string[],
  handle: (caller: { account: Account }) => Reply,
): Reply => {
  const value = bearer(call);
  const at = world.now().getTime();
  const grant = world.state.grants.find((one) =>
    one.access.some((access) => access.value === value && Date.parse(access.expiresAt) > at),
  );
  const account = grant && accountOf(world.state, grant.account);
  if (!grant || grant.revoked || !account) return failed(401, "Authorization has been denied for this request.");
  if (account.host !== call.host) return notFound();
  if (!scopes.some((scope) => grant.scopes.includes(scope)))
    return failed(403, `This request needs the scope ${scopes[0]}.`);
  return handle({ account });
};
