import { expect, it } from "vitest";
import { employmentOf, periodOf } from "./words.ts";

it("reads the kind of employment, the narrower word first", () => {
  const words = ["Full Time", "Permanent part-time", "Full-time contract", "Seasonal", "Intern", "Volunteer", "Gig"];
  expect(words.map((word) => employmentOf(word))).toEqual([
    ...["full_time", "part_time", "contract", "temporary", "internship", "volunteer", "other"],
  ]);
  expect([employmentOf(""), employmentOf(null, "other"), employmentOf("Internal")]).toEqual([
    "full_time",
    "other",
    "other",
  ]);
});

it("reads the period of pay, and none from what is no period of ours", () => {
  const words = ["Hour", "per-year-salary", "per-hour-wage", "bi-week-salary", "one-time", "", null];
  expect(words.map(periodOf)).toEqual(["hour", "year", "hour", undefined, undefined, undefined, undefined]);
});
