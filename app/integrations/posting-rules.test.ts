import { describe, expect, it } from "vitest";
import type { PostingRule } from "./contract/manifest.ts";
import { checkPosting, type PostingDraft } from "./posting-rules.ts";

const good: PostingDraft = {
  title: "Welder",
  descriptionText: "Weld steel.",
  company: "Acme",
  category: "Trades",
  locations: [{ city: "Leeds", country: "GB" }],
  remote: "remote",
  employment: "full_time",
  salary: { min: 1, max: 2, currency: "GBP", period: "year" },
  validThrough: new Date("2027-01-01"),
};

const message = "No.";
const cases: [string, PostingRule, PostingDraft, string | null][] = [
  ...(["title", "description", "company", "category", "employment", "salary", "validThrough", "location"] as const).map(
    (field): [string, PostingRule, PostingDraft, string] => [
      `asks for ${field}`,
      { rule: "required", field, message },
      {},
      field,
    ],
  ),
  [
    "counts a location without any part as none",
    { rule: "required", field: "location", message },
    { locations: [{}] },
    "location",
  ],
  [
    "counts blank HTML as no description",
    { rule: "required", field: "description", message },
    { descriptionHtml: "<p>&nbsp;</p>" },
    "description",
  ],
  [
    "refuses a title that is too long",
    { rule: "length", field: "title", max: 5, message },
    { title: "Welder" },
    "title",
  ],
  ["counts characters, not code units", { rule: "length", field: "title", max: 2, message }, { title: "👷👷" }, null],
  [
    "refuses a description that is too short",
    { rule: "length", field: "description", min: 20, message },
    good,
    "description",
  ],
  ["leaves an empty field to the required rule", { rule: "length", field: "title", min: 5, message }, {}, null],
  [
    "refuses a second location",
    { rule: "one-location", message },
    { locations: [{ city: "A" }, { city: "B" }] },
    "location",
  ],
  ["refuses work on site on a remote board", { rule: "remote-only", message }, { remote: "hybrid" }, "location"],
  [
    "refuses an employment type that the board lacks",
    { rule: "one-of", field: "employment", values: ["contract"], message },
    good,
    "employment",
  ],
  [
    "refuses a forbidden pattern",
    { rule: "pattern", field: "title", source: "urgent", flags: "i", refuse: true, message },
    { title: "URGENT welder" },
    "title",
  ],
  [
    "refuses a title without a wanted pattern",
    { rule: "pattern", field: "title", source: "^[A-Z]", refuse: false, message },
    { title: "welder" },
    "title",
  ],
];

describe("a posting rule", () => {
  it.each(cases)("%s", (_name, rule, job, field) => {
    expect(checkPosting([rule], job)).toEqual(field === null ? [] : [{ field, message, level: "error" }]);
  });

  it("lets a complete job pass", () => {
    const passing = cases
      .map(([, rule]) => rule)
      .filter((rule) => rule.rule === "required" || rule.rule.endsWith("-location"));
    expect(checkPosting(passing, good)).toEqual([]);
  });
});
