import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { niceCeiling } from "./bar-chart.tsx";
import { ClockProvider } from "./clock.tsx";
import { clockWords } from "./countdown.tsx";
import { Count, formatMoney } from "./money.tsx";
import { relativeTime } from "./relative-time.ts";
import { monogramOf } from "./tile.tsx";

const now = Date.UTC(2026, 10, 12, 12);
const minutes = (count: number) => count * 60_000;

describe("relative times", () => {
  it.each([
    [now - 4_000, "just now"],
    [now - minutes(4), "4 min ago"],
    [now - minutes(59), "59 min ago"],
    [now - minutes(60), "1 h ago"],
    [now - minutes(60 * 18), "18 h ago"],
    [now - minutes(60 * 24), "1 day ago"],
    [now - minutes(60 * 24 * 9), "9 days ago"],
    [now + 4_000, "in a moment"],
    [now + minutes(12), "in 12 min"],
  ])("at %i reads %s", (at, words) => {
    expect(relativeTime(at, now)).toBe(words);
  });
});

describe("numbers", () => {
  it("are written as the reader's language has it", () => {
    const count = createElement(Count, { value: 12_345 });
    const reader = { now: 0, locale: "de-DE", timeZone: "UTC", children: count };
    expect(renderToStaticMarkup(createElement(ClockProvider, reader))).toContain("12.345");
  });

  it("are in no component bound to one language", () => {
    const folder = fileURLToPath(new URL("..", import.meta.url));
    const bound = globSync("**/*.{ts,tsx}", { cwd: folder }).filter(
      (file) =>
        !file.includes(".test.") && /(toLocaleString|NumberFormat)\("/.test(readFileSync(folder + file, "utf8")),
    );
    expect(bound).toEqual([]);
  });
});

describe("money", () => {
  it("divides by the minor units of its currency", () => {
    expect(formatMoney({ minor: 29_900, currency: "USD" }, "en-US")).toBe("$299.00");
    expect(formatMoney({ minor: 29_900, currency: "USD", short: true }, "en-US")).toBe("$299");
    expect(formatMoney({ minor: 29_900n, currency: "JPY" }, "en-US")).toBe("¥29,900");
  });
});

describe("a countdown", () => {
  it.each([
    [86_400_000, "24:00:00"],
    [86_399_999, "23:59:59"],
    [3_661_000, "01:01:01"],
    [999, "00:00:00"],
    [-5_000, "00:00:00"],
  ])("shows %i milliseconds as %s", (left, shown) => {
    expect(clockWords(left)).toBe(shown);
  });
});

describe("marks and axes", () => {
  it("takes a monogram from the first two words", () => {
    expect(monogramOf("We Work Remotely")).toBe("WW");
    expect(monogramOf("Indeed")).toBe("I");
  });
  it.each([
    [0, 1],
    [7, 8],
    [37, 40],
    [100, 100],
    [722, 800],
  ])("ends the axis for %i at %i", (value, top) => {
    expect(niceCeiling(value)).toBe(top);
  });
});
