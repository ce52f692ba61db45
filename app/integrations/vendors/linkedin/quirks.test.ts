import { describe, expect, it } from "vitest";
import { fieldOf } from "./api.server.ts";
import { webhook } from "./webhook.server.ts";
import { observe, placeText } from "./wire.ts";

describe("What LinkedIn says of a posting", () => {
  const task = (status: "IN_PROGRESS" | "SUCCEEDED" | "FAILED" | "PROCESSED", errorMessage = "") => ({
    ...{ id: "urn:li:simpleJobPostingTask:1", status, errorMessage },
  });
  const at = (listingStatus: "LISTED" | "NOT_LISTED" | "IN_PROGRESS", statusMessage?: string) => ({
    listingStatus,
    ...(statusMessage ? { listingStatusDetail: { errorCode: "POLICY", statusMessage } } : {}),
  });

  it.each([
    ["CREATE", task("IN_PROGRESS"), null, "queued"],
    ["CREATE", task("SUCCEEDED"), null, "in_review"],
    ["CREATE", task("PROCESSED"), null, "in_review"],
    ["CREATE", task("FAILED"), null, "rejected"],
    ["CREATE", task("SUCCEEDED"), at("IN_PROGRESS"), "in_review"],
    ["CREATE", task("SUCCEEDED"), at("LISTED"), "live"],
    ["CREATE", task("SUCCEEDED"), at("NOT_LISTED", "Not a real job"), "rejected"],
    ["CREATE", null, at("NOT_LISTED"), "closed"],
    ["UPDATE", task("FAILED", "no"), at("LISTED"), "live"],
    ["CLOSE", task("IN_PROGRESS"), at("LISTED"), "live"],
    ["CLOSE", task("SUCCEEDED"), at("NOT_LISTED"), "closed"],
    ["CLOSE", task("SUCCEEDED"), null, "closed"],
  ])("%s with %j and %j is %s", (operation, own, listing, state) => {
    expect(observe({ operation, task: "t" }, own, listing)?.state).toBe(state);
  });

  it("says why a change was not carried out, and nothing of a posting that it does not know", () => {
    const seen = observe(
      { operation: "UPDATE", task: "t" },
      task("FAILED", "ERROR :: /title :: too long"),
      at("LISTED"),
    );
    expect(seen?.reason).toBe("LinkedIn did not carry out the last change: /title :: too long");
    expect(observe(undefined, null, null)).toBeNull();
  });

  it("names the field in our words", () => {
    expect(fieldOf("ERROR :: /location :: Invalid Field: /city")).toBe("location");
    expect(fieldOf("Invalid Field: /city")).toBe("location");
    expect(fieldOf("something else")).toBeNull();
  });
});

it("writes places as LinkedIn reads them", () => {
  expect(placeText({ city: "Leeds", country: "GB" })).toBe("Leeds, United Kingdom");
  expect(placeText({ city: "Austin", region: "TX", country: "US" })).toBe("Austin, TX");
  expect(placeText({ postalCode: "78701", country: "US" })).toBe("78701, US");
  expect(placeText({ city: "Leeds" })).toBeNull();
});

describe("An application from LinkedIn", () => {
  const parse = (body: unknown) =>
    webhook.parse({ method: "POST", url: "/", headers: {}, body: new TextEncoder().encode(JSON.stringify(body)) });

  it("is read by the paths that are known, and whatever is absent is left out", () => {
    const contactInformationQuestionResponses = {
      firstNameAnswer: { value: "Ida" },
      emailAnswer: { value: "Ida@Example.com" },
    };
    const own = (questionIdentifier: string, answer: unknown) => ({ questionIdentifier, answer });
    const customQuestionResponses = [
      own("notice", { textAnswerValue: { value: "Two weeks" } }),
      own("shifts", { multipleChoiceAnswerValue: { symbolicNames: ["early", "late"] } }),
      own("licence", null),
    ];
    const additionalQuestionResponses = { customQuestionSetResponses: [{ customQuestionResponses }, {}] };
    const questionResponses = { contactInformationQuestionResponses, additionalQuestionResponses };
    const sent = { jobApplicationId: "a1", externalJobId: 42, appliedAt: 1_767_225_600_000, questionResponses };
    expect(parse(sent)).toMatchObject([
      {
        ...{ kind: "application", dedupeId: "a1", at: new Date(1_767_225_600_000) },
        application: {
          ...{ postingKey: "42", externalId: "a1" },
          candidate: { firstName: "Ida", lastName: "", emails: ["ida@example.com"], phones: [], links: [] },
          answers: [
            { question: "notice", answer: "Two weeks" },
            { question: "shifts", answer: "early, late" },
            { question: "licence", answer: "" },
          ],
        },
      },
    ]);
    expect(parse({ jobApplicationId: "a2", externalJobId: "42" })).toMatchObject([{ application: { answers: [] } }]);
  });

  it("that names no job is refused", () => {
    expect(() => parse({ jobApplicationId: "a1" })).toThrow("we cannot read: externalJobId");
  });
});
