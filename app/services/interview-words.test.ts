import { expect, it } from "vitest";
import { inWriting, momentWords } from "#app/platform/moments.ts";
import { spanWords, whenWords } from "./interview-words.ts";

const starts = new Date("2026-11-24T15:00:00Z");
const ends = new Date("2026-11-24T15:45:00Z");
const american = { locale: "en-US", timeZone: "America/Denver" };
/** Newer tables of names part the hour and AM by a narrow space. */
const plain = (words: string) => words.replace(/\s/g, " ");

it("tells an interview in the reader's own way, and dates in the same", () => {
  expect(plain(whenWords(starts, ends, american))).toBe("Tue, Nov 24, 08:00 AM to 08:45 AM");
  expect(plain(momentWords(starts, "datetime", american))).toBe("Tue, Nov 24, 2026, 08:00 AM");
  expect(spanWords(starts, ends, { locale: "de-DE", timeZone: "Europe/Madrid" })).toBe("16:00 to 16:45");
});

it("keeps one way of writing for sentences that several people read", () => {
  expect(whenWords(starts, ends, inWriting("Europe/Madrid"))).toBe("Tue 24 Nov, 16:00 to 16:45");
});
