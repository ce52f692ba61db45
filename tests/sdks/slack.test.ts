import { ErrorCode, LogLevel, WebClient, type WebClientOptions } from "@slack/web-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createSandbox, type Sandbox } from "#app/sandbox/server.ts";
import { control } from "#app/sandbox/testing.ts";

/** Slack's own client, pointed at the simulated Slack: what it can do here, it can do there. */
let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await createSandbox();
});
afterEach(() => sandbox.close());

const channelPage = z.object({ channels: z.array(z.object({ id: z.string() })) });

const client = (token = "xoxb-sandbox-acme", options: WebClientOptions = {}) =>
  new WebClient(token, {
    slackApiUrl: `${sandbox.origin}/slack/slack.com/api/`,
    retryConfig: { retries: 0 },
    logLevel: LogLevel.ERROR,
    ...options,
  });
const refusal = async (call: Promise<unknown>) => {
  const error = await call.then(
    () => ({}),
    (thrown: unknown) => Object(thrown),
  );
  return { code: error.code, said: error.data?.error, retryAfter: error.retryAfter };
};

describe("Slack's web client at the simulated Slack", () => {
  it("names the workspace of a token, and refuses another", async () => {
    expect(await client().auth.test()).toMatchObject({
      ok: true,
      team: expect.any(String),
      bot_id: expect.any(String),
    });
    expect(await refusal(client("xoxb-nothing").auth.test())).toMatchObject({
      code: ErrorCode.PlatformError,
      said: "invalid_auth",
    });
    expect((await refusal(client("xoxb-sandbox-revoked").auth.test())).said).toBe("token_revoked");
  });

  it("lists channels page by page, each once", async () => {
    const all = (await client().conversations.list({ limit: 200 })).channels ?? [];
    expect(all.length).toBeGreaterThan(1);
    const ids: string[] = [];
    for await (const page of client().paginate("conversations.list", { limit: 50, types: "public_channel" })) {
      ids.push(...channelPage.parse(page).channels.map((one) => one.id));
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(1);
  });

  it("posts text and blocks, answers in a thread, and is told what is wrong", async () => {
    const [channel] = (await client().conversations.list({ limit: 1 })).channels ?? [];
    const to = channel?.id ?? "";
    const blocks = [{ type: "section" as const, text: { type: "mrkdwn" as const, text: "*Kim Vale* applied" } }];
    const first = await client().chat.postMessage({ channel: to, text: "Kim Vale applied", blocks });
    expect(first).toMatchObject({ ok: true, channel: to, ts: expect.stringMatching(/^\d+\.\d+$/) });
    const reply = await client().chat.postMessage({ channel: to, text: "Thank you", thread_ts: first.ts ?? "" });
    expect(reply.message?.thread_ts ?? first.ts).toBe(first.ts);
    expect((await refusal(client().chat.postMessage({ channel: "C0NOWHERE", text: "?" }))).said).toBe(
      "channel_not_found",
    );
    const held = sandbox.vendor("slack").state();
    expect(JSON.stringify(held)).toContain("Kim Vale applied");
  });

  it("hears how long to wait when it is too fast, and goes on after it", async () => {
    await control(sandbox, "slack/faults", { kind: "429", seconds: 30 });
    const strict = client("xoxb-sandbox-acme", { rejectRateLimitedCalls: true });
    expect(await refusal(strict.auth.test())).toMatchObject({ code: ErrorCode.RateLimitedError, retryAfter: 30 });
    await control(sandbox, "slack/faults", { kind: "429", seconds: 1 });
    const patient = client("xoxb-sandbox-acme", { retryConfig: { retries: 2, minTimeout: 10 } });
    expect((await patient.auth.test()).ok).toBe(true);
  });

  it("says which permission is missing", async () => {
    const token = sandbox.vendor("slack").credentials().missingScope?.tokens?.accessToken ?? "";
    const calls = [
      client(token).conversations.list(),
      client(token).chat.postMessage({ channel: "C0HIRING1", text: "x" }),
    ];
    const said = (await Promise.all(calls.map(refusal))).map((one) => one.said);
    expect(said).toContain("missing_scope");
  });
});
