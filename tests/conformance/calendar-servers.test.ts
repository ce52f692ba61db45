import { createServer } from "node:http";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { CalEvent } from "#app/integrations/contract/capabilities.ts";
import { createEgress } from "#app/integrations/kit/egress.server.ts";
import { openLocally } from "#app/integrations/local.server.ts";
import { createSandbox } from "#app/sandbox/server.ts";
import { expectKind, suiteEgress } from "./world.ts";

const sandbox = await createSandbox();
const egress = suiteEgress(sandbox);
afterAll(async () => {
  await egress.close();
  await sandbox.close();
});
const vendorIds = ["caldav", "fastmail", "icloud", "nextcloud", "zoho-calendar"];
beforeEach(() => {
  for (const id of vendorIds) sandbox.vendor(id).reset();
});

const DAY = 86_400_000;

async function open(vendorId: string, more: Record<string, string> = {}) {
  const values = { ...sandbox.vendor(vendorId).credentials().good?.config, ...more };
  const vendor = await openLocally({
    ...{ vendorId, values, egress },
    rewrite: { kind: "sandbox", origin: sandbox.origin },
    pacer: { take: async () => ({ ok: true }) },
    http: { sleep: async () => {} },
  });
  const { calendar } = vendor.adapter;
  if (!calendar) throw new Error("There is no calendar module.");
  const all = await calendar.list(vendor.ctx);
  const named = (name: string) => all.find((one) => one.name === name)?.id ?? "";
  return { vendor, ctx: vendor.ctx, calendar, all, work: named("Work"), interviews: named("Interviews") };
}

const interview = (uid: string, days = 30): CalEvent => ({
  ...{
    uid,
    title: "Interview",
    start: new Date(Math.ceil(Date.now() / DAY) * DAY + days * DAY),
    timeZone: "Europe/Madrid",
  },
  end: new Date(Math.ceil(Date.now() / DAY) * DAY + days * DAY + 3_600_000),
  attendees: [{ email: "li@acme.example" }, { email: "ida@mail.example" }],
});

const held = z.object({
  sent: z.array(z.object({ to: z.string(), kind: z.string(), way: z.string() })),
  accounts: z.array(
    z.object({
      user: z.string(),
      collections: z.array(
        z.object({ id: z.string(), objects: z.array(z.object({ name: z.string(), text: z.string() })) }),
      ),
    }),
  ),
});
const stateOf = (vendorId: string) => held.parse(sandbox.vendor(vendorId).state());
const merged = (spans: readonly { start: Date; end: Date }[]) => {
  const out: { start: number; end: number }[] = [];
  for (const { start, end } of [...spans].sort((a, b) => a.start.getTime() - b.start.getTime())) {
    const last = out.at(-1);
    if (last && start.getTime() <= last.end) last.end = Math.max(last.end, end.getTime());
    else out.push({ start: start.getTime(), end: end.getTime() });
  }
  return out.map((one) => `${new Date(one.start).toISOString()}/${new Date(one.end).toISOString()}`);
};

it("busy times read from events are those that a server works out by itself", async () => {
  const range = { from: new Date(Date.now() - 2 * DAY), to: new Date(Date.now() + 160 * DAY) };
  const answers = await Promise.all(
    vendorIds.map(async (id) => {
      const { calendar, ctx, work } = await open(id);
      const { busy, unknown } = await calendar.freeBusy(ctx, { calendarIds: [work], ...range });
      expect(unknown).toEqual([]);
      return merged(busy);
    }),
  );
  // caldav, fastmail and nextcloud answer themselves; at the others we read series, whole days and clock times ourselves.
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  expect(answers[0]?.length).toBeGreaterThan(50);
});

it("colleagues on the same server are asked for by address; whom it does not know is unknown", async () => {
  const { calendar, ctx } = await open("caldav");
  const range = { from: new Date(), to: new Date(Date.now() + 4 * DAY) };
  const calendarIds = ["li@acme.example", "who@nowhere.example"];
  const { busy, unknown } = await calendar.freeBusy(ctx, { calendarIds, ...range });
  expect(busy.map(({ calendarId }) => calendarId)).toEqual(["li@acme.example"]);
  expect(unknown.map(({ calendarId }) => calendarId)).toEqual(["who@nowhere.example"]);
});

describe.each(["caldav", "fastmail", "icloud", "nextcloud"])("invitations in %s", (id) => {
  it("are sent once by the server, to colleagues in their calendar and to others by mail", async () => {
    const { calendar, ctx, interviews } = await open(id);
    const made = await calendar.create(ctx, interviews, interview("iv-sent"));
    const { sent, accounts } = stateOf(id);
    expect(sent.map(({ to, kind, way }) => `${kind} ${to} ${way}`).sort()).toEqual([
      ...["REQUEST ida@mail.example mail", "REQUEST li@acme.example calendar"],
    ]);
    const li = accounts.find((account) => account.user === "li@acme.example");
    expect(li?.collections.flatMap((one) => one.objects).map((one) => one.name)).toContain("iv-sent.ics");
    await calendar.remove(ctx, made);
    expect(stateOf(id).sent.filter(({ kind }) => kind === "CANCEL")).toHaveLength(2);
  });
  it("are left to people when nobody is to send them", async () => {
    const { calendar, ctx, interviews } = await open(id, { invitations: "nobody" });
    await calendar.create(ctx, interviews, interview("iv-quiet"));
    expect(stateOf(id).sent).toEqual([]);
  });
});

it("an answer of a guest makes the old version stale, and the next change keeps the answer", async () => {
  const { calendar, ctx, interviews } = await open("caldav");
  const event = interview("iv-answered");
  const made = await calendar.create(ctx, interviews, event);
  await sandbox
    .vendor("caldav")
    .runAction("answer", { object: "iv-answered", email: "ida@mail.example", response: "ACCEPTED" });
  await expectKind("A change of the old version", calendar.update(ctx, made, event), "conflict");
  await calendar.update(ctx, { ...made, etag: null }, { ...event, title: "Renamed" });
  const text = stateOf("caldav")
    .accounts.flatMap((one) => one.collections.flatMap(({ objects }) => objects))
    .find(({ name }) => name === "iv-answered.ics")?.text;
  expect(text?.replaceAll("\r\n ", "")).toMatch(/ATTENDEE[^\r]*PARTSTAT=ACCEPTED[^\r]*ida@mail\.example/);
  expect(text).toContain("SUMMARY:Renamed");
});

it("a uid that stands in another calendar of the account is a conflict, not a second event", async () => {
  const { calendar, ctx, work, interviews } = await open("fastmail");
  await calendar.create(ctx, work, interview("iv-elsewhere"));
  await expectKind("The same uid elsewhere", calendar.create(ctx, interviews, interview("iv-elsewhere")), "conflict");
});

it.each(["nextcloud", "zoho-calendar"])(
  "an event deleted in %s is booked again under the next uid, once",
  async (id) => {
    const { calendar, ctx, interviews } = await open(id);
    await calendar.remove(ctx, await calendar.create(ctx, interviews, interview("iv-again")));
    const again = await calendar.create(ctx, interviews, interview("iv-again"));
    expect((await calendar.create(ctx, interviews, interview("iv-again"))).id).toBe(again.id);
    const { busy } = await calendar.freeBusy(ctx, {
      calendarIds: [interviews],
      from: new Date(),
      to: new Date(Date.now() + 60 * DAY),
    });
    expect(busy).toHaveLength(1);
  },
);

it("a calendar that may only be read refuses to be written to", async () => {
  const { all, calendar, ctx } = await open("caldav");
  const team = all.find((one) => !one.writable);
  await expectKind("A booking in it", calendar.create(ctx, team?.id ?? "", interview("iv-readonly")), "forbidden");
});

it("a series that cannot be followed makes its calendar unknown", async () => {
  const { calendar, ctx, work } = await open("icloud");
  await sandbox.vendor("icloud").runAction("add-event", { rule: "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30" });
  const range = { from: new Date(), to: new Date(Date.now() + 2 * DAY) };
  const { busy, unknown } = await calendar.freeBusy(ctx, { calendarIds: [work], ...range });
  expect([busy, unknown.map(({ calendarId }) => calendarId)]).toEqual([[], [work]]);
});

it("an address in the private network is not called, whoever typed it", async () => {
  const inside = createEgress({ resolver: async () => ["10.0.0.7"] });
  const values = { server: "https://calendar.internal.example/", username: "rosa", password: "secret-1" };
  const { ctx, adapter } = await openLocally({ vendorId: "caldav", values, egress: inside });
  await expectKind("A private address", adapter.test(ctx), "config");
  await inside.close();
});

it("a server that sends us to another host is not followed there, and no password goes along", async () => {
  const asked: string[] = [];
  const peer = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(301, { location: "https://elsewhere.example/dav/" }).end();
  });
  await new Promise<void>((resolve) => peer.listen(0, "127.0.0.1", resolve));
  const address = peer.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const loopback = createEgress({ allow: [`127.0.0.1:${port}`] });
  const { ctx, adapter, calls } = await openLocally({
    vendorId: "caldav",
    values: { server: "https://dav.acme.example/", username: "rosa", password: "secret-1" },
    rewrite: { kind: "origin", origin: `http://127.0.0.1:${port}` },
    egress: loopback,
  });
  const error = await expectKind("A redirect to another host", adapter.test(ctx), "config");
  expect(error.message).toContain("elsewhere.example");
  expect(asked).toEqual(["PROPFIND /.well-known/caldav"]);
  expect(calls.map(({ host }) => host)).toEqual(["dav.acme.example"]);
  await loopback.close();
  peer.closeAllConnections();
  peer.close();
});
