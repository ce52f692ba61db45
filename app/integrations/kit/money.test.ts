import { expect, it } from "vitest";
import { amountText, decimalText, majorOf, minorOf } from "./money.ts";

it("counts in the minor units of each currency, and back", () => {
  const amounts = [
    [29.35, "USD", 2935],
    [5_200_000, "JPY", 5_200_000],
    [1.234, "KWD", 1234],
    [10, "no code", 1000],
  ] as const;
  for (const [amount, currency, minor] of amounts) {
    expect(minorOf(amount, currency)).toBe(minor);
    expect(majorOf(minor, currency)).toBe(amount);
  }
});

it("writes amounts in the digits of their currency", () => {
  expect([decimalText(3_800_000, "USD"), decimalText(5_200_000, "JPY"), decimalText(1234, "KWD")]).toEqual([
    "38000.00",
    "5200000",
    "1.234",
  ]);
  expect([amountText(3_800_050, "USD"), amountText(5_200_000, "JPY")]).toEqual(["38,000.5", "5,200,000"]);
});
