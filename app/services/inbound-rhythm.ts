/** The hours of a week; the first is Monday's first in UTC. */
const WEEK = 168;
const HOUR_MS = 3_600_000;

/** No hour is so sure that its silence alone says everything. */
const MOST_SURE = 0.9;
/** What a week says against the weeks before, once there are enough of them. */
const NEWEST_COUNTS = 0.25;
/** Nothing is said about a rhythm before this much of it is known. */
const LEARNT = { weeks: 2, heardHours: 20 };
/** Silence must be this unlikely (e^-10), and half as surprising again as the longest that ended well. */
const SURPRISING = 10;
const BEYOND_LONGEST = 1.5;
const MOST_LONGEST = 40;
/** A long silence of the past is forgotten by about a sixth a week. */
const FORGET_AN_HOUR = 0.999;

/** When a connection's vendor usually sends, learnt hour by hour. */
export interface Rhythm {
  /** For each hour of the week how likely something comes in it, 0 to 1. */
  hours: readonly number[];
  /** Hours that were looked at, and in how many of them something came. */
  lookedHours: number;
  heardHours: number;
  /** End of the last hour that was looked at. */
  lookedUntil: Date;
  lastAt: Date | null;
  /** How unlikely the present silence is: the negative logarithm of its probability. */
  surprise: number;
  /** In how many hours of the present silence something should have come. */
  missed: number;
  /** The longest silence that ended by itself, in the measure of `surprise`. */
  longest: number;
  silentSince: Date | null;
}

export const newRhythm = (from: Date): Rhythm => ({
  ...{ hours: Array.from({ length: WEEK }, () => 0), lookedHours: 0, heardHours: 0, lookedUntil: from, lastAt: null },
  ...{ surprise: 0, missed: 0, longest: 0, silentSince: null },
});

const bucketOf = (hour: Date): number => (Math.floor(hour.getTime() / HOUR_MS) + 3 * 24) % WEEK;

/**
 * One hour later: what its silence or its sound adds to what is known. An hour in which nothing usually comes (a night, a
 * weekend) says nothing. While the silence is out of the ordinary it is not learnt from, or an outage would become usual.
 */
export function afterHour(rhythm: Rhythm, hour: Date, heardAt: Date | null): Rhythm {
  const bucket = bucketOf(hour);
  const likely = rhythm.hours[bucket] ?? 0;
  const surprise = heardAt ? 0 : rhythm.surprise - Math.log(1 - Math.min(likely, MOST_SURE));
  const missed = heardAt ? 0 : rhythm.missed + likely;
  const longest = Math.min(
    MOST_LONGEST,
    (heardAt ? Math.max(rhythm.longest, rhythm.surprise) : rhythm.longest) * FORGET_AN_HOUR,
  );
  const weeks = Math.floor(rhythm.lookedHours / WEEK);
  const weight = Math.max(NEWEST_COUNTS, 1 / (weeks + 1));
  const learns = heardAt !== null || rhythm.silentSince === null;
  const hours = learns
    ? rhythm.hours.map((one, index) => (index === bucket ? one + weight * ((heardAt ? 1 : 0) - one) : one))
    : rhythm.hours;
  const next = {
    ...{ hours, surprise, missed, longest, lookedHours: rhythm.lookedHours + 1 },
    heardHours: rhythm.heardHours + (heardAt ? 1 : 0),
    lookedUntil: new Date(hour.getTime() + HOUR_MS),
    lastAt: heardAt ?? rhythm.lastAt,
  };
  const silent = isLearnt(next) && surprise > Math.max(SURPRISING, BEYOND_LONGEST * longest);
  return {
    ...next,
    silentSince: silent ? (rhythm.silentSince ?? next.lookedUntil) : heardAt ? null : rhythm.silentSince,
  };
}

/** Whether enough of a rhythm is known to judge a silence by it. */
export const isLearnt = ({ lookedHours, heardHours }: Pick<Rhythm, "lookedHours" | "heardHours">): boolean =>
  lookedHours >= LEARNT.weeks * WEEK && heardHours >= LEARNT.heardHours;

/** The last hour that has ended, as its start. */
export const lastHour = (now: Date): Date => new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS - HOUR_MS);
