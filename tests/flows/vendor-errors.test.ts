import { eq } from "drizzle-orm";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { setEnvironment } from "#app/platform/env.server.ts";
import { readCredentials, saveGrant } from "#app/services/credentials.server.ts";
import { callVendor } from "#app/services/vendor-context.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { makeConnection, makeEmployer } from "#tests/support/connections.ts";
import { testDatabase } from "#tests/support/database.ts";
import {
  type Answer,
  type OpeningName,
  openings,
  startAnsweringVendor,
} from "#tests/support/vendor-errors/answering.ts";
import { expiredShapes, tokenShapes } from "#tests/support/vendor-errors/sign-in.ts";

await testDatabase();
const vendor = await startAnsweringVendor();
setEnvironment({ PATCHBAY_SANDBOX_URL: vendor.origin });
afterAll(() => vendor.close());
afterEach(() => {
  vendor.before = async () => {};
});

const choices: Readonly<Record<string, Record<string, string | readonly string[]>>> = {
  slack: { channelId: "C0HIRING1" },
  "google-calendar": { calendarIds: ["rosa@acme.example"], bookingCalendarId: "rosa@acme.example" },
};

/** A running connection whose vendor no longer takes the access token. */
async function connected(name: OpeningName) {
  const employerId = await makeEmployer();
  const { vendorId } = openings[name];
  const id = await makeConnection(employerId, { vendorId, setup: choices[vendorId] ?? {} });
  const sign = (accessToken: string) =>
    withEmployer(employerId, (tx) => {
      const refreshToken = `refresh of ${accessToken}`;
      return saveGrant(
        tx,
        employerId,
        id,
        { accessToken, refreshToken, expiresAt: null, scopes: null, keep: {} },
        true,
      );
    });
  await sign("old");
  return {
    sign,
    call: () =>
      callVendor(
        employerId,
        id,
        { signal: AbortSignal.timeout(20_000), idempotencyKey: "once", purpose: "test" },
        ({ adapter, ctx }) => adapter.test(ctx),
      ),
    state: async () => {
      const [row] = await withEmployer(employerId, (tx) => tx.select().from(connection).where(eq(connection.id, id)));
      return row?.state;
    },
    grant: async () => (await withEmployer(employerId, (tx) => readCredentials(tx, employerId, id))).grant,
  };
}

/** What the vendor says to the old token, and then to a good one. */
const oldThenGood = (name: OpeningName): readonly Answer[] =>
  expiredShapes.find((one) => one.vendor === name)?.api ?? [];
const dead = tokenShapes.filter(({ vendor: name, kind }) => kind === "auth-revoked" && oldThenGood(name).length > 0);
const ownSignIn = dead.filter(({ vendor: name }) => "refreshToken" in openings[name]);

describe("a sign-in that the vendor calls dead", () => {
  it.each(ownSignIn)("by $what of $vendor needs a new one at once, and is not asked about again", async (shape) => {
    const { call, state, grant } = await connected(shape.vendor);
    vendor.answers(oldThenGood(shape.vendor).slice(0, 1), [shape.token]);
    await expect(call()).rejects.toMatchObject({ kind: "auth-revoked" });
    expect([await state(), (await grant())?.revoked]).toEqual(["needs_reconnect", true]);
    await expect(call()).rejects.toMatchObject({ kind: "auth-revoked" });
    expect(vendor.asked()).toEqual({ api: 1, token: 1 });
  });

  it.each(ownSignIn)("by $what of $vendor lives on where another worker has renewed it meanwhile", async (shape) => {
    const { call, sign, state, grant } = await connected(shape.vendor);
    vendor.answers(oldThenGood(shape.vendor), [shape.token]);
    vendor.before = async () => {
      await sign("the winner's");
    };
    await call();
    expect(await state()).toBe("active");
    expect(await grant()).toMatchObject({ accessToken: "the winner's", revoked: false });
    expect(vendor.asked()).toEqual({ api: 2, token: 1 });
  });
});

const passing = (body: unknown): readonly Answer[] =>
  [429, 500, 503].map((status) => ({ status, headers: { "retry-after": "3600" }, body }));

describe("429 and 5xx with a body that speaks of a dead sign-in", () => {
  it.each(ownSignIn)("$what of $vendor in place of a token leave the connection as it is", async (shape) => {
    for (const answer of passing(shape.token.body)) {
      const { call, state, grant } = await connected(shape.vendor);
      vendor.answers(oldThenGood(shape.vendor).slice(0, 1), [answer]);
      await expect(call()).rejects.toMatchObject({ kind: answer.status === 429 ? "rate-limited" : "unavailable" });
      expect([await state(), (await grant())?.revoked]).toEqual(["active", false]);
    }
  });

  it("leave it as it is at the vendor's own API too", async () => {
    for (const answer of passing({ ok: false, error: "token_revoked" })) {
      const { call, state, grant } = await connected("slack");
      vendor.answers([answer]);
      await expect(call()).rejects.toMatchObject({ kind: answer.status === 429 ? "rate-limited" : "unavailable" });
      expect([await state(), (await grant())?.revoked]).toEqual(["active", false]);
    }
  });
});
