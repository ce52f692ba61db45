import { describe, expect, it } from "vitest";
import { newId } from "#app/platform/crypto.server.ts";
import { drawOf, type FailedAttempt, retryDelay, retrySteps } from "#app/services/delivery-schedule.ts";
import { measured } from "#tests/support/measured.ts";

const NOW = new Date("2026-11-21T12:00:00Z");
const RUNS = 10_000;
const HOUR = 3_600_000;

/** A fixed sequence of even random numbers, so that what is measured can be measured again. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SEED = 20_261_121;
const random = sequence(SEED);
/** An id whose random part comes from the sequence. */
const deliveryId = () =>
  newId().slice(0, -8) +
  Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, "0");

const failed = (number: number, more: Partial<FailedAttempt> = {}): FailedAttempt => ({
  ...{ number, status: 500, timedOut: false, retryAfter: null },
  ...more,
});

/** The pauses of one delivery that fails to the end, as the worker draws them. */
function pauses(more: Partial<FailedAttempt> = {}): number[] {
  const id = deliveryId();
  const waits: number[] = [];
  for (let number = 1; ; number += 1) {
    const drawn = drawOf(id, number, random);
    const wait = retryDelay(failed(number, more), NOW, () => drawn);
    if (wait === null) return waits;
    waits.push(wait);
  }
}

/** The chance that even numbers from 0 to 1 lie as unevenly as these (Kolmogorov and Smirnov). */
function chanceOfEven(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  const farthest = Math.max(...sorted.map((value, index) => Math.max((index + 1) / n - value, value - index / n)));
  const lambda = (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n)) * farthest;
  let sum = 0;
  for (let k = 1; k <= 100; k += 1) sum += 2 * (-1) ** (k - 1) * Math.exp(-2 * k * k * lambda * lambda);
  return Math.min(1, Math.max(0, sum));
}

describe("the schedule of a delivery that fails to the end", () => {
  const runs = Array.from({ length: RUNS }, () => pauses());

  /** The last two pauses are equal steps: one takes the lower half of ± 20 %, the other the upper. */
  const rangeOf = (index: number) => (index < 5 ? [0.8, 1.2] : index === 5 ? [0.8, 1] : [1, 1.2]) as [number, number];

  it("waits each step ± 20 %, evenly spread", () => {
    for (const [index, step] of retrySteps.entries()) {
      const [least, most] = rangeOf(index);
      const shares = runs.map((waits) => ((waits[index] ?? 0) / step - least) / (most - least));
      for (const share of shares) {
        // The pause is a whole number of milliseconds: of the first step's 2 s a share of 0.0005 is one.
        expect(share).toBeGreaterThanOrEqual(-0.001);
        expect(share).toBeLessThanOrEqual(1.001);
      }
      const chance = chanceOfEven(shares);
      expect(chance).toBeGreaterThan(0.01);
      measured({ [`KS p, step ${index + 1}`]: Number(chance.toFixed(3)), seed: SEED });
    }
  });

  it("never waits shorter than the time before, and lasts more than a day and two hours in every run", () => {
    const totals = runs.map((waits) => {
      expect(waits).toHaveLength(7);
      for (const [index, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(waits[index - 1] ?? 0);
      return waits.reduce((sum, wait) => sum + wait, 0);
    });
    expect(Math.min(...totals)).toBeGreaterThan(26 * HOUR);
    measured({ runs: RUNS, "shortest total, h": Number((Math.min(...totals) / HOUR).toFixed(2)) });
  });

  it("gives a receiver that is pressed at least a minute", () => {
    const pressed: Partial<FailedAttempt>[] = [{ status: 429 }, { status: 503 }, { status: null, timedOut: true }];
    for (const more of pressed)
      for (let run = 0; run < RUNS / 10; run += 1) expect(Math.min(...pauses(more))).toBeGreaterThanOrEqual(60_000);
  });
});

describe("Retry-After", () => {
  const asked = {
    "a few seconds": "7",
    "within the step": "90",
    "a date": "Sat, 21 Nov 2026 12:01:30 GMT",
    "a date in the past": "Sat, 21 Nov 2020 12:00:00 GMT",
    "a date in another century": "Sat, 21 Nov 2126 12:00:00 GMT",
    absurd: "9999999999",
    nought: "0",
  };

  it.each(Object.entries(asked))("of %s counts between the step and twice the step", (_name, retryAfter) => {
    for (const status of [429, 503, 500]) {
      for (const [index, planned] of retrySteps.entries()) {
        const step = status === 500 ? planned : Math.max(planned, 60_000);
        for (let run = 0; run < 200; run += 1) {
          const wait = retryDelay(failed(index + 1, { status, retryAfter }), NOW, random) ?? 0;
          expect(wait).toBeGreaterThanOrEqual(step);
          expect(wait).toBeLessThanOrEqual(2 * step);
        }
      }
    }
  });

  it("within its bounds is never cut short", () => {
    for (let run = 0; run < 1_000; run += 1)
      expect(retryDelay(failed(1, { status: 429, retryAfter: "90" }), NOW, random)).toBeGreaterThanOrEqual(90_000);
  });

  it.each(["soon", "-5", "1.5", "", "1e9"])("that is no time at all (%j) counts as none", (retryAfter) => {
    const wait = retryDelay(failed(3, { retryAfter }), NOW, () => 0) ?? 0;
    expect(wait).toBe(retrySteps[2] === undefined ? 0 : retrySteps[2] * 0.8);
  });
});

describe("1,000 endpoints that fail together", () => {
  const ENDPOINTS = 1_000;
  const EACH = 1_000;
  const cases: readonly (readonly [string, Partial<FailedAttempt>])[] = [
    ["with 500", {}],
    ["with time-outs", { status: null, timedOut: true }],
    ["with one absurd Retry-After", { status: 429, retryAfter: "86400000" }],
  ];

  it.each(cases)("%s come back at no more than three times the mean of a second, at any step", (_name, more) => {
    for (const number of retrySteps.keys()) {
      const seconds = new Map<number, number>();
      let [first, last] = [Number.POSITIVE_INFINITY, 0];
      for (let one = 0; one < ENDPOINTS * EACH; one += 1) {
        const wait = retryDelay(failed(number + 1, more), NOW, random) ?? 0;
        const second = Math.floor(wait / 1000);
        seconds.set(second, (seconds.get(second) ?? 0) + 1);
        if (wait < first) first = wait;
        if (wait > last) last = wait;
      }
      const mean = (ENDPOINTS * EACH * 1000) / (last - first);
      const peak = Math.max(...seconds.values());
      expect(peak / mean).toBeLessThanOrEqual(3);
      measured({ [`peak ÷ mean, step ${number + 1}`]: Number((peak / mean).toFixed(2)) });
    }
  });
});
