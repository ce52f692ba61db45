/** Who reads a time: their language and the zone it is told in. */
export interface Reader {
  /** BCP 47 tag. */
  locale: string;
  /** IANA name. */
  timeZone: string;
}

/** For sentences that are kept or sent to several people: no single reader's language counts. */
export const inWriting = (timeZone: string): Reader => ({ locale: "en-GB", timeZone });

const clock = { hour: "2-digit", minute: "2-digit" } as const;
const day = { weekday: "short", day: "numeric", month: "short" } as const;

const formats = {
  date: { day: "numeric", month: "short", year: "numeric" },
  time: clock,
  datetime: { ...day, year: "numeric", ...clock },
  /** A day of this year or next, without the year. */
  "short-day": { day: "numeric", month: "short" },
  day,
  "long-day": { weekday: "long", day: "numeric", month: "long" },
  "full-day": { weekday: "long", day: "numeric", month: "long", year: "numeric" },
  weekday: { weekday: "short" },
  "day-of-month": { day: "numeric" },
  message: { ...day, ...clock, timeZoneName: "short" },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

export type MomentKind = keyof typeof formats;

/** A moment as this reader writes it. The one place where times become words. */
export const momentWords = (at: Date, kind: MomentKind, { locale, timeZone }: Reader): string =>
  new Intl.DateTimeFormat(locale, { ...formats[kind], timeZone }).format(at);
