import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSandbox, type Sandbox } from "./server.ts";
import { ask, control } from "./testing.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await createSandbox();
});
afterEach(() => sandbox.close());

const jobsUrl = () => `${sandbox.origin}/greenhouse/harvest.greenhouse.io/v1/jobs?per_page=2`;
const auth = { authorization: `Basic ${Buffer.from("gh_key_acme_8d20c7:").toString("base64")}` };

describe("routing", () => {
  it("reaches a vendor by /<vendor>/<host>/<path>", async () => {
    expect((await ask(jobsUrl(), { headers: auth })).status).toBe(200);
  });

  it("reaches the same vendor by its own path and x-forwarded-host, and links back to that host", async () => {
    const answer = await ask(`${sandbox.origin}/v1/jobs?per_page=2`, {
      headers: { ...auth, "x-forwarded-host": "harvest.greenhouse.io" },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("link")).toContain("<https://harvest.greenhouse.io/v1/jobs?");
  });

  it("does not answer for a host that is not the vendor's", async () => {
    expect((await ask(`${sandbox.origin}/greenhouse/evil.example/v1/jobs`)).status).toBe(404);
  });

  it("refuses a control form sent from a foreign page", async () => {
    const answer = await ask(`${sandbox.origin}/_control/greenhouse/reset`, {
      method: "POST",
      headers: { origin: "https://evil.example" },
    });
    expect(answer.status).toBe(403);
  });
});

describe("faults", () => {
  const breakIt = (fault: Record<string, unknown>) => control(sandbox, "greenhouse/faults", fault);

  it("answers 429 with Retry-After in seconds, once, and then recovers", async () => {
    await breakIt({ kind: "429", seconds: 7 });
    const throttled = await ask(jobsUrl(), { headers: auth });
    expect([throttled.status, throttled.headers.get("retry-after")]).toEqual([429, "7"]);
    expect((await ask(jobsUrl(), { headers: auth })).status).toBe(200);
  });

  it("answers 429 with Retry-After as a date that is not in the past", async () => {
    await breakIt({ kind: "429", retryAfter: "date", seconds: 30 });
    const until = (await ask(jobsUrl(), { headers: auth })).headers.get("retry-after") ?? "";
    expect(until).toMatch(/GMT$/);
    expect(Date.parse(until)).toBeGreaterThan(Date.now());
  });

  it("counts down, aims by path and can be cleared", async () => {
    await breakIt({ kind: "500", count: 2, match: "/v1/candidates" });
    expect((await ask(jobsUrl(), { headers: auth })).status).toBe(200);
    expect((await ask(jobsUrl().replace("jobs", "candidates"), { headers: auth })).status).toBe(500);
    await breakIt({ kind: "clear" });
    expect((await ask(jobsUrl().replace("jobs", "candidates"), { headers: auth })).status).toBe(200);
  });

  it("answers a page of HTML, half an answer, fewer fields or more fields", async () => {
    await breakIt({ kind: "html" });
    expect((await ask(jobsUrl(), { headers: auth })).headers.get("content-type")).toContain("text/html");
    await breakIt({ kind: "truncated" });
    await expect((await ask(jobsUrl(), { headers: auth })).json()).rejects.toThrow();
    await breakIt({ kind: "missing-field", field: "name" });
    expect((await (await ask(jobsUrl(), { headers: auth })).json())[0]).not.toHaveProperty("name");
    await breakIt({ kind: "extra-fields" });
    expect((await (await ask(jobsUrl(), { headers: auth })).json())[0]).toHaveProperty("sandbox_unknown");
  });

  it("resets the connection, and never answers until the caller gives up", async () => {
    await breakIt({ kind: "reset" });
    await expect(ask(jobsUrl(), { headers: auth })).rejects.toThrow();
    await breakIt({ kind: "timeout" });
    await expect(ask(jobsUrl(), { headers: auth, signal: AbortSignal.timeout(100) })).rejects.toThrow();
  });

  it("refuses a fault that nobody knows", async () => {
    await expect(breakIt({ kind: "earthquake" })).rejects.toThrow("no fault called earthquake");
  });

  it("reports the most calls within a window to the meter", async () => {
    await Promise.all([1, 2, 3].map(() => ask(jobsUrl(), { headers: auth })));
    const meter = await (await ask(`${sandbox.origin}/_control/greenhouse/meter?seconds=60`)).json();
    expect(meter).toMatchObject({ total: 3, accounts: { acme: { total: 3, peak: 3 } } });
  });
});

describe("pages", () => {
  it("shows every vendor, its credentials and its faults without leaking markup", async () => {
    const list = await (await ask(`${sandbox.origin}/_control`)).text();
    expect(list).toContain("Greenhouse");
    await control(sandbox, "greenhouse/actions/add-job", { account: "acme", title: "<script>alert(1)</script>" });
    const page = await (await ask(`${sandbox.origin}/_control/greenhouse`)).text();
    expect(page).toContain("&lt;script&gt;");
    expect(page).not.toContain("<script>alert");
  });

  it("takes its own forms and comes back to the page", async () => {
    const answer = await ask(`${sandbox.origin}/_control/greenhouse/actions/add-job`, {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams({ account: "acme", title: "Cooper" }),
    });
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toContain("/_control/greenhouse?said=");
  });
});

describe("mailbox", () => {
  it("keeps what the portal sent and shows it", async () => {
    const mail = { from: "portal@patchbay.example", to: "ada@acme.example", subject: "Sign in", text: "Your <link>" };
    await ask(`${sandbox.origin}/_mail`, { method: "POST", body: JSON.stringify(mail) });
    const { messages } = await (await ask(`${sandbox.origin}/_mail/messages`)).json();
    expect(messages).toMatchObject([mail]);
    expect(await (await ask(`${sandbox.origin}/_mail/${messages[0].id}`)).text()).toContain("Your &lt;link&gt;");
  });
});

describe("receiver", () => {
  const secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
  const body = '{"type":"application.created","data":{}}';
  const post = (signWith: string, over: Record<string, string> = {}) => {
    const at = new Date();
    return ask(`${sandbox.origin}/_receiver/box`, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/json",
        "webhook-id": "msg_1",
        "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
        "webhook-signature": new Webhook(signWith).sign("msg_1", at, body),
        ...over,
      },
    });
  };
  const verdicts = async () => {
    const { messages } = await (await ask(`${sandbox.origin}/_receiver/box/messages`)).json();
    return messages.map((message: { signature: string }) => message.signature);
  };

  it("verifies what the reference library signed, and refuses what it did not", async () => {
    await ask(`${sandbox.origin}/_receiver/box/secret`, { method: "POST", body: JSON.stringify({ secret }) });
    await post(secret);
    await post("whsec_8PHy8/T19vf4+fr7/P3+/+Dh4uPk5ebn6Onq6+zt7u8=");
    await post(secret, { "webhook-id": "msg_2" });
    await post(secret, { "webhook-timestamp": "1790000000" });
    expect(await verdicts()).toEqual([
      "ok",
      "no signature matches",
      "no signature matches",
      "the time stamp is too far from now",
    ]);
  });

  it("fails the next deliveries when told to", async () => {
    await ask(`${sandbox.origin}/_receiver/box/fail`, {
      method: "POST",
      body: JSON.stringify({ count: 1, status: 503, retryAfter: "9" }),
    });
    const failed = await post(secret);
    expect([failed.status, failed.headers.get("retry-after")]).toEqual([503, "9"]);
    expect((await post(secret)).status).toBe(200);
  });
});

describe("state", () => {
  it("survives a restart in its file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sandbox-"));
    const stateFile = join(folder, "sandbox.json");
    try {
      const first = await createSandbox({ stateFile });
      const { jobId } = await control(first, "greenhouse/actions/add-job", { account: "birch", title: "Cooper" });
      await first.close();
      const second = await createSandbox({ stateFile });
      const state = await (await ask(`${second.origin}/_control/greenhouse/state`)).json();
      await second.close();
      expect(JSON.stringify(state)).toContain(`"id":${jobId},"name":"Cooper"`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
