import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSandbox, type Sandbox } from "./server.ts";
import { ask, control, createPeer, decideConsent } from "./testing.ts";
import { sign } from "./vendors/slack/events.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await createSandbox();
});
afterEach(() => sandbox.close());

const api = (method: string) => `${sandbox.origin}/slack/slack.com/api/${method}`;
const call = async (method: string, args: Record<string, unknown>, token = "xoxb-sandbox-acme") =>
  (
    await ask(api(method), {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json; charset=utf-8" },
      body: JSON.stringify(args),
    })
  ).json();
const read = async (method: string, query: string, token = "xoxb-sandbox-acme") =>
  (await ask(`${api(method)}?${query}`, { headers: { authorization: `Bearer ${token}` } })).json();

const REDIRECT = "http://127.0.0.1:9/oauth/slack/callback";
const authorize = () =>
  `${sandbox.origin}/slack/slack.com/oauth/v2/authorize?${new URLSearchParams({
    client_id: "patchbay-sandbox",
    scope: "chat:write,channels:read",
    redirect_uri: REDIRECT,
    state: "s-1",
  })}`;
const access = async (form: Record<string, string>) =>
  (
    await ask(api("oauth.v2.access"), {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from("patchbay-sandbox:patchbay-sandbox-secret").toString("base64")}`,
      },
      body: new URLSearchParams(form),
    })
  ).json();

describe("installing", () => {
  it("hands out a code that works once and only with the same redirect URI", async () => {
    const back = await decideConsent(authorize(), { decision: "allow", account: "T0BIRCH001" });
    expect(back.searchParams.get("state")).toBe("s-1");
    const code = back.searchParams.get("code") ?? "";
    expect(await access({ code, redirect_uri: "http://127.0.0.1:9/other" })).toEqual({
      ok: false,
      error: "bad_redirect_uri",
    });
    const granted = await access({ code, redirect_uri: REDIRECT });
    expect(granted).toMatchObject({
      ok: true,
      scope: "chat:write,channels:read",
      team: { name: "Birch Team" },
      is_enterprise_install: false,
    });
    expect(granted).not.toHaveProperty("refresh_token");
    expect(await access({ code, redirect_uri: REDIRECT })).toEqual({ ok: false, error: "invalid_code" });
    expect(await call("auth.test", {}, granted.access_token)).toMatchObject({ ok: true, team_id: "T0BIRCH001" });
  });

  it("comes back with access_denied when the person refuses, and shows an error without redirecting for a wrong client", async () => {
    const back = await decideConsent(authorize(), { decision: "deny", account: "T0ACME0001" });
    expect([back.searchParams.get("error"), back.searchParams.has("code")]).toEqual(["access_denied", false]);
    const wrong = await ask(authorize().replace("patchbay-sandbox", "stranger"), { redirect: "manual" });
    expect([wrong.status, wrong.headers.get("location")]).toEqual([400, null]);
  });

  it("rotates refresh tokens when rotation is on: each works once", async () => {
    await control(sandbox, "slack/actions/settings", { rotation: "true" });
    const back = await decideConsent(authorize(), { decision: "allow", account: "T0ACME0001" });
    const first = await access({ code: back.searchParams.get("code") ?? "", redirect_uri: REDIRECT });
    expect(first.expires_in).toBe(43_200);
    const refresh = { grant_type: "refresh_token", refresh_token: first.refresh_token };
    expect((await access(refresh)).ok).toBe(true);
    expect(await access(refresh)).toEqual({ ok: false, error: "invalid_refresh_token" });
  });
});

describe("channels and messages", () => {
  it("lists each channel once over short pages, hiding private ones without the bot", async () => {
    const ids: string[] = [];
    let cursor = "";
    do {
      const page = await read(
        "conversations.list",
        `types=public_channel,private_channel&exclude_archived=true&limit=50&cursor=${cursor}`,
      );
      ids.push(...page.channels.map((channel: { id: string }) => channel.id));
      cursor = encodeURIComponent(page.response_metadata.next_cursor);
    } while (cursor);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain("C0INTERV1");
    expect(ids).not.toContain("C0SECRET1");
    expect(ids).not.toContain("C0OLDNEWS");
  });

  it("does not take JSON where the method reads query and form only", async () => {
    expect(await call("conversations.info", { channel: "C0HIRING1" })).toEqual({
      ok: false,
      error: "channel_not_found",
    });
  });

  it("keeps a message and shows it readably, its markup escaped", async () => {
    const posted = await call("chat.postMessage", {
      channel: "C0HIRING1",
      text: "*Nia* applied &lt;b&gt; <https://portal.example/j|Welder>",
    });
    expect(posted).toMatchObject({ ok: true, channel: "C0HIRING1" });
    expect(typeof posted.ts).toBe("string");
    const page = await (await ask(`${sandbox.origin}/_control/slack`)).text();
    expect(page).toContain('<strong>Nia</strong> applied &lt;b&gt; <a href="https://portal.example/j">Welder</a>');
  });

  it.each([
    [{ channel: "C0NOWHERE", text: "x" }, "channel_not_found"],
    [{ channel: "C0OLDNEWS", text: "x" }, "is_archived"],
    [{ channel: "C0GENERAL", text: "x" }, "restricted_action"],
    [{ channel: "C0HIRING1" }, "no_text"],
    [
      {
        channel: "C0HIRING1",
        text: "x",
        blocks: [{ type: "header", text: { type: "plain_text", text: "x".repeat(151) } }],
      },
      "invalid_blocks",
    ],
  ])("refuses %j with %s and HTTP 200", async (args, error) => {
    expect(await call("chat.postMessage", args)).toMatchObject({ ok: false, error });
  });

  it("tells a missing scope, a dead token and an expired one apart", async () => {
    const args = { channel: "C0HIRING1", text: "x" };
    expect(await call("chat.postMessage", args, "xoxb-sandbox-noscope")).toMatchObject({
      error: "missing_scope",
      needed: "chat:write",
    });
    expect(await call("auth.test", {}, "xoxb-sandbox-revoked")).toMatchObject({ error: "token_revoked" });
    await control(sandbox, "slack/faults", { kind: "expire", account: "T0BIRCH001" });
    expect(await call("auth.test", {}, "xoxb-sandbox-birch")).toMatchObject({ error: "token_expired" });
    expect(await call("chat.postMessage", args, "xoxb-sandbox-birch")).toMatchObject({ ok: false });
    expect(await call("auth.test", {})).toMatchObject({ ok: true });
  });

  it("answers 429 with Retry-After after twenty lists in a minute", async () => {
    let last = 200;
    for (let count = 0; count < 21; count++)
      last = (await ask(api("conversations.list"), { headers: { authorization: "Bearer xoxb-sandbox-birch" } })).status;
    expect(last).toBe(429);
  });

  it("takes an incoming webhook with a plain ok", async () => {
    const url = `${sandbox.origin}/slack/hooks.slack.com/services/T0ACME0001/B0HOOK001/sandbox-webhook-acme-hiring`;
    const answer = await ask(url, { method: "POST", body: JSON.stringify({ text: "Job posted" }) });
    expect([answer.status, await answer.text()]).toEqual([200, "ok"]);
    expect((await ask(`${url}x`, { method: "POST", body: "{}" })).status).toBe(404);
  });
});

describe("events", () => {
  const SECRET = "7f3c9e2b1d804a56b0c4e8f1a2d39b6e";

  it("signs as documented", () => {
    const verification = '{"token":"legacyTok3nUnused","challenge":"q7Vd2mXr9KpT4nYwZ1sB","type":"url_verification"}';
    expect(sign(verification, SECRET, "1790000000")).toBe(
      "v0=4a001beb6e647ecb87b213c4eeb54868cea1c1710bac78e828d1fb76c4b66204",
    );
    const event =
      '{"token":"legacyTok3nUnused","team_id":"T0PORTAL1","api_app_id":"A0PORTAL9","event":{"type":"app_uninstalled"},"type":"event_callback","event_id":"Ev0UNINST01","event_time":1790000000}';
    expect(sign(event, SECRET, "1790000000")).toBe(
      "v0=2429009016c2ce11c9ddcfde2de6203838d7d55524dba555403c1d23a356aecc",
    );
  });

  it("verifies the URL, then tells of a revoked token, and can send an old time stamp", async () => {
    const peer = await createPeer();
    try {
      await control(sandbox, "slack/actions/register-events", { url: `${peer.origin}/webhooks/slack` });
      await control(sandbox, "slack/settle");
      await control(sandbox, "slack/actions/uninstall", { team: "T0ACME0001" });
      await control(sandbox, "slack/settle");
      const types = peer.got.map(({ body }) => JSON.parse(body)).map((body) => body.event?.type ?? body.type);
      expect(types).toEqual(expect.arrayContaining(["url_verification", "tokens_revoked", "app_uninstalled"]));
      for (const { headers, body } of peer.got)
        expect(headers["x-slack-signature"]).toBe(
          sign(body, "patchbay-sandbox-secret", String(headers["x-slack-request-timestamp"])),
        );
      await control(sandbox, "slack/webhooks", { event: "message", tamper: "old" });
      expect(Number(peer.got.at(-1)?.headers["x-slack-request-timestamp"])).toBeLessThan(Date.now() / 1000 - 3000);
    } finally {
      await peer.close();
    }
  });
});
