import { expect, it } from "vitest";
import { jobToDomain, posting } from "./wire.ts";

it.each([
  ["USD", 90_000, 9_000_000],
  ["JPY", 6_000_000, 6_000_000],
])("reads pay in %s in its own minor units", (currency, amount, min) => {
  const salaryRange = { min: amount, max: amount, currency, interval: "per-year-salary" };
  const row = posting.parse({ id: "p", state: "published", updatedAt: 0, salaryRange });
  expect(jobToDomain(row).data.salary).toEqual({ min, max: min, currency, period: "year" });
});
