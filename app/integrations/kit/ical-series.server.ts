import { createContext, Script } from "node:vm";
import ICAL from "ical.js";
import { type IcalObject, type Moment, momentOf, type Part } from "./ical.server.ts";
import { timeOf, type Wall, wallOf, type Zone } from "./ical-zones.server.ts";

/** One time at which an event takes place. */
export interface Occurrence {
  part: Part;
  /** Its place in the series, by the clock of the series; "" for an appointment that does not repeat. */
  key: string;
  start: Date;
  end: Date;
  busy: boolean;
}

/** Steps of a rule from its first occurrence; a daily series gets here after more than a century. */
const MOST_STEPS = 50_000;
/** Some rules never have a next occurrence, and looking for it never ends. */
const MOST_MS = 200;

const arena = createContext({ work: () => {} });
const call = new Script("work()");

/** Whether the work came to its end in time. Throws what the work throws. */
function inTime(work: () => void): boolean {
  arena.work = work;
  try {
    call.runInContext(arena, { timeout: MOST_MS });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return false;
    throw error;
  } finally {
    arena.work = () => {};
  }
}

export const repeats = ({ component }: Part): boolean =>
  component.hasProperty("rrule") || component.hasProperty("rdate");

/**
 * When an object takes place between two moments: RRULE and RDATE without EXDATE, changed occurrences in the place of
 * those they replace, clock time kept over changes of daylight saving. `complete` is false when a rule could not be
 * followed to the end of the window: then nothing may be taken for free.
 */
export function occurrencesOf(
  object: IcalObject,
  from: Date,
  to: Date,
): { occurrences: readonly Occurrence[]; complete: boolean } {
  const found: Occurrence[] = [];
  let complete = true;
  const within = (start: number, end: number) =>
    start < to.getTime() && (end > from.getTime() || (end === start && start >= from.getTime()));
  const add = (part: Part, key: string, start: number, end: number, busy: boolean) => {
    if (within(start, end)) found.push({ part, key, start: new Date(start), end: new Date(end), busy });
  };
  for (const part of object.overrides)
    add(part, part.replaces ? keyOf(part.replaces) : "", part.start.instant, part.end, part.busy);
  for (const master of object.masters) {
    if (!repeats(master)) {
      add(master, "", master.start.instant, master.end, master.busy);
      continue;
    }
    const changed = object.overrides.filter((one) => one.uid === master.uid);
    const later = changed.filter((one) => one.andFuture).sort((a, b) => placeOf(a) - placeOf(b));
    const slack = Math.max(0, ...later.map((one) => Math.abs(one.start.instant - placeOf(one)))) + 2 * 86_400_000;
    const series = startsOf(master, from.getTime() - slack - (master.end - master.start.instant), to.getTime() + slack);
    complete &&= series.complete;
    const replaced = new Set(changed.map(placeOf));
    for (const { wall, instant } of series.starts) {
      if (replaced.has(instant)) continue;
      const key = keyOf({ ...master.start, wall, instant });
      const since = later.findLast((one) => placeOf(one) < instant);
      const model = since ?? master;
      const shift = since?.replaces ? since.start.wall - since.replaces.wall : 0;
      const start = master.start.zone.toInstant(wall + shift);
      add(model, key, start, endFrom(model, start, wall + shift), model.busy);
    }
  }
  return { occurrences: found, complete };
}

const placeOf = (part: Part): number => part.replaces?.instant ?? part.start.instant;

const keyOf = ({ wall, isDate }: Moment): string =>
  new Date(wall)
    .toISOString()
    .slice(0, isDate ? 10 : 19)
    .replaceAll(/[-:]/g, "");

/** Days keep their number of days, times their exact length. */
function endFrom(model: Part, start: number, wall: Wall): number {
  if (!model.start.isDate) return start + (model.end - model.start.instant);
  const { zone } = model.start;
  return zone.toInstant(wall + (zone.toWall(model.end) - model.start.wall));
}

interface Start {
  wall: Wall;
  instant: number;
}

/** The starts of a series in a window, in the master's zone, EXDATE left out. */
function startsOf(master: Part, from: number, to: number): { starts: readonly Start[]; complete: boolean } {
  const { component, start } = master;
  const { zone } = start;
  const walls = new Set<Wall>([start.wall]);
  let complete = true;
  const first = zone.toWall(from);
  const last = zone.toWall(to);
  for (const property of component.getAllProperties("rrule")) {
    const rule: unknown = property.getFirstValue();
    if (!(rule instanceof ICAL.Recur)) continue;
    try {
      complete &&= follow(rule, start, first, last, walls);
    } catch {
      // The library refuses rules that break the standard.
      complete = false;
    }
  }
  const dates = (name: string): Moment[] =>
    component.getAllProperties(name).flatMap((property) =>
      property.getValues().flatMap((value: unknown) => {
        const time = value instanceof ICAL.Period ? value.start : value;
        return momentOf(property, calendarOf(component), zone, time) ?? [];
      }),
    );
  for (const extra of dates("rdate")) walls.add(extra.isDate ? extra.wall : zone.toWall(extra.instant));
  const excluded = new Set(dates("exdate").map((one) => (one.isDate ? one.wall : zone.toWall(one.instant))));
  const starts = [...walls]
    .filter((wall) => !excluded.has(wall) && wall >= first && wall <= last)
    .sort((a, b) => a - b)
    .map((wall) => ({ wall, instant: zone.toInstant(wall) }));
  return { starts, complete };
}

const calendarOf = (component: ICAL.Component): ICAL.Component => component.parent ?? component;

/** Adds a rule's clock readings up to `last`; false when it took too many steps or too long. */
function follow(rule: ICAL.Recur, start: Moment, first: Wall, last: Wall, into: Set<Wall>): boolean {
  const local = rule.clone();
  if (rule.until) local.until = untilOf(rule.until, start);
  let ended = false;
  const walk = () => {
    const iterator = local.iterator(timeOf(start.wall, start.isDate));
    for (let step = 0; step < MOST_STEPS; step++) {
      const next = iterator.next();
      const wall = next ? wallOf(next) : null;
      if (wall === null || wall > last) {
        ended = true;
        return;
      }
      if (wall >= first) into.add(wall);
    }
  };
  return inTime(walk) && ended;
}

/** UNTIL is in UTC where the start has a zone; a bare date includes its whole day. */
function untilOf(until: ICAL.Time, start: Moment): ICAL.Time {
  const zone: Zone = start.zone;
  if (until.isDate) return timeOf(wallOf(until) + (start.isDate ? 0 : 86_399_000), start.isDate);
  const wall = until.zone === ICAL.Timezone.utcTimezone ? zone.toWall(wallOf(until)) : wallOf(until);
  return timeOf(wall, start.isDate);
}
