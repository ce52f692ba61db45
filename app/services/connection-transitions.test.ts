import { describe, expect, it } from "vitest";
import type { ErrorKind } from "#app/integrations/contract/errors.ts";
import { nextState, type Outcome, PATIENCE_MS, type Standing } from "./connection-transitions.ts";

const start = new Date("2026-03-02T09:00:00Z");
const later = (ms: number) => new Date(start.getTime() + ms);
const active: Standing = {
  state: "active",
  reason: null,
  detail: null,
  resumeState: null,
  failingSince: null,
  failingKind: null,
  consecutiveFailures: 0,
  troubles: [],
};

const fail = (error: ErrorKind, part?: string): Outcome => ({
  kind: "failure",
  error,
  message: "Tick the permission Candidates in Greenhouse.",
  ...(part ? { part } : {}),
});

function run(from: Standing, steps: readonly (readonly [Outcome, number])[], setupComplete = true): Standing {
  return steps.reduce(
    (standing, [outcome, ms]) =>
      nextState(standing, outcome, { now: later(ms), vendorName: "Greenhouse", setupComplete, missing: "calendar" }),
    from,
  );
}

describe("an outage", () => {
  it("shows only after 15 minutes without one success", () => {
    const early = run(active, [
      [fail("unavailable"), 0],
      [fail("network"), PATIENCE_MS - 1],
    ]);
    expect(early).toMatchObject({ state: "active", reason: null, consecutiveFailures: 2 });
    const late = run(early, [[fail("network"), PATIENCE_MS]]);
    expect(late).toMatchObject({ state: "degraded", reason: "vendor_down" });
  });

  it("ends with the first success", () => {
    const back = run(active, [
      [fail("unavailable"), 0],
      [fail("unavailable"), PATIENCE_MS],
      [{ kind: "success" }, PATIENCE_MS + 1],
    ]);
    expect(back).toMatchObject({ state: "active", reason: null, failingSince: null, consecutiveFailures: 0 });
  });

  it("never becomes a revocation, however long it lasts", () => {
    const days = Array.from({ length: 500 }, (_, hour) => [fail("unavailable"), hour * 3_600_000] as const);
    expect(run(active, days).state).toBe("degraded");
  });
});

describe("a limit", () => {
  it("leaves the connection active and names itself after 15 minutes", () => {
    const limited = run(active, [
      [fail("rate-limited"), 0],
      [fail("rate-limited"), PATIENCE_MS],
    ]);
    expect(limited).toMatchObject({ state: "active", reason: "throttled" });
  });

  it("does not lend its minutes to an outage", () => {
    const mixed = run(active, [
      [fail("rate-limited"), 0],
      [fail("network"), PATIENCE_MS],
    ]);
    expect(mixed).toMatchObject({ state: "active", reason: null });
  });
});

describe("a revocation", () => {
  it("shows on the first answer and stays until a sign-in is proven", () => {
    const revoked = run(active, [
      [fail("auth-revoked"), 0],
      [{ kind: "success" }, 1],
      [fail("network"), 2],
    ]);
    expect(revoked.state).toBe("needs_reconnect");
    expect(revoked.detail).toContain("Sign in again");
    expect(run(revoked, [[{ kind: "proven" }, 3]]).state).toBe("active");
  });
});

describe("a trouble in one part", () => {
  it("is not hidden by the success of another part", () => {
    const half = run(active, [
      [fail("forbidden", "sync:candidates"), 0],
      [{ kind: "success", part: "sync:jobs" }, 1],
    ]);
    expect(half).toMatchObject({ state: "degraded", reason: "needs_attention" });
    expect(half.detail).toContain("Tick the permission");
    expect(run(half, [[{ kind: "success", part: "sync:candidates" }, 2]]).state).toBe("active");
  });

  it("is ours when the vendor's answer changed form", () => {
    expect(run(active, [[fail("contract", "sync:jobs"), 0]])).toMatchObject({
      state: "degraded",
      reason: "we_are_on_it",
    });
  });

  it("of a setting goes when the settings are saved, ours does not", () => {
    const both = run(active, [
      [fail("config", "a"), 0],
      [fail("contract", "b"), 0],
      [{ kind: "configured" }, 1],
    ]);
    expect(both).toMatchObject({ state: "degraded", reason: "we_are_on_it" });
  });
});

it.each<ErrorKind>(["auth-expired", "validation", "not-found", "conflict", "cursor-expired", "unsupported"])(
  "%s says nothing about the connection",
  (kind) => {
    expect(run(active, [[fail(kind), 0]])).toEqual(active);
  },
);

describe("setup", () => {
  it("that is missing keeps a proven connection from looking green", () => {
    const signedIn = run({ ...active, state: "added" }, [[{ kind: "proven" }, 0]], false);
    expect(signedIn).toMatchObject({ state: "needs_setup" });
    expect(run(signedIn, [[{ kind: "success" }, 1]], false).state).toBe("needs_setup");
    expect(run(signedIn, [[{ kind: "configured" }, 1]]).state).toBe("active");
  });

  it("does not make an untested connection active", () => {
    expect(run({ ...active, state: "added" }, [[{ kind: "configured" }, 0]]).state).toBe("added");
  });
});

describe("a person's pause", () => {
  const paused = run(active, [[{ kind: "paused", by: "Jonas" }, 0]]);

  it.each<Outcome>([
    { kind: "success" },
    { kind: "proven" },
    { kind: "configured" },
    fail("unavailable"),
    fail("auth-revoked"),
    fail("forbidden"),
  ])("outlasts $kind $error", (outcome) => {
    expect(run(paused, [[outcome, PATIENCE_MS * 2]])).toMatchObject({
      state: "paused_by_user",
      detail: "Paused by Jonas. Nothing runs until someone resumes it.",
    });
  });

  it("ends only by a person, in the state that came about meanwhile", () => {
    expect(run(paused, [[{ kind: "resumed" }, 1]]).state).toBe("active");
    const died = run(paused, [
      [fail("auth-revoked"), 1],
      [{ kind: "resumed" }, 2],
    ]);
    expect(died).toMatchObject({ state: "needs_reconnect", resumeState: null });
    expect(died.detail).toContain("Sign in again");
  });
});

it("disconnecting is left by nothing", () => {
  const leaving = run(active, [[{ kind: "disconnecting", detail: "Closing 2 postings first." }, 0]]);
  const after = run(leaving, [
    [{ kind: "proven" }, 1],
    [{ kind: "paused", by: "Jonas" }, 2],
    [fail("auth-revoked"), 3],
  ]);
  expect(after).toEqual(leaving);
});
