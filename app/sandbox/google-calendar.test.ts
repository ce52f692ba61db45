import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSandbox, type Sandbox } from "./server.ts";
import { ask, control, createPeer, decideConsent } from "./testing.ts";
import { instant } from "./vendors/google-calendar/time.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await createSandbox();
});
afterEach(() => sandbox.close());

const at = (host: string, path: string) => `${sandbox.origin}/google-calendar/${host}${path}`;
const api = async (path: string, init: RequestInit & { token?: string } = {}) => {
  const answer = await ask(at("www.googleapis.com", `/calendar/v3/${path}`), {
    ...init,
    headers: {
      authorization: `Bearer ${init.token ?? "ya29.sandbox-rosa"}`,
      "content-type": "application/json",
      ...init.headers,
    },
  });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : null };
};
const REDIRECT = "http://127.0.0.1:9/oauth/google-calendar/callback";
const VERIFIER = "a-verifier-that-is-long-enough-for-the-rule-of-43-characters";
const CLIENT = { client_id: "patchbay-sandbox", client_secret: "patchbay-sandbox-secret" };
const SCOPE = "openid https://www.googleapis.com/auth/calendar.events";
const authorize = () =>
  at(
    "accounts.google.com",
    `/o/oauth2/v2/auth?${new URLSearchParams({
      client_id: CLIENT.client_id,
      redirect_uri: REDIRECT,
      response_type: "code",
      scope: SCOPE,
      state: "s-9",
      access_type: "offline",
      prompt: "consent",
      code_challenge: createHash("sha256").update(VERIFIER).digest("base64url"),
      code_challenge_method: "S256",
    })}`,
  );
const token = async (form: Record<string, string>) => {
  const answer = await ask(at("oauth2.googleapis.com", "/token"), {
    method: "POST",
    body: new URLSearchParams({ ...CLIENT, ...form }),
  });
  return { status: answer.status, body: await answer.json() };
};
const codeForm = (code: string, over: Record<string, string> = {}) => ({
  grant_type: "authorization_code",
  code,
  redirect_uri: REDIRECT,
  code_verifier: VERIFIER,
  ...over,
});

describe("consent", () => {
  it("gives a code for the right verifier once, then refreshes without a new refresh token", async () => {
    const back = await decideConsent(authorize(), { decision: "allow", account: "bo@birch.example" });
    const code = back.searchParams.get("code") ?? "";
    expect((await token(codeForm(code, { code_verifier: "wrong" }))).body.error).toBe("invalid_grant");
    const granted = await token(codeForm(code));
    expect(granted.body).toMatchObject({ token_type: "Bearer", expires_in: 3599, scope: SCOPE });
    expect((await token(codeForm(code))).body.error).toBe("invalid_grant");
    const refreshed = await token({ grant_type: "refresh_token", refresh_token: granted.body.refresh_token });
    expect(refreshed.status).toBe(200);
    expect(refreshed.body).not.toHaveProperty("refresh_token");
  });

  it("comes back with access_denied when the person refuses", async () => {
    const back = await decideConsent(authorize(), { decision: "deny", account: "bo@birch.example" });
    expect([back.searchParams.get("error"), back.searchParams.get("state")]).toEqual(["access_denied", "s-9"]);
  });

  it("does not redirect to a URI that was not registered", async () => {
    await control(sandbox, "google-calendar/actions/settings", { redirectUris: "https://portal.example/callback" });
    expect((await ask(authorize(), { redirect: "manual" })).status).toBe(400);
  });

  it("ends the whole grant on revoke, and says so on the next call and refresh", async () => {
    const revoke = () =>
      ask(at("oauth2.googleapis.com", "/revoke"), {
        method: "POST",
        body: new URLSearchParams({ token: "1//0sandbox-rosa" }),
      });
    expect((await revoke()).status).toBe(200);
    expect((await revoke()).status).toBe(400);
    expect((await api("users/me/calendarList/primary")).body.error.errors[0].reason).toBe("authError");
    const dead = await token({ grant_type: "refresh_token", refresh_token: "1//0sandbox-rosa" });
    expect([dead.status, dead.body.error]).toEqual([400, "invalid_grant"]);
  });
});

const interview = (over: Record<string, unknown> = {}) =>
  JSON.stringify({
    id: "iv7f3c2a90b14d4e8f9a01",
    summary: "Interview: Data Engineer",
    start: { dateTime: "2027-03-02T10:00:00", timeZone: "Europe/Madrid" },
    end: { dateTime: "2027-03-02T11:00:00", timeZone: "Europe/Madrid" },
    attendees: [{ email: "li@acme.example" }, { email: "cand@mail.example" }],
    conferenceData: { createRequest: { requestId: "r-1", conferenceSolutionKey: { type: "hangoutsMeet" } } },
    ...over,
  });
const insert = (over: Record<string, unknown> = {}) =>
  api("calendars/primary/events?conferenceDataVersion=1&sendUpdates=all", { method: "POST", body: interview(over) });

describe("events", () => {
  it("creates once per id, with a Meet link, invitations and busy time for the guests", async () => {
    const made = await insert();
    expect(made.body).toMatchObject({
      status: "confirmed",
      hangoutLink: expect.stringMatching(/^https:\/\/meet\.google\.com\//),
    });
    const again = await insert();
    expect([again.status, again.body.error.errors[0].reason]).toEqual([409, "duplicate"]);
    const state = await (await ask(`${sandbox.origin}/_control/google-calendar/state`)).json();
    expect(state.invitations.map((sent: { to: string }) => sent.to)).toEqual(["li@acme.example", "cand@mail.example"]);
    const items = [{ id: "rosa@acme.example" }, { id: "li@acme.example" }, { id: "nobody@acme.example" }];
    const busy = await api("freeBusy", {
      method: "POST",
      body: JSON.stringify({ timeMin: "2027-03-02T00:00:00Z", timeMax: "2027-03-03T00:00:00Z", items }),
    });
    const slot = [{ start: "2027-03-02T09:00:00Z", end: "2027-03-02T10:00:00Z" }];
    expect(busy.body.calendars).toMatchObject({
      "rosa@acme.example": { busy: slot },
      "li@acme.example": { busy: slot },
      "nobody@acme.example": { errors: [{ reason: "notFound" }] },
    });
  });

  it("refuses a stale etag, and a second delete is 410 deleted", async () => {
    const made = await insert();
    const path = `calendars/primary/events/${made.body.id}`;
    const patch = (etag: string) =>
      api(path, { method: "PATCH", headers: { "if-match": etag }, body: '{"location":"Room 4"}' });
    expect((await patch(made.body.etag)).body).toMatchObject({
      location: "Room 4",
      summary: "Interview: Data Engineer",
    });
    expect((await patch(made.body.etag)).status).toBe(412);
    expect((await api(path, { method: "DELETE" })).status).toBe(204);
    const twice = await api(path, { method: "DELETE" });
    expect([twice.status, twice.body.error.errors[0].reason]).toEqual([410, "deleted"]);
  });

  it("leaves a Meet link pending when told to, and has it on a later read", async () => {
    await control(sandbox, "google-calendar/faults", { kind: "meet-pending", count: 1 });
    const made = await insert();
    expect(made.body.conferenceData.createRequest.status.statusCode).toBe("pending");
    const later = await api(`calendars/primary/events/${made.body.id}`);
    expect(later.body.conferenceData.createRequest.status.statusCode).toBe("success");
  });

  it("counts wall-clock times on both sides of a clock change", () => {
    const utc = (dateTime: string, timeZone: string) =>
      new Date(instant({ dateTime, timeZone }, "UTC") ?? 0).toISOString();
    expect(utc("2027-03-27T10:00:00", "Europe/Madrid")).toBe("2027-03-27T09:00:00.000Z");
    expect(utc("2027-03-28T10:00:00", "Europe/Madrid")).toBe("2027-03-28T08:00:00.000Z");
    expect(utc("2027-11-07T12:00:00", "America/New_York")).toBe("2027-11-07T17:00:00.000Z");
    expect(new Date(instant({ date: "2027-07-01" }, "America/New_York") ?? 0).toISOString()).toBe(
      "2027-07-01T04:00:00.000Z",
    );
    expect(instant({ dateTime: "2027-03-27T10:00:00" }, "UTC")).toBeNull();
  });

  it("refuses what the unticked scope would allow", async () => {
    const refused = await api("calendars/primary/events", {
      method: "POST",
      token: "ya29.sandbox-noscope",
      body: interview(),
    });
    expect([refused.status, refused.body.error.errors[0].reason]).toEqual([403, "insufficientPermissions"]);
  });
});

describe("sync", () => {
  const all = async (query: string) => {
    const ids: string[] = [];
    let page = "";
    for (;;) {
      const { body } = await api(`calendars/primary/events?singleEvents=true&${query}${page}`);
      ids.push(...body.items.map((event: { id: string; status: string }) => `${event.id}:${event.status}`));
      if (body.nextSyncToken) return { ids, token: body.nextSyncToken };
      page = `&pageToken=${body.nextPageToken}`;
    }
  };

  it("gives each event once, then only changes and deletions, then 410 for a dead token", async () => {
    const first = await all("maxResults=7");
    expect(new Set(first.ids).size).toBe(first.ids.length);
    expect((await all(`syncToken=${first.token}`)).ids).toEqual([]);
    const made = await insert();
    await control(sandbox, "google-calendar/actions/delete-event", {
      account: "rosa@acme.example",
      eventId: first.ids[0]?.split(":")[0],
    });
    const second = await all(`syncToken=${first.token}`);
    expect(second.ids.toSorted()).toEqual(
      [`${made.body.id}:confirmed`, first.ids[0]?.replace("confirmed", "cancelled")].toSorted(),
    );
    expect(
      (await api(`calendars/primary/events?singleEvents=true&timeMin=2027-01-01T00:00:00Z&syncToken=${first.token}`))
        .status,
    ).toBe(400);
    await control(sandbox, "google-calendar/faults", { kind: "dead-cursor" });
    const dead = await api(`calendars/primary/events?singleEvents=true&syncToken=${first.token}`);
    expect([dead.status, dead.body.error.errors[0].reason]).toEqual([410, "fullSyncRequired"]);
  });
});

describe("push", () => {
  it("sends sync first, then exists for a change, and nothing after stop", async () => {
    const peer = await createPeer();
    try {
      const watch = {
        id: "ch-1",
        type: "web_hook",
        address: `${peer.origin}/webhooks/google-calendar`,
        token: "secret-1",
      };
      const channel = await api("calendars/primary/events/watch", { method: "POST", body: JSON.stringify(watch) });
      expect(typeof channel.body.expiration).toBe("string");
      await insert();
      await control(sandbox, "google-calendar/settle");
      const states = peer.got.map(({ headers }) => headers["x-goog-resource-state"]).toSorted();
      expect(states).toEqual(["exists", "sync"]);
      expect(peer.got[0]?.headers).toMatchObject({
        "x-goog-channel-id": "ch-1",
        "x-goog-channel-token": "secret-1",
        "x-goog-resource-id": channel.body.resourceId,
      });
      const stop = JSON.stringify({ id: "ch-1", resourceId: channel.body.resourceId });
      expect((await api("channels/stop", { method: "POST", body: stop })).status).toBe(204);
      await insert({ id: "another0event" });
      await control(sandbox, "google-calendar/settle");
      expect(peer.got).toHaveLength(2);
    } finally {
      await peer.close();
    }
  });

  it("wants https from everybody but this machine", async () => {
    const watch = { id: "ch-2", type: "web_hook", address: "http://portal.example/hook" };
    const refused = await api("calendars/primary/events/watch", { method: "POST", body: JSON.stringify(watch) });
    expect(refused.body.error.errors[0].reason).toBe("push.webhookUrlNotHttps");
  });
});
