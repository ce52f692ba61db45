import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ErrorKind, IntegrationError } from "#app/integrations/contract/errors.ts";
import {
  type Answer,
  type AnsweringVendor,
  everyOpening,
  now,
  type OpeningName,
  openings,
  startAnsweringVendor,
} from "#tests/support/vendor-errors/answering.ts";
import { atsShapes } from "#tests/support/vendor-errors/ats.ts";
import { boardShapes } from "#tests/support/vendor-errors/boards.ts";
import { calendarShapes } from "#tests/support/vendor-errors/calendars.ts";
import { signIn, worksOf } from "#tests/support/vendor-errors/calls.ts";
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
    if (shape.field !== undefined) expect(error.info.field).toBe(shape.field);
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

  it("are told by sources that can be trusted, for the most part", () => {
    const known = [...errorShapes, ...tokenShapes].filter(({ unsure }) => unsure === undefined);
    expect(known.length).toBeGreaterThan(60);
    expect(new Set(known.map(({ vendor: name }) => openings[name].vendorId)).size).toBeGreaterThanOrEqual(10);
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

/** Bodies that speak of a dead credential, in the words of every vendor. */
const deadWords: readonly unknown[] = [
  ...(slackWords["auth-revoked"] ?? []).map((error) => ({ ok: false, error })),
  ...["token_expired", "missing_scope"].map((error) => ({ ok: false, error })),
  ...["invalid_grant", "invalid_request", "invalid_client", "unauthorized_client"].map((error) => ({ error })),
  ...["UNAUTHENTICATED", "FORBIDDEN"].map((code) => ({ errors: [{ message: "No.", extensions: { code } }] })),
  { status: { code: 401, messages: ["Invalid API key"] } },
  { status: 401, serviceErrorCode: 65600, message: "Invalid access token" },
  { error: { code: 401, message: "No.", errors: [{ domain: "global", reason: "authError", message: "No." }] } },
  '<d:error xmlns:d="DAV:"><d:need-privileges/></d:error>',
  '<d:multistatus xmlns:d="DAV:"><d:response><d:href>/</d:href><d:propstat><d:prop><d:current-user-principal><d:unauthenticated/></d:current-user-principal></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>',
  "<!doctype html><title>Sign in</title>",
];
const anyBody = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...deadWords) }, fc.string(), fc.jsonValue());
const anyHeaders = fc.record(
  {
    "content-type": fc.constantFrom("application/json", "text/html", "application/xml", "text/plain"),
    "retry-after": fc.oneof(
      fc.nat().map(String),
      fc.constantFrom("soon", "-1", "9".repeat(30), "Mon, 21 Sep 2026 14:14:00 GMT"),
    ),
    "www-authenticate": fc.constant('Bearer error="invalid_token"'),
  },
  { requiredKeys: [] },
);
const passing: fc.Arbitrary<Answer> = fc.record({
  status: fc.oneof(fc.constant(429), fc.integer({ min: 500, max: 599 })),
  body: anyBody,
  headers: anyHeaders,
});
const deadWordsUnder = deadWords.flatMap((body): Answer[] =>
  [429, 503].map((status) => ({ status, headers: { "retry-after": "5" }, body })),
);

/** The error of a call that met 429 or 5xx; null where the rest of its work is worth having. */
async function passed(call: Promise<unknown>): Promise<IntegrationError | null> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error !== null && !(error instanceof IntegrationError)) throw error;
  if (error?.info.retryAfter) expect(error.info.retryAfter.getTime()).toBeGreaterThanOrEqual(now.getTime());
  return error;
}

describe("429 and 5xx", () => {
  it.each(everyOpening)(
    "from $name never ask for a new sign-in, whatever their body says and whatever was asked",
    async (how) => {
      const opened = await vendor.open(how);
      await fc.assert(
        fc.asyncProperty(passing, fc.constantFrom(...worksOf(opened)), async (answer, work) => {
          vendor.answers([answer]);
          const error = await passed(work(opened));
          expect(error ? becomes(error) : []).not.toContain("needs_reconnect");
          // CalDAV says by an element what any status means.
          if (opened.strategy.kind !== "caldav" && vendor.asked().api > 0)
            expect(error?.kind).toBe(answer.status === 429 ? "rate-limited" : "unavailable");
        }),
        { examples: deadWordsUnder.map((answer) => [answer, signIn]), numRuns: deadWordsUnder.length + 30 },
      );
      // A vendor with nothing to sign in to is not called.
      vendor.answers(deadWordsUnder);
      await passed(signIn(opened));
      expect(vendor.asked().api > 0).toBe(opened.strategy.kind !== "none");
    },
  );

  it.each(everyOpening.filter(({ renews }) => renews))(
    "in place of a token of $name never do so either",
    async (how) => {
      await fc.assert(
        fc.asyncProperty(passing, async (answer) => {
          vendor.answers([{ status: 401 }], [answer]);
          const error = await passed(signIn(await vendor.open(how)));
          expect(error?.kind).toBe(answer.status === 429 ? "rate-limited" : "unavailable");
        }),
        { examples: deadWordsUnder.map((answer) => [answer]), numRuns: deadWordsUnder.length + 15 },
      );
    },
  );

  it("never do so, however often they come", () => {
    for (const kind of ["rate-limited", "unavailable", "network"] as const) {
      let standing = running;
      for (let hour = 0; hour < 1_000; hour += 1) {
        const at = new Date(now.getTime() + hour * 3_600_000);
        const outcome = { kind: "failure", error: kind, message: "" } as const;
        standing = nextState(standing, outcome, { now: at, vendorName: "Vendor", setupComplete: true });
        expect(standing.state).not.toBe("needs_reconnect");
      }
    }
  });
});
