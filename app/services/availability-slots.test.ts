import { describe, expect, it } from "vitest";
import { freeSlots, type Lane, stretches, workingDays } from "./availability-slots.ts";

const lane = (over: Partial<Lane> = {}): Lane => ({
  key: "rosa@acme.example",
  name: "Rosa",
  vendorId: "google-calendar",
  state: "live",
  readAt: new Date(),
  reason: null,
  busy: [],
  ...over,
});
const now = new Date("2026-11-20T00:00:00Z");
const day = "2026-11-24";
const ask = (lanes: readonly Lane[], over: Partial<Parameters<typeof freeSlots>[0]> = {}) =>
  freeSlots({ lanes, days: [day], timeZone: "Europe/Berlin", minutes: 45, now, ...over });
const starts = (slots: readonly { start: Date }[]) => slots.map(({ start }) => start.toISOString().slice(11, 16));

describe("slots", () => {
  it("lie on a quarter-hour grid within working hours of the organiser's zone", () => {
    const found = starts(ask([lane()]));
    expect(found[0]).toBe("08:00");
    expect(found[1]).toBe("08:15");
    expect(found.at(-1)).toBe("15:15");
  });

  it("never touch a busy time of anybody, but may begin at its end", () => {
    const busy = [{ start: new Date(`${day}T09:00:00Z`), end: new Date(`${day}T14:30:00Z`) }];
    expect(starts(ask([lane(), lane({ key: "b", busy })]))).toEqual([
      "08:00",
      "08:15",
      "14:30",
      "14:45",
      "15:00",
      "15:15",
    ]);
  });

  it("name whom nobody could see, and there are none when nobody is seen", () => {
    const blind = lane({ key: "tom", name: "Tom", state: "unknown" });
    expect(ask([lane(), blind]).every(({ unknown }) => unknown.includes("Tom"))).toBe(true);
    expect(ask([blind])).toEqual([]);
  });

  it("keep the hour of the wall clock over a clock change", () => {
    const before = ask([lane()], { days: ["2027-03-26"] })[0]?.start.toISOString();
    const after = ask([lane()], { days: ["2027-03-29"] })[0]?.start.toISOString();
    expect([before, after]).toEqual(["2027-03-26T08:00:00.000Z", "2027-03-29T07:00:00.000Z"]);
  });

  it("are not in the past", () => {
    expect(starts(ask([lane()], { now: new Date(`${day}T15:00:00Z`) }))).toEqual(["15:15"]);
  });

  it("that overlap are one stretch", () => {
    const busy = [{ start: new Date(`${day}T09:00:00Z`), end: new Date(`${day}T14:30:00Z`) }];
    expect(starts(stretches(ask([lane({ busy })])))).toEqual(["08:00", "14:30"]);
  });

  it("skip the week-end", () => {
    expect(workingDays("2026-11-20", "Europe/Berlin", 3)).toEqual(["2026-11-20", "2026-11-23", "2026-11-24"]);
  });
});
