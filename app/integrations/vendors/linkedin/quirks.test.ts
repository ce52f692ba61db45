import { describe, expect, it } from "vitest";
import { handshakeAnswer } from "../../kit/handshake.server.ts";
import { verifySignature } from "../../kit/verify.server.ts";
import { fieldOf } from "./api.server.ts";
import { webhook } from "./webhook.server.ts";
import { observe, placeText } from "./wire.ts";

const secret = "demo-client-secret";
const verify = (body: string, signature: string) =>
  verifySignature(webhook.signature, {
    request: {
      method: "POST",
      url: "/webhooks/linkedin/x",
      headers: { "x-li-signature": signature },
      body: new TextEncoder().encode(body),
    },
    secrets: [secret],
    now: new Date(),
  });

describe("LinkedIn's proofs, by vectors computed elsewhere", () => {
  it("answers the challenge with the code's HMAC in hex", () => {
    const code = "3b1f0c52-77aa-4d10-9c3e-5e6a1d2f4b90";
    const url = `/webhooks/linkedin/x?challengeCode=${code}&applicationId=7700001`;
    const { handshake } = webhook;
    if (!handshake) throw new Error("no handshake");
    const request = { method: "GET", url, headers: {}, body: new Uint8Array() };
    const answer = handshakeAnswer(handshake, request, [secret]);
    expect(JSON.parse(answer?.body ?? "")).toEqual({
      challengeCode: code,
      challengeResponse: "9aed0218a124bcf74eabf7950eef5f3fe46bafc17a4b7d7c0e59aa991a025732",
    });
  });

  it("takes the signature over the escaped form, whether the body itself is escaped or not", async () => {
    const signature = "e62e2ffa44a983483d5c7cf75113250e0047a85dd2dbba989d282b0db0c93817";
    const escaped = '{"jobApplicationId":"urn:li:jobApplication:77","name":"Zo\\u00eb"}';
    expect(await verify(escaped, signature)).toEqual({ ok: true });
    expect(await verify(escaped.replace("\\u00eb", "ë"), signature)).toEqual({ ok: true });
    expect(await verify(escaped.replace("\\u00eb", "e"), signature)).toMatchObject({ ok: false });
  });
});

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
