import { auth, calendar } from "@googleapis/calendar";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSandbox, type Sandbox } from "#app/sandbox/server.ts";
import { control, createPeer } from "#app/sandbox/testing.ts";

const hour = 3_600_000;

/** Google's own client, pointed at the simulated Google: what it can do here, it can do there. */
let sandbox: Sandbox;
let api: ReturnType<typeof calendar>;
/** The address is given with each call: given once for all, the client keeps only its host. */
let here: { rootUrl: string };
let client: InstanceType<typeof auth.OAuth2>;

const at = (host: string, path: string) => `${sandbox.origin}/google-calendar/${host}${path}`;

beforeEach(async () => {
  sandbox = await createSandbox();
  client = new auth.OAuth2({
    clientId: "patchbay-sandbox",
    clientSecret: "patchbay-sandbox-secret",
    endpoints: { oauth2TokenUrl: at("oauth2.googleapis.com", "/token") },
  });
  const tokens = sandbox.vendor("google-calendar").credentials().good?.tokens;
  client.setCredentials({
    access_token: tokens?.accessToken ?? "",
    refresh_token: tokens?.refreshToken ?? "",
    // Without a time the client takes a 403 for an expired token and tries again.
    expiry_date: Date.now() + hour,
  });
  api = calendar({ version: "v3", auth: client, retry: false });
  here = { rootUrl: at("www.googleapis.com", "/") };
});
afterEach(() => sandbox.close());

/** A meeting that begins in so many hours, on the full hour. */
const meeting = (inHours: number, summary = "Interview") => {
  const start = Math.ceil(Date.now() / hour) * hour + inHours * hour;
  return {
    summary,
    start: { dateTime: new Date(start).toISOString(), timeZone: "UTC" },
    end: { dateTime: new Date(start + hour).toISOString(), timeZone: "UTC" },
  };
};
const statusOf = (call: Promise<unknown>) =>
  call.then(
    () => 200,
    (error: unknown) => Number(Object(error).status ?? Object(error).code),
  );

describe("Google's calendar client at the simulated Google", () => {
  it("lists calendars, page by page", async () => {
    const all = (await api.calendarList.list({}, here)).data.items ?? [];
    expect(all.some((one) => one.primary)).toBe(true);
    const ids: string[] = [];
    let pageToken: string | undefined;
    do {
      const { data } = await api.calendarList.list({ maxResults: 1, ...(pageToken ? { pageToken } : {}) }, here);
      for (const one of data.items ?? []) ids.push(one.id ?? "");
      pageToken = data.nextPageToken ?? undefined;
    } while (pageToken);
    expect(ids.sort()).toEqual(all.map((one) => one.id).sort());
  });

  it("inserts, reads, changes and deletes, and is refused with an old etag", async () => {
    const inserted = await api.events.insert({ calendarId: "primary", requestBody: meeting(2) }, here);
    const { id, etag } = inserted.data;
    const eventId = id ?? "";
    expect((await api.events.get({ calendarId: "primary", eventId }, here)).data.summary).toBe("Interview");
    const changed = await api.events.patch(
      { calendarId: "primary", eventId, requestBody: { summary: "Second interview" } },
      { ...here, headers: { "If-Match": etag ?? "" } },
    );
    expect(changed.data.etag).not.toBe(etag);
    const stale = api.events.patch(
      { calendarId: "primary", eventId, requestBody: { summary: "Too late" } },
      { ...here, headers: { "If-Match": etag ?? "" } },
    );
    expect(await statusOf(stale)).toBe(412);
    await api.events.delete({ calendarId: "primary", eventId }, here);
    expect(await statusOf(api.events.delete({ calendarId: "primary", eventId }, here))).toBe(410);
  });

  it("books a meeting link with guests, once under one id", async () => {
    const requestBody = {
      ...meeting(5),
      id: "interviev0123456789",
      attendees: [{ email: "kim@mail.example" }],
      conferenceData: { createRequest: { requestId: "r-1", conferenceSolutionKey: { type: "hangoutsMeet" } } },
    };
    const insert = () =>
      api.events.insert({ calendarId: "primary", conferenceDataVersion: 1, sendUpdates: "all", requestBody }, here);
    const { data } = await insert();
    expect(data.hangoutLink ?? data.conferenceData?.entryPoints?.[0]?.uri).toMatch(/^https:\/\//);
    expect(data.attendees?.map((one) => one.email)).toContain("kim@mail.example");
    expect(await statusOf(insert())).toBe(409);
  });

  it("sees what is busy", async () => {
    const event = meeting(24);
    await api.events.insert({ calendarId: "primary", requestBody: event }, here);
    const { data } = await api.freebusy.query(
      {
        requestBody: {
          timeMin: new Date(Date.parse(event.start.dateTime) - hour).toISOString(),
          timeMax: new Date(Date.parse(event.end.dateTime) + hour).toISOString(),
          items: [{ id: "primary" }, { id: "nobody@nowhere.example" }],
        },
      },
      here,
    );
    const busy = data.calendars?.primary?.busy ?? [];
    expect(busy.map((one) => Date.parse(one.start ?? ""))).toContain(Date.parse(event.start.dateTime));
    expect(data.calendars?.["nobody@nowhere.example"]?.errors?.[0]?.reason).toBe("notFound");
  });

  it("follows changes by sync token, and starts anew when the token is dead", async () => {
    const all = async (syncToken?: string) => {
      const items = [];
      let pageToken: string | undefined;
      for (;;) {
        const { data } = await api.events.list(
          {
            calendarId: "primary",
            ...(syncToken ? { syncToken } : {}),
            ...(pageToken ? { pageToken } : {}),
          },
          here,
        );
        items.push(...(data.items ?? []));
        pageToken = data.nextPageToken ?? undefined;
        if (!pageToken) return { items, token: data.nextSyncToken ?? "" };
      }
    };
    const first = await all();
    const { data: made } = await api.events.insert({ calendarId: "primary", requestBody: meeting(3) }, here);
    const second = await all(first.token);
    expect(second.items.map((one) => one.id)).toEqual([made.id]);
    await api.events.delete({ calendarId: "primary", eventId: made.id ?? "" }, here);
    const third = await all(second.token);
    expect(third.items).toMatchObject([{ id: made.id, status: "cancelled" }]);
    await control(sandbox, "google-calendar/faults", { kind: "dead-cursor" });
    expect(await statusOf(all(third.token))).toBe(410);
  });

  it("watches a calendar, is told of a change, and stops", async () => {
    const peer = await createPeer();
    try {
      const channel = { id: "channel-1", type: "web_hook", address: `${peer.origin}/hook`, token: "t0k3n" };
      const { data } = await api.events.watch({ calendarId: "primary", requestBody: channel }, here);
      expect(data).toMatchObject({ kind: "api#channel", id: "channel-1", resourceId: expect.any(String) });
      await api.events.insert({ calendarId: "primary", requestBody: meeting(7) }, here);
      await sandbox.vendor("google-calendar").settle();
      const states = peer.got.map((one) => one.headers["x-goog-resource-state"]);
      expect(states).toEqual(["sync", "exists"]);
      expect(peer.got[1]?.headers["x-goog-channel-token"]).toBe("t0k3n");
      await api.channels.stop({ requestBody: { id: "channel-1", resourceId: data.resourceId ?? "" } }, here);
      await api.events.insert({ calendarId: "primary", requestBody: meeting(8) }, here);
      await sandbox.vendor("google-calendar").settle();
      expect(peer.got).toHaveLength(2);
    } finally {
      await peer.close();
    }
  });

  it("renews an expired token by itself, and says so when the grant is gone", async () => {
    await control(sandbox, "google-calendar/faults", { kind: "expire" });
    client.setCredentials({ ...client.credentials, expiry_date: Date.now() - 1000 });
    const before = client.credentials.access_token;
    expect((await api.calendarList.list({}, here)).status).toBe(200);
    expect(client.credentials.access_token).not.toBe(before);
    await control(sandbox, "google-calendar/faults", { kind: "revoke" });
    client.setCredentials({ ...client.credentials, expiry_date: Date.now() - 1000 });
    await expect(api.calendarList.list({}, here)).rejects.toThrow(/invalid_grant/);
  });

  it("tells a limit from other refusals", async () => {
    await control(sandbox, "google-calendar/faults", { kind: "rate-limit-403" });
    const error = await api.calendarList.list({}, here).catch((thrown: unknown) => Object(thrown));
    expect(error.status).toBe(403);
    expect(JSON.stringify(error.response.data)).toContain("userRateLimitExceeded");
  });
});
