import { createDAVClient, type DAVCalendar } from "tsdav";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createSandbox } from "#app/sandbox/server.ts";

const sandbox = await createSandbox();
afterAll(() => sandbox.close());

/** Where each service tells people to begin, and the first calendars that they see there. */
const services = [
  { id: "caldav", server: "https://dav.acme.example/" },
  { id: "fastmail", server: "https://caldav.fastmail.com/" },
  { id: "icloud", server: "https://caldav.icloud.com/" },
  { id: "nextcloud", server: "https://cloud.acme.example/nextcloud/remote.php/dav/" },
  { id: "zoho-calendar", server: "https://calendar.zoho.com/caldav/" },
];

beforeEach(() => {
  for (const { id } of services) sandbox.vendor(id).reset();
});

/** The reference client believes in the service's own addresses; only the wire leads to the sandbox. */
const throughSandbox: typeof fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  const headers = new Headers(init?.headers);
  headers.set("x-forwarded-host", url.host);
  return fetch(`${sandbox.origin}${url.pathname}${url.search}`, { ...init, headers });
};

function clientOf({ id, server }: { id: string; server: string }, name: "good" | "revoked" = "good") {
  const config = sandbox.vendor(id).credentials()[name]?.config ?? {};
  return createDAVClient({
    serverUrl: server,
    credentials: { username: config.username ?? "", password: config.password ?? "" },
    authMethod: "Basic",
    defaultAccountType: "caldav",
    fetch: throughSandbox,
  });
}

const text = (uid: string, hour: number, title = "Interview") =>
  [
    ...["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Reference//Client//EN", "BEGIN:VEVENT", `UID:${uid}`],
    ...["DTSTAMP:20260101T000000Z", `DTSTART:20270302T${hour}0000Z`, `DTEND:20270302T${hour + 1}0000Z`],
    ...[`SUMMARY:${title}`, "END:VEVENT", "END:VCALENDAR", ""],
  ].join("\r\n");

const named = (calendars: readonly DAVCalendar[], name: string): DAVCalendar => {
  const found = calendars.find((one) => one.displayName === name);
  if (!found) throw new Error(`There is no calendar ${name}.`);
  return found;
};

describe.each(services)("tsdav at the simulated $id", (service) => {
  it("finds the account from the address that people are told, and its calendars", async () => {
    const client = await clientOf(service);
    const calendars = await client.fetchCalendars();
    const names = calendars.map((one) => one.displayName);
    expect(names).toEqual(expect.arrayContaining(["Work", "Interviews", "Team holidays"]));
    expect(named(calendars, "Work").components).toEqual(["VEVENT"]);
  });

  it("is refused with a deleted password", async () => {
    await expect(clientOf(service, "revoked")).rejects.toThrow();
  });

  it("reads the events of a range, series among them", async () => {
    const client = await clientOf(service);
    const calendar = named(await client.fetchCalendars(), "Work");
    const now = Date.now();
    const timeRange = {
      start: new Date(now).toISOString(),
      end: new Date(now + 14 * 86_400_000).toISOString(),
    };
    const objects = await client.fetchCalendarObjects({ calendar, timeRange });
    expect(objects.some((one) => /RRULE:FREQ=WEEKLY/.test(String(one.data)))).toBe(true);
    expect(objects.every((one) => one.etag)).toBe(true);
  });

  it("creates once, changes what it has read, not what is stale, and deletes", async () => {
    const client = await clientOf(service);
    const calendar = named(await client.fetchCalendars(), "Interviews");
    const create = () => client.createCalendarObject({ calendar, filename: "iv-1.ics", iCalString: text("iv-1", 10) });
    expect((await create()).status).toBe(201);
    expect((await create()).status).toBe(412);
    const [read] = await client.fetchCalendarObjects({ calendar });
    if (!read) throw new Error("The new event is not listed.");
    const changed = { ...read, data: text("iv-1", 12) };
    expect((await client.updateCalendarObject({ calendarObject: changed })).status).toBe(204);
    expect((await client.updateCalendarObject({ calendarObject: changed })).status).toBe(412);
    const [fresh] = await client.fetchCalendarObjects({ calendar });
    expect(String(fresh?.data)).toContain("DTSTART:20270302T120000Z");
    if (!fresh) throw new Error("The changed event is not listed.");
    expect((await client.deleteCalendarObject({ calendarObject: fresh })).status).toBe(204);
    expect(await client.fetchCalendarObjects({ calendar })).toEqual([]);
  });

  it("follows what was created, changed and deleted since it last looked", async () => {
    const client = await clientOf(service);
    const found = named(await client.fetchCalendars(), "Interviews");
    for (const uid of ["one", "two"])
      await client.createCalendarObject({ calendar: found, filename: `${uid}.ics`, iCalString: text(uid, 10) });
    const calendar = named(await client.fetchCalendars(), "Interviews");
    const collection = {
      ...calendar,
      objects: await client.fetchCalendarObjects({ calendar }),
      objectMultiGet: client.calendarMultiGet,
      fetchObjects: () => client.fetchCalendarObjects({ calendar }),
    };
    await client.createCalendarObject({ calendar, filename: "three.ics", iCalString: text("three", 14) });
    const [two] = collection.objects.filter((one) => one.url.endsWith("two.ics"));
    const [one] = collection.objects.filter((each) => each.url.endsWith("one.ics"));
    if (!one || !two) throw new Error("An event is missing.");
    await client.updateCalendarObject({ calendarObject: { ...one, data: text("one", 16) } });
    await client.deleteCalendarObject({ calendarObject: two });
    const { objects } = await client.smartCollectionSync({
      collection,
      method: service.id === "zoho-calendar" ? "basic" : "webdav",
      detailedResult: true,
    });
    const names = (list: readonly { url: string }[]) => list.map(({ url }) => url.split("/").at(-1));
    expect(names(objects.created)).toEqual(["three.ics"]);
    expect(names(objects.updated)).toEqual(["one.ics"]);
    expect(names(objects.deleted)).toEqual(["two.ics"]);
  });
});

describe("tsdav at the simulated caldav", () => {
  const [service] = services;
  if (!service) throw new Error("There is no service.");

  it("reads busy times by the server's own answer", async () => {
    const client = await clientOf(service);
    const calendar = named(await client.fetchCalendars(), "Work");
    const now = Date.now();
    const answer = await client.freeBusyQuery({
      url: calendar.url,
      depth: "1",
      timeRange: { start: new Date(now).toISOString(), end: new Date(now + 7 * 86_400_000).toISOString() },
    });
    expect(JSON.stringify(answer)).toContain("VFREEBUSY");
  });

  it("is told that a sync token is dead", async () => {
    const client = await clientOf(service);
    const calendar = named(await client.fetchCalendars(), "Work");
    sandbox.vendor("caldav").addFault({ kind: "dead-cursor", count: 1, seconds: 2, retryAfter: "seconds" }, {});
    const [answer] = await client.syncCollection({
      url: calendar.url,
      props: { "d:getetag": {} },
      syncLevel: 1,
      ...(calendar.syncToken ? { syncToken: calendar.syncToken } : {}),
    });
    expect(answer?.status).toBe(403);
    expect(JSON.stringify(answer?.raw)).toMatch(/valid-?sync-?token/i);
  });
});
