import { describe, expect, it } from "vitest";
import { afterHour, isLearnt, lastHour, newRhythm, type Rhythm } from "./inbound-rhythm.ts";

const HOUR = 3_600_000;
/** A Monday at midnight, UTC. */
const MONDAY = Date.parse("2026-03-02T00:00:00Z");

/** Plays `hours` hours from `from` on; `heard` says in which something came. */
function play(hours: number, heard: (at: Date) => boolean, from = newRhythm(new Date(MONDAY))): Rhythm {
  let rhythm = from;
  for (let hour = 0; hour < hours; hour += 1) {
    const at = rhythm.lookedUntil;
    rhythm = afterHour(rhythm, at, heard(at) ? new Date(at.getTime() + HOUR / 2) : null);
  }
  return rhythm;
}

const office = (at: Date) => at.getUTCDay() % 6 !== 0 && at.getUTCHours() >= 8 && at.getUTCHours() < 18;
const always = () => true;
const never = () => false;
const WEEKS = 168;

describe("the rhythm of a vendor that sends in office hours", () => {
  const learnt = play(4 * WEEKS, office);

  it("takes no weekend and no night for silence", () => {
    let rhythm = learnt;
    for (let hour = 0; hour < 6 * WEEKS; hour += 1) {
      rhythm = play(1, office, rhythm);
      expect([rhythm.lookedUntil, rhythm.silentSince]).toEqual([rhythm.lookedUntil, null]);
    }
  });

  it("notices a working day without a word, in its course", () => {
    const night = play(7, never, learnt);
    expect(night.silentSince).toBeNull();
    expect(play(4, never, night).silentSince).toBeNull();
    const afternoon = play(8, never, night);
    expect(afternoon.silentSince).not.toBeNull();
    expect(Math.round(afternoon.missed)).toBeGreaterThanOrEqual(5);
  });

  it("is heard again with the first word, and waits longer after a silence that ended by itself", () => {
    const silent = play(24, never, learnt);
    const again = play(1, always, silent);
    expect(again.silentSince).toBeNull();
    expect(again.lastAt).not.toBeNull();
    const next = play(6 * 24 - 1, office, again);
    expect(play(24, never, next).silentSince).toBeNull();
    expect(play(72, never, next).silentSince).not.toBeNull();
  });

  it("does not get used to a silence that goes on", () => {
    const month = play(6 * WEEKS, never, learnt);
    expect(month.silentSince).toEqual(play(24, never, learnt).silentSince);
    expect(month.hours[9]).toBeGreaterThan(0.5);
  });
});

describe("a rhythm that says little", () => {
  it("is not judged before two weeks, nor from a few words", () => {
    expect(play(WEEKS, never, play(WEEKS - 30, always)).silentSince).toBeNull();
    const rare = play(8 * WEEKS, (at) => at.getTime() % (12 * 24 * HOUR) === 0);
    expect(isLearnt(rare)).toBe(false);
    expect(play(4 * WEEKS, never, rare).silentSince).toBeNull();
  });

  it("of a few events a week at any hour is only missed after many days", () => {
    let state = 7;
    const chance = () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state / 2_147_483_648 < 6 / WEEKS;
    };
    const rhythm = play(12 * WEEKS, chance);
    expect(isLearnt(rhythm)).toBe(true);
    expect(play(48, never, rhythm).silentSince).toBeNull();
    expect(play(6 * WEEKS, never, rhythm).silentSince).not.toBeNull();
  });

  it("of a vendor that sends round the clock is missed within a day", () => {
    const rhythm = play(3 * WEEKS, always);
    expect(play(3, never, rhythm).silentSince).toBeNull();
    expect(play(6, never, rhythm).silentSince).not.toBeNull();
  });
});

it("looks at hours that have ended", () => {
  expect(lastHour(new Date("2026-03-02T10:04:00Z"))).toEqual(new Date("2026-03-02T09:00:00Z"));
});
