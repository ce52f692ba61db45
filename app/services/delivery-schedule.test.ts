import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  attemptsAtMost,
  breakerMs,
  drawOf,
  retryAfterMs,
  retryDelay,
  retrySteps,
  verdictOnFailing,
  warningsDue,
} from "./delivery-schedule.ts";

const now = new Date("2026-11-21T12:00:00Z");
const failed = (number: number, more: { status?: number; timedOut?: boolean; retryAfter?: string } = {}) => ({
  number,
  status: more.status ?? 500,
  timedOut: more.timedOut ?? false,
  retryAfter: more.retryAfter ?? null,
});
const fraction = fc.double({ min: 0, max: 1, noNaN: true });

describe("the pause after a failed attempt", () => {
  it("is its step, spread by a fifth to either side", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fraction, (number, random) => {
        const step = retrySteps[number - 1] ?? 0;
        const wait = retryDelay(failed(number), now, () => random) ?? 0;
        expect(wait).toBeGreaterThanOrEqual(step * 0.8 - 1);
        expect(wait).toBeLessThanOrEqual(step * 1.2 + 1);
      }),
    );
  });

  it("ends with the eighth attempt, more than a day after the first", () => {
    expect(attemptsAtMost).toBe(8);
    expect(retryDelay(failed(8), now)).toBeNull();
    expect(retrySteps.reduce((sum, step) => sum + step, 0)).toBeGreaterThan(24 * 3_600_000);
  });

  it("leads past 26 hours in all, however the draws fall", () => {
    const attempts = Array.from({ length: 7 }, (_, index) => index + 1);
    fc.assert(
      fc.property(fc.uuid(), fraction, (id, random) => {
        const waits = attempts.map(
          (number) => retryDelay(failed(number), now, () => drawOf(id, number, () => random)) ?? 0,
        );
        expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(26 * 3_600_000);
      }),
    );
  });

  it("is at least a minute when the receiver is pressed", () => {
    fc.assert(
      fc.property(fraction, (random) => {
        for (const more of [{ status: 429 }, { status: 502 }, { status: 503 }, { status: 504 }, { timedOut: true }]) {
          const wait = retryDelay(failed(1, more), now, () => random) ?? 0;
          expect(wait).toBeGreaterThanOrEqual(60_000);
          expect(wait).toBeLessThanOrEqual(72_000);
        }
      }),
    );
  });

  it("believes any Retry-After only between the step and twice the step", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.nat({ max: 10_000_000 }), fraction, (number, seconds, random) => {
        const step = Math.max(retrySteps[number - 1] ?? 0, 60_000);
        const attempt = failed(number, { status: 503, retryAfter: String(seconds) });
        const wait = retryDelay(attempt, now, () => random) ?? 0;
        expect(wait).toBeGreaterThanOrEqual(step);
        expect(wait).toBeLessThanOrEqual(2 * step);
      }),
    );
  });
});

describe("Retry-After", () => {
  it("is read as seconds or as a date, and nonsense is none", () => {
    expect(retryAfterMs("120", now)).toBe(120_000);
    expect(retryAfterMs("Sat, 21 Nov 2026 12:02:00 GMT", now)).toBe(120_000);
    expect(retryAfterMs("Sat, 21 Nov 2026 11:00:00 GMT", now)).toBe(0);
    for (const nonsense of ["", "soon", "-5", "1.5", "1e9999"]) expect(retryAfterMs(nonsense, now)).toBeNull();
  });
});

describe("an endpoint that only fails", () => {
  it("is probed ever more rarely, at least every ten minutes", () => {
    expect(breakerMs(4)).toBeNull();
    expect(breakerMs(5)).toBe(30_000);
    expect(breakerMs(10)).toBe(60_000);
    expect(breakerMs(1_000_000)).toBe(600_000);
  });

  it("is warned about after one day, half of five, three and four, and switched off after all of them", () => {
    const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);
    const days = [0.9, 1, 2.4, 2.5, 2.9, 3, 3.9, 4, 4.9, 5];
    expect(days.map((one) => warningsDue(daysAgo(one), now))).toEqual([0, 1, 1, 2, 2, 3, 3, 4, 4, 4]);
    expect(days.map((one) => verdictOnFailing(daysAgo(one), now))).toEqual([
      "keep",
      ...Array.from({ length: 8 }, () => "warn"),
      "off",
    ]);
  });
});
