import assert from "node:assert/strict";
import type { CalEvent, Calendar } from "#app/integrations/contract/capabilities.ts";
import type { LocalVendor } from "#app/integrations/local.server.ts";
import type { Check } from "../check.ts";
import { expectKind, type World } from "../world.ts";

const books: NonNullable<Check["when"]> = (_manifest, adapter, world) =>
  adapter.calendar !== undefined && world.has("good");

async function open(world: World): Promise<{ vendor: LocalVendor; calendar: Calendar; calendarId: string }> {
  const vendor = await world.open();
  const { calendar } = vendor.adapter;
  assert.ok(calendar, "There is no calendar module.");
  const all = await calendar.list(vendor.ctx);
  const own = all.find((one) => one.primary && one.writable) ?? all.find((one) => one.writable);
  assert.ok(own, "No calendar can be written to.");
  return { vendor, calendar, calendarId: own.id };
}

/** An hour far from what the simulation holds. */
function interview(uid: string, start = "2027-11-09T10:00:00Z"): CalEvent {
  const from = new Date(start);
  return {
    uid,
    title: "Interview: Senior Welder",
    description: "Panel talk & tour",
    location: "Room 4",
    start: from,
    end: new Date(from.getTime() + 3_600_000),
    timeZone: "Europe/Madrid",
    attendees: [{ email: "rosa@acme.example", name: "Rosa" }, { email: "ida@mail.example" }],
  };
}

async function isBusy(calendar: Calendar, vendor: LocalVendor, calendarId: string, event: CalEvent): Promise<boolean> {
  const from = new Date(event.start.getTime() - 6 * 3_600_000);
  const to = new Date(event.end.getTime() + 6 * 3_600_000);
  const { busy } = await calendar.freeBusy(vendor.ctx, { calendarIds: [calendarId], from, to });
  return busy.some((one) => one.start.getTime() === event.start.getTime() && one.end.getTime() === event.end.getTime());
}

/** Reads changes to the end. */
async function drain(calendar: Calendar, vendor: LocalVendor, calendarId: string, token: string | null) {
  const upserts = new Map<string, string>();
  const removed = new Set<string>();
  for (let page = 0, at = token; ; page++) {
    const answer = await calendar.changes(vendor.ctx, calendarId, at);
    for (const one of answer.upserts) upserts.set(one.ref.id, one.status);
    for (const id of answer.removedIds) removed.add(id);
    at = answer.token;
    if (!answer.more) return { upserts, removed, token: at };
    assert.ok(page < 50, "The changes never end.");
  }
}

export const calendar: Check[] = [
  {
    id: "C-1",
    title: "a created event shows as busy, and no longer after it is moved or removed",
    when: books,
    async run(world) {
      const { vendor, calendar, calendarId } = await open(world);
      const event = interview("6f1e0c5a0b7d4c3f9a01b2c3d4e5f601");
      const ref = await calendar.create(vendor.ctx, calendarId, event);
      assert.ok(await isBusy(calendar, vendor, calendarId, event), "The new event is not busy.");
      const later = {
        ...event,
        start: new Date(event.start.getTime() + 7_200_000),
        end: new Date(event.end.getTime() + 7_200_000),
      };
      const moved = await calendar.update(vendor.ctx, ref, later);
      assert.ok(await isBusy(calendar, vendor, calendarId, later), "The moved event is not busy.");
      assert.ok(!(await isBusy(calendar, vendor, calendarId, event)), "The old time is still busy.");
      await calendar.remove(vendor.ctx, moved);
      await calendar.remove(vendor.ctx, moved);
      assert.ok(!(await isBusy(calendar, vendor, calendarId, later)), "A removed event is still busy.");
    },
  },
  {
    id: "C-2",
    title: "the same uid never makes a second event, also after a lost answer",
    when: books,
    async run(world) {
      const { vendor, calendar, calendarId } = await open(world);
      const event = interview("6f1e0c5a0b7d4c3f9a01b2c3d4e5f602");
      const first = await calendar.create(vendor.ctx, calendarId, event);
      assert.equal((await calendar.create(vendor.ctx, calendarId, event)).id, first.id);
      const other = interview("6f1e0c5a0b7d4c3f9a01b2c3d4e5f603", "2027-11-10T10:00:00Z");
      world.fault("drop-response-after-commit", { match: "^(POST|PUT) (?!.*token)" });
      await calendar.create(vendor.ctx, calendarId, other).catch(() => null);
      world.simulated.faults.clear();
      await calendar.create(vendor.ctx, calendarId, other);
      const { busy } = await calendar.freeBusy(vendor.ctx, {
        calendarIds: [calendarId],
        from: other.start,
        to: other.end,
      });
      assert.equal(busy.length, 1);
    },
  },
  {
    id: "C-3",
    title: "a stale version is a conflict",
    when: books,
    async run(world) {
      const { vendor, calendar, calendarId } = await open(world);
      const event = interview("6f1e0c5a0b7d4c3f9a01b2c3d4e5f604");
      const ref = await calendar.create(vendor.ctx, calendarId, event);
      await calendar.update(vendor.ctx, ref, { ...event, title: "Changed by somebody" });
      await expectKind(
        "A change with an old version",
        calendar.update(vendor.ctx, ref, { ...event, title: "Mine" }),
        "conflict",
      );
    },
  },
  {
    id: "C-4",
    title: "an hour on the day the clocks change stays that hour",
    when: books,
    async run(world) {
      const { vendor, calendar, calendarId } = await open(world);
      // 00:30Z and 01:30Z both read 02:30 in Madrid on this day.
      for (const [index, start] of ["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z", "2027-03-28T01:00:00Z"].entries()) {
        const event = interview(`6f1e0c5a0b7d4c3f9a01b2c3d4e5f61${index}`, start);
        const ref = await calendar.create(vendor.ctx, calendarId, event);
        assert.ok(await isBusy(calendar, vendor, calendarId, event), `${start} is shown at another time.`);
        // Neighbouring hours may be told as one block.
        await calendar.remove(vendor.ctx, ref);
      }
    },
  },
  {
    id: "C-5",
    title: "changes bring what happened and converge",
    when: books,
    async run(world) {
      const { vendor, calendar, calendarId } = await open(world);
      const start = await drain(calendar, vendor, calendarId, null);
      const kept = await calendar.create(vendor.ctx, calendarId, interview("6f1e0c5a0b7d4c3f9a01b2c3d4e5f620"));
      const gone = await calendar.create(
        vendor.ctx,
        calendarId,
        interview("6f1e0c5a0b7d4c3f9a01b2c3d4e5f621", "2027-11-12T10:00:00Z"),
      );
      await calendar.remove(vendor.ctx, gone);
      const next = await drain(calendar, vendor, calendarId, start.token);
      assert.equal(next.upserts.get(kept.id), "confirmed");
      assert.ok(
        next.removed.has(gone.id) || next.upserts.get(gone.id) === "cancelled" || !next.upserts.has(gone.id),
        "A removed event came back.",
      );
      const quiet = await drain(calendar, vendor, calendarId, next.token);
      assert.deepEqual([[...quiet.upserts.keys()], [...quiet.removed]], [[], []]);
    },
  },
  {
    id: "C-6",
    title: "a dead token is cursor-expired, and so is one that cannot be read",
    when: (manifest, adapter, world) => books(manifest, adapter, world) && world.hasFault("dead-cursor"),
    async run(world) {
      const { vendor, calendar, calendarId } = await open(world);
      const { token } = await drain(calendar, vendor, calendarId, null);
      await expectKind(
        "A token that cannot be read",
        calendar.changes(vendor.ctx, calendarId, "unreadable"),
        "cursor-expired",
      );
      world.fault("dead-cursor");
      await expectKind("A dead token", calendar.changes(vendor.ctx, calendarId, token), "cursor-expired");
    },
  },
  {
    id: "C-7",
    title: "a calendar that cannot be read is unknown and never free",
    when: books,
    async run(world) {
      const { vendor, calendar, calendarId } = await open(world);
      const query = {
        calendarIds: [calendarId, "nobody@nowhere.example"],
        from: new Date("2027-11-01"),
        to: new Date("2027-11-02"),
      };
      const { unknown } = await calendar.freeBusy(vendor.ctx, query);
      assert.deepEqual(
        unknown.map((one) => one.calendarId),
        ["nobody@nowhere.example"],
      );
    },
  },
];
