import { expect, it } from "vitest";
import { job, jobToDomain } from "./wire.ts";

it.each([
  ["USD", 32.5, 3250],
  ["JPY", 1500, 1500],
  ["KWD", 7.5, 7500],
])("reads pay in %s in its own minor units", (currency, rateLow, min) => {
  const row = job.parse({ jobId: 1, salary: { ratePer: "Hour", rateLow, currency } });
  expect(jobToDomain(row, [], new Date(0)).data.salary).toEqual({ min, max: min, currency, period: "hour" });
});
