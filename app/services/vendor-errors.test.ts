import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalog } from "#app/integrations/catalog.ts";
import { type ErrorKind, IntegrationError } from "#app/integrations/contract/errors.ts";
import {
  type Answer,
  type AnsweringVendor,
  now,
  type OpeningName,
  openings,
  startAnsweringVendor,
} from "#tests/support/vendor-errors/answering.ts";
import { atsShapes } from "#tests/support/vendor-errors/ats.ts";
import { boardShapes } from "#tests/support/vendor-errors/boards.ts";
import { calendarShapes } from "#tests/support/vendor-errors/calendars.ts";
import { signIn } from "#tests/support/vendor-errors/calls.ts";
import { expiredShapes, tokenShapes } from "#tests/support/vendor-errors/sign-in.ts";
import { slackShapes, slackWords } from "#tests/support/vendor-errors/slack.ts";
import { nextState, PATIENCE_MS, type Standing } from "./connection-transitions.ts";

const errorShapes = [...slackShapes, ...calendarShapes, ...atsShapes, ...boardShapes];

let vendor: AnsweringVendor;
beforeAll(async () => {
  vendor = await startAnsweringVendor();
});
afterAll(() => vendor.close());

async function failure(call: Promise<unknown>): Promise<IntegrationError> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof IntegrationError) return error;
  throw new TypeError(`Expected an IntegrationError, got ${String(error)}`);
}

const running: Standing = {
  ...{ state: "active", reason: null, detail: null, resumeState: null, troubles: [] },
  ...{ failingSince: null, failingKind: null, consecutiveFailures: 0 },
};

/** What a running connection becomes by this error, at once and when nothing else came for fifteen minutes. */
function becomes(error: IntegrationError): string[] {
  const outcome = { kind: "failure", error: error.kind, message: error.message } as const;
  const policy = { vendorName: "Vendor", setupComplete: true };
  const first = nextState(running, outcome, { ...policy, now });
  const late = nextState(first, outcome, { ...policy, now: new Date(now.getTime() + PATIENCE_MS) });
  return [first, late].map(({ state, reason }) => (reason ? `${state}, ${reason}` : state));
}

const healthy = ["active", "active"];
/** DESIGN.md §3: what each kind does to the connection, at once and after fifteen minutes. */
const consequences: Record<ErrorKind, readonly string[]> = {
  "auth-expired": healthy,
  "auth-revoked": ["needs_reconnect", "needs_reconnect"],
  forbidden: ["degraded, needs_attention", "degraded, needs_attention"],
  config: ["degraded, needs_attention", "degraded, needs_attention"],
  validation: healthy,
  "not-found": healthy,
  conflict: healthy,
  "cursor-expired": healthy,
  "rate-limited": ["active", "active, throttled"],
  unavailable: ["active", "degraded, vendor_down"],
  network: ["active", "degraded, vendor_down"],
  contract: ["degraded, we_are_on_it", "degraded, we_are_on_it"],
  unsupported: healthy,
};

describe("what vendors say when they refuse", () => {
  it.each(errorShapes)("$vendor §$section: $what is $kind", async ({ vendor: name, api, call = signIn, ...shape }) => {
    vendor.answers(api);
    const error = await failure(call(await vendor.open(name)));
    expect(error.kind).toBe(shape.kind);
    if (shape.code !== undefined) expect(error.info.vendorCode).toBe(shape.code);
    expect(error.info.retryAfter).toEqual(
      shape.waits === undefined ? error.info.retryAfter : new Date(now.getTime() + shape.waits * 1_000),
    );
    expect(becomes(error)).toEqual(consequences[shape.kind]);
  });

  it.each(Object.entries(slackWords))("Slack's words for %s are taken for it", async (kind, words) => {
    const { adapter, ctx } = await vendor.open("slack");
    for (const error of words) {
      vendor.answers([{ status: 200, body: { ok: false, error } }]);
      expect([error, (await failure(adapter.test(ctx))).kind]).toEqual([error, kind]);
    }
  });

  it("is known for every vendor that is called, and most of it from sources that can be trusted", () => {
    const known = new Set(errorShapes.map(({ vendor: name }): string => openings[name].vendorId));
    const silent = catalog.map(({ id }) => id).filter((id) => !known.has(id));
    // The first two are not called. The sheet of the third tells of another API than CalDAV, whose rows are its own.
    expect(silent).toEqual(["webhooks", "wellfound", "zoho-calendar"]);
    expect([...errorShapes, ...tokenShapes].filter(({ unsure }) => unsure === undefined).length).toBeGreaterThan(60);
  });
});

describe("a token that has run out", () => {
  it.each(expiredShapes)(
    "$vendor §$section: $what is renewed once, and nobody notices",
    async ({ vendor: name, api }) => {
      vendor.answers(api);
      const { adapter, ctx, strategy } = await vendor.open(name);
      expect((await adapter.test(ctx)).id).not.toBe("");
      const bought = strategy.kind === "oauth2-client" ? 2 : 1;
      expect(vendor.asked()).toEqual({ api: 2, token: bought });
    },
  );
});

/** What each vendor says to a token that has run out. */
const expired = (name: OpeningName): Answer =>
  name === "slack" ? { status: 200, body: { ok: false, error: "token_expired" } } : { status: 401 };

describe("a sign-in that is not renewed", () => {
  it.each(tokenShapes)("$vendor §$section: $what is $kind, told by one question", async ({ token, ...shape }) => {
    vendor.answers([expired(shape.vendor)], [token]);
    const error = await failure(signIn(await vendor.open(shape.vendor)));
    expect(error.kind).toBe(shape.kind);
    if (shape.waits !== undefined) expect(error.info.retryAfter).toEqual(new Date(now.getTime() + shape.waits * 1_000));
    expect(vendor.asked().token).toBe(1);
    expect(becomes(error)).toEqual(consequences[shape.kind]);
  });
});
