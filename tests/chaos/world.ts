import { join } from "node:path";
import { z } from "zod";
import { setEnvironment } from "#app/platform/env.server.ts";
import { readCredentials, saveGrant } from "#app/services/credentials.server.ts";
import { callVendor, loadConnection } from "#app/services/vendor-context.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { startWorld } from "#tests/bench/world.ts";
import { makeConnection, makeEmployer } from "#tests/support/connections.ts";
import { startVendors } from "./children.ts";

const VENDOR = "jobadder";
const CLIENT = { client_id: "patchbay-sandbox", client_secret: "patchbay-sandbox-secret" };

const answer = z.object({ access_token: z.string(), refresh_token: z.string(), api: z.string() });
const vendorState = z.object({
  grants: z.array(z.object({ refreshToken: z.string(), refreshes: z.number(), revoked: z.boolean() })),
});

/** One sign-in at the simulated vendor and the connection that uses it. */
export interface SignIn {
  employerId: string;
  connectionId: string;
  api: string;
  /** What the vendor holds: the token it takes now, and how often it gave out a new one. */
  atVendor(): Promise<z.output<typeof vendorState>["grants"][number]>;
  /** Whether the token that we keep is the one that the vendor takes. */
  kept(): Promise<boolean>;
  version(): Promise<number>;
  /** How many of these access tokens the vendor takes. */
  accepted(tokens: readonly string[]): Promise<number>;
  /** One call through the whole engine; what the person sees afterwards. */
  use(): Promise<{ state: string; detail: string; error: string }>;
}

/** A migrated Postgres, the simulated vendors in a process of their own, and an employer. */
export async function startChaosWorld() {
  const world = await startWorld();
  const vendors = await startVendors(join(world.folder, "sandbox.json"));
  setEnvironment({
    PATCHBAY_SANDBOX: "on",
    PATCHBAY_SANDBOX_URL: vendors.origin,
    PATCHBAY_URL: "http://127.0.0.1:1",
  });
  const employerId = await makeEmployer("Chaos");

  async function control(path: string, body?: unknown): Promise<unknown> {
    const headers = { "content-type": "application/json", accept: "application/json" };
    const init = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
    const got = await fetch(`${vendors.origin}/_control/${VENDOR}/${path}`, init);
    if (!got.ok) throw new Error(`The simulated vendor answered ${got.status} to ${path}: ${await got.text()}`);
    return got.json();
  }
  const grants = async () => vendorState.parse(await control("state")).grants;

  /** Consents as a person does, and keeps tokens whose access part has just expired. */
  async function signIn(account: string): Promise<SignIn> {
    const id = `${vendors.origin}/${VENDOR}/id.jobadder.com/connect`;
    const redirect_uri = "http://127.0.0.1:1/oauth/jobadder/callback";
    const consent = { ...CLIENT, redirect_uri, response_type: "code", scope: "read_user offline_access", account };
    const allowed = new URLSearchParams({ ...consent, decision: "allow" });
    const back = await fetch(`${id}/authorize`, { method: "POST", body: allowed, redirect: "manual" });
    const code = new URL(back.headers.get("location") ?? "").searchParams.get("code") ?? "";
    const asked = new URLSearchParams({ ...CLIENT, grant_type: "authorization_code", code, redirect_uri });
    const { api, ...tokens } = answer.parse(await (await fetch(`${id}/token`, { method: "POST", body: asked })).json());
    // Sign-ins go on at the same time: the fresh token says which grant is ours.
    const number = (await grants()).findIndex((one) => one.refreshToken === tokens.refresh_token);
    const connectionId = await makeConnection(employerId, { vendorId: VENDOR, label: "JobAdder" });
    const grant = {
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token,
      expiresAt: new Date(Date.now() - 1_000),
      scopes: null,
      keep: { api },
    };
    await withEmployer(employerId, (tx) => saveGrant(tx, employerId, connectionId, grant, true));
    const stored = async () =>
      (await withEmployer(employerId, (tx) => readCredentials(tx, employerId, connectionId))).grant;
    const atVendor = async () => {
      const found = (await grants())[number];
      if (!found) throw new Error("The vendor lost the grant.");
      return found;
    };
    return {
      employerId,
      connectionId,
      api,
      atVendor,
      kept: async () => {
        const [ours, theirs] = [await stored(), await atVendor()];
        return ours?.revoked === false && ours.refreshToken === theirs.refreshToken;
      },
      version: async () => (await stored())?.version ?? 0,
      async accepted(given) {
        const me = `${vendors.origin}/${VENDOR}/${api.replace("https://", "")}/users/current`;
        const looks = given.map((token) => fetch(me, { headers: { authorization: `Bearer ${token}` } }));
        return (await Promise.all(looks)).filter((look) => look.ok).length;
      },
      async use() {
        const options = { signal: AbortSignal.timeout(60_000), idempotencyKey: "chaos", purpose: "test" } as const;
        const error = await callVendor(employerId, connectionId, options, ({ adapter, ctx }) => adapter.test(ctx)).then(
          () => "",
          (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
        );
        const { state, stateDetail } = await loadConnection(employerId, connectionId);
        return { state, detail: stateDetail ?? "", error };
      },
    };
  }

  return {
    admin: world.admin,
    control,
    signIn,
    /** Waits until the lease of a sign-in, whose owner is dead or stands still, has run out by itself. */
    async leaseRunsOut({ connectionId }: SignIn): Promise<number> {
      const began = Date.now();
      for (;;) {
        const [held] = await world.admin`
          select 1 from credential where connection_id = ${connectionId} and lease_until > now()`;
        if (!held) return (Date.now() - began) / 1000;
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    },
    async stop() {
      await vendors.stop();
      await world.stop();
    },
  };
}
export type ChaosWorld = Awaited<ReturnType<typeof startChaosWorld>>;
