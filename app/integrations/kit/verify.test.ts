import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { RawRequest } from "../contract/capabilities.ts";
import type { Handshake, Signature } from "../contract/signature.ts";
import { handshakeAnswer } from "./handshake.server.ts";
import { signAs } from "./sign.server.ts";
import {
  legacySignature,
  newWebhookSecret,
  signStandard,
  standardWebhooks,
  verifyStandard,
} from "./standard-webhooks.server.ts";
import { verifySignature } from "./verify.server.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const raw = (body: string, headers: Record<string, string>): RawRequest => ({
  method: "POST",
  url: "/webhooks/x",
  headers,
  body: bytes(body),
});

const body =
  '{"type":"application.created","timestamp":"2026-09-21T13:33:20Z","data":{"id":"app_8841","jobId":"job_77","stage":"applied"}}';
const id = "msg_portal0001ABCDEF";
const at = new Date(1790000000 * 1000);
const secretA = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const secretB = "whsec_8PHy8/T19vf4+fr7/P3+/+Dh4uPk5ebn6Onq6+zt7u8=";
const later = (seconds: number) => new Date(at.getTime() + seconds * 1000);

afterEach(() => {
  vi.useRealTimers();
});

describe("Standard Webhooks", () => {
  const headers = signStandard({ id, at, body: bytes(body), secrets: [secretA] });

  it("gives the published signatures", () => {
    expect(headers["webhook-signature"]).toBe("v1,waRkEsBNDP7CjZokmibW+rCbh83j4ff3Hn5PIO9SGfs=");
    const old = signStandard({ id, at, body: bytes(body), secrets: [secretB] });
    expect(old["webhook-signature"]).toBe("v1,2p6oGA1YDlc0lKXwkjbKuHVB5+dog2qMK7z2NM9B18E=");
  });

  it("is accepted by the reference library, and accepts what that signs", async () => {
    vi.useFakeTimers({ now: at });
    const secret = newWebhookSecret();
    const ours = signStandard({ id, at, body: bytes(body), secrets: [secret, secretB] });
    expect(new Webhook(secret).verify(body, ours)).toMatchObject({ type: "application.created" });
    expect(new Webhook(secretB).verify(body, ours)).toMatchObject({ type: "application.created" });
    const theirs = { ...ours, "webhook-signature": new Webhook(secret).sign(id, at, body) };
    expect(await verifyStandard(raw(body, theirs), [secret], at)).toEqual({ ok: true });
  });

  it("holds for five minutes both ways", async () => {
    const request = raw(body, headers);
    expect(await verifyStandard(request, [secretA], later(300))).toEqual({ ok: true });
    expect(await verifyStandard(request, [secretA], later(301))).toEqual({ ok: false, reason: "too-old" });
    expect(await verifyStandard(request, [secretA], later(-301))).toEqual({ ok: false, reason: "too-new" });
  });

  it("passes with either secret while one is being replaced", async () => {
    expect(await verifyStandard(raw(body, headers), [secretB, secretA], at)).toEqual({ ok: true });
    const both = `v1,2p6oGA1YDlc0lKXwkjbKuHVB5+dog2qMK7z2NM9B18E= v1a,AAAA ${headers["webhook-signature"]}`;
    expect(await verifyStandard(raw(body, { ...headers, "webhook-signature": both }), [secretA], at)).toEqual({
      ok: true,
    });
  });

  const change = (name: string, value: string) => raw(body, { ...headers, [name]: value });
  const signature = headers["webhook-signature"];
  it.each<[string, RawRequest]>([
    ["a space after the body", raw(`${body} `, headers)],
    ["the JSON written anew", raw(JSON.stringify(JSON.parse(body), null, 1), headers)],
    ["another id", change("webhook-id", "msg_other")],
    ["the time stamp moved by one", change("webhook-timestamp", "1790000001")],
    ["another version prefix", change("webhook-signature", signature.replace("v1,", "v2,"))],
    ["the padding cut off", change("webhook-signature", signature.replace("=", ""))],
    ["the URL-safe alphabet", change("webhook-signature", signature.replace("+", "-"))],
    ["an empty signature", change("webhook-signature", "")],
    ["a time stamp in words", change("webhook-timestamp", "today")],
    ["no id", raw(body, { ...headers, "webhook-id": "" })],
  ])("refuses %s", async (_what, request) => {
    expect(await verifyStandard(request, [secretA], at)).toMatchObject({ ok: false });
  });

  it("refuses a wrong secret, and says so when there is none", async () => {
    expect(await verifyStandard(raw(body, headers), [secretA.replace("AAEC", "AAED")], at)).toEqual({
      ok: false,
      reason: "mismatch",
    });
    expect(await verifyStandard(raw(body, headers), [], at)).toEqual({ ok: false, reason: "missing-secret" });
    expect(await verifyStandard(raw(body, headers), [""], at)).toEqual({ ok: false, reason: "missing-secret" });
  });

  it("never sends unsigned", () => {
    expect(() => signStandard({ id, at, body: bytes(body), secrets: [] })).toThrow(TypeError);
  });

  it("signs the legacy header over the exact body", () => {
    expect(legacySignature("key", bytes("The quick brown fox jumps over the lazy dog"))).toBe(
      "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
    );
  });
});

const shapes: [string, Signature][] = [
  [
    "hex with a spaced prefix",
    {
      scheme: "hmac",
      hash: "sha256",
      encoding: "hex",
      header: "Signature",
      prefix: "sha256 ",
      signed: "{body}",
      secret: { of: "subscription" },
    },
  ],
  [
    "a time stamp and a version",
    {
      scheme: "hmac",
      hash: "sha256",
      encoding: "hex",
      header: "X-Slack-Signature",
      prefix: "v0=",
      signed: "v0:{timestamp}:{body}",
      timestamp: { header: "X-Slack-Request-Timestamp", unit: "s", toleranceSeconds: 300 },
      secret: { of: "app", setting: "signingSecret" },
    },
  ],
  [
    "base64 over the address",
    {
      scheme: "hmac",
      hash: "sha1",
      encoding: "base64",
      header: "x-sig",
      signed: "{url}{body}",
      secret: { of: "connection", field: "hook" },
    },
  ],
  [
    "an ISO time stamp",
    {
      scheme: "hmac",
      hash: "sha512",
      encoding: "hex",
      header: "x-sig",
      signed: "{timestamp}\n{body}",
      timestamp: { header: "x-at", unit: "iso", toleranceSeconds: 60 },
      secret: { of: "subscription" },
    },
  ],
  ["a shared secret", { scheme: "shared-secret", header: "X-Goog-Channel-Token", secret: { of: "subscription" } }],
  ["Standard Webhooks as data", standardWebhooks],
];

describe.each(shapes)("a signature with %s", (_name, signature) => {
  const secret = signature.scheme === "hmac" && signature.secretEncoding === "whsec" ? secretA : "hook-secret-0001";
  const url = "/webhooks/x";
  const headers = signAs(signature, { secret, body: bytes(body), now: at, url });

  it("verifies what the inverse signer made, in any header case", async () => {
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    expect(await verifySignature(signature, { request: raw(body, headers), secrets: [secret], now: at })).toEqual({
      ok: true,
    });
    expect(await verifySignature(signature, { request: raw(body, lower), secrets: [secret], now: at })).toEqual({
      ok: true,
    });
  });

  it("refuses every header that is missing, and a flipped letter in it", async () => {
    for (const [name, value] of Object.entries(headers)) {
      const { [name]: _gone, ...rest } = headers;
      expect(await verifySignature(signature, { request: raw(body, rest), secrets: [secret], now: at })).toEqual({
        ok: false,
        reason: "missing-header",
      });
      const last = value.at(-3) === "1" ? "2" : "1";
      const flipped = { ...headers, [name]: `${value.slice(0, -3)}${last}${value.slice(-2)}` };
      expect(
        await verifySignature(signature, { request: raw(body, flipped), secrets: [secret], now: at }),
      ).toMatchObject({ ok: false });
    }
  });
});

it("gives Slack's worked signature", () => {
  const signature = shapes[1]?.[1];
  if (signature === undefined) throw new TypeError("The shape moved.");
  const sample = '{"token":"legacyTok3nUnused","challenge":"q7Vd2mXr9KpT4nYwZ1sB","type":"url_verification"}';
  const secret = "7f3c9e2b1d804a56b0c4e8f1a2d39b6e";
  expect(signAs(signature, { secret, body: bytes(sample), now: at })).toEqual({
    "X-Slack-Signature": "v0=4a001beb6e647ecb87b213c4eeb54868cea1c1710bac78e828d1fb76c4b66204",
    "X-Slack-Request-Timestamp": "1790000000",
  });
});

it("gives Greenhouse's worked signature", () => {
  const signature = shapes[0]?.[1];
  if (signature === undefined) throw new TypeError("The shape moved.");
  const sample = bytes('{"action":"ping","payload":{"web_hook_id":7}}');
  expect(signAs(signature, { secret: "portal-webhook-secret", body: sample, now: at })).toEqual({
    Signature: "sha256 036eb6ebb8fd2e875497ab8a796f22a83addb794c01f40cc8866726647506ab8",
  });
});

describe("a handshake", () => {
  it("echoes a value of the body", () => {
    const answer = handshakeAnswer(
      {
        when: { bodyPath: "type", is: "url_verification" },
        verified: true,
        answer: { kind: "echo", from: { bodyPath: "challenge" }, as: { json: "challenge" } },
      },
      raw('{"type":"url_verification","challenge":"abc"}', {}),
      [],
    );
    expect(answer).toMatchObject({ status: 200, body: '{"challenge":"abc"}' });
  });

  it("echoes a query value as plain text that no browser takes for a page", () => {
    const answer = handshakeAnswer(
      {
        when: { query: "validationToken" },
        verified: false,
        answer: { kind: "echo", from: { query: "validationToken" }, as: "text" },
      },
      { ...raw("", {}), url: "/webhooks/x?validationToken=%3Cb%3Ehi" },
      [],
    );
    expect(answer?.body).toBe("<b>hi");
    expect(answer?.headers).toMatchObject({
      "content-type": "text/plain; charset=utf-8",
      "x-content-type-options": "nosniff",
    });
  });

  it("proves the secret by signing the token, and refuses without one", () => {
    const handshake = {
      when: { bodyPath: "event", is: "endpoint.url_validation" },
      verified: true,
      answer: {
        kind: "hmac",
        from: { bodyPath: "plainToken" },
        hash: "sha256",
        encoding: "hex",
        plainAs: "plainToken",
        signedAs: "encryptedToken",
      },
    } as const;
    const request = raw(
      '{"event":"endpoint.url_validation","plainToken":"The quick brown fox jumps over the lazy dog"}',
      {},
    );
    expect(JSON.parse(handshakeAnswer(handshake, request, ["key"])?.body ?? "")).toEqual({
      plainToken: "The quick brown fox jumps over the lazy dog",
      encryptedToken: "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
    });
    expect(handshakeAnswer(handshake, request, [])?.status).toBe(401);
  });

  const zoom: Handshake = {
    when: { bodyPath: "event", is: "endpoint.url_validation" },
    verified: true,
    answer: {
      kind: "hmac",
      from: { bodyPath: "payload.plainToken" },
      hash: "sha256",
      encoding: "hex",
      plainAs: "plainToken",
      signedAs: "encryptedToken",
    },
  };
  const asked = (plainToken: string) =>
    raw(JSON.stringify({ payload: { plainToken }, event_ts: 1767225600000, event: "endpoint.url_validation" }), {});

  it("of Zoom's kind gives the worked answer, with the token inside the payload", () => {
    const answer = handshakeAnswer(zoom, asked("Qk3uX0r7TzS1vLbN9aYpWg"), ["zoom-made-up-secret-token"]);
    expect(JSON.parse(answer?.body ?? "")).toEqual({
      plainToken: "Qk3uX0r7TzS1vLbN9aYpWg",
      encryptedToken: "4f0cf75a109c60a4fa5a6cfd7c21968e2f839ddaf28ab0d91dc1914e48769bdd",
    });
  });

  it("of LinkedIn's kind signs the code of the query", () => {
    const linkedin: Handshake = {
      when: { query: "challengeCode" },
      verified: false,
      answer: {
        kind: "hmac",
        from: { query: "challengeCode" },
        hash: "sha256",
        encoding: "hex",
        plainAs: "challengeCode",
        signedAs: "challengeResponse",
      },
    };
    const code = "890e4665-4dfe-4ab1-b689-ed553bceeed0";
    const answer = handshakeAnswer(linkedin, { ...raw("", {}), url: `/webhooks/x?challengeCode=${code}` }, ["key"]);
    expect(JSON.parse(answer?.body ?? "")).toMatchObject({
      challengeCode: code,
      challengeResponse: legacySignature("key", bytes(code)),
    });
  });

  it("signs nothing that could be the body of an event", () => {
    for (const body of ['hmacsha256={"jobApplicationId":"1"}', "[]", '"x"', "a\nb", "x".repeat(501)]) {
      const answer = handshakeAnswer(zoom, asked(body), ["key"]);
      expect([body, answer?.status, answer?.body]).toEqual([body, 400, ""]);
    }
  });

  it("leaves every other request alone", () => {
    const handshake = {
      when: { header: "x-hook", is: "confirm" },
      verified: false,
      answer: { kind: "empty" },
    } as const;
    expect(handshakeAnswer(handshake, raw("{}", {}), [])).toBeNull();
    expect(handshakeAnswer(handshake, raw("{}", { "X-Hook": "confirm" }), [])?.status).toBe(200);
  });
});

describe("a signature over single values of the body", () => {
  const signature: Signature = {
    scheme: "hmac-fields",
    hash: "sha256",
    encoding: "hex",
    at: "signature",
    signed: "{token}{triggeredAt}",
    dated: { bodyPath: "triggeredAt", unit: "ms", toleranceSeconds: 86_400 },
    secret: { of: "subscription" },
  };
  const overAll: Signature = {
    ...{ scheme: "hmac", hash: "sha256", encoding: "hex", header: "x-sig" },
    ...{ signed: "{body}", secret: { of: "app", setting: "x" } },
  };
  const sent = {
    event: "candidateStageChange",
    triggeredAt: 1735689600123,
    token: "b7c1a2d9e4f0486a9d3e5f6071829304",
    signature: "53dddff12fc06d5337f4e054c91a7711d2ea555a1486cb3338300a15960f95fb",
  };
  const judge = (value: unknown, now = new Date(1735689600123)) =>
    verifySignature(signature, { request: raw(JSON.stringify(value), {}), secrets: ["demo-signature-token"], now });

  it("is the vendor's published one", async () => {
    expect(await judge(sent)).toEqual({ ok: true });
    expect(await judge({ ...sent, triggeredAt: "1735689600123" })).toEqual({ ok: true });
    expect(await judge({ ...sent, token: `${sent.token.slice(0, -1)}5` })).toEqual({ ok: false, reason: "mismatch" });
  });

  it("is refused a day later, and where a value or the body is missing", async () => {
    const elapsed = (ms: number) => new Date(1735689600123 + ms);
    expect(await judge(sent, elapsed(86_400_000))).toEqual({ ok: true });
    expect(await judge(sent, elapsed(86_401_000))).toEqual({ ok: false, reason: "too-old" });
    expect(await judge(sent, elapsed(-86_401_000))).toEqual({ ok: false, reason: "too-new" });
    expect(await judge({ ...sent, signature: undefined })).toEqual({ ok: false, reason: "missing-header" });
    expect(await judge({ ...sent, token: undefined })).toEqual({ ok: false, reason: "malformed" });
    expect(await judge("no object")).toEqual({ ok: false, reason: "missing-header" });
  });

  it("does not let the border between two values be moved", async () => {
    const token = `${sent.token}0`;
    const all = bytes(`${token}${sent.triggeredAt}`);
    const headers = signAs(overAll, { secret: "demo-signature-token", body: all, now: at });
    const shifted = { ...sent, triggeredAt: `0${sent.triggeredAt}`, signature: headers["x-sig"] };
    expect(await judge({ ...shifted, token, triggeredAt: sent.triggeredAt })).toEqual({ ok: true });
    expect(await judge(shifted)).toEqual({ ok: false, reason: "bad-timestamp" });
  });
});

describe("LinkedIn's proofs, by vectors computed elsewhere", () => {
  const secret = "demo-client-secret";

  it("answer the challenge with the code's HMAC in hex", () => {
    const code = "3b1f0c52-77aa-4d10-9c3e-5e6a1d2f4b90";
    const from = { query: "challengeCode" };
    const answer = handshakeAnswer(
      {
        when: from,
        verified: false,
        answer: {
          ...{ kind: "hmac", from, hash: "sha256", encoding: "hex" },
          ...{ plainAs: "challengeCode", signedAs: "challengeResponse" },
        },
      },
      { ...raw("", {}), method: "GET", url: `/webhooks/x?challengeCode=${code}&applicationId=7700001` },
      [secret],
    );
    expect(JSON.parse(answer?.body ?? "")).toEqual({
      challengeCode: code,
      challengeResponse: "9aed0218a124bcf74eabf7950eef5f3fe46bafc17a4b7d7c0e59aa991a025732",
    });
  });

  it("hold over the escaped form, whether the body itself is escaped or not", async () => {
    const declared: Signature = {
      ...{ scheme: "hmac", hash: "sha256", encoding: "hex", header: "x-li-signature", signed: "hmacsha256={body}" },
      ...{ orUnicodeEscaped: true, secret: { of: "connection", field: "clientSecret" } },
    };
    const headers = { "x-li-signature": "e62e2ffa44a983483d5c7cf75113250e0047a85dd2dbba989d282b0db0c93817" };
    const verify = (text: string) =>
      verifySignature(declared, { request: raw(text, headers), secrets: [secret], now: at });
    const escaped = '{"jobApplicationId":"urn:li:jobApplication:77","name":"Zo\\u00eb"}';
    expect(await verify(escaped)).toEqual({ ok: true });
    expect(await verify(escaped.replace("\\u00eb", "ë"))).toEqual({ ok: true });
    expect(await verify(escaped.replace("\\u00eb", "e"))).toMatchObject({ ok: false });
  });
});
