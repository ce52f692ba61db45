import { momentWords, type Reader } from "#app/platform/moments.ts";

/** "Tue 24 Nov, 10:00 to 10:45", as the reader writes days and hours. */
export const whenWords = (startsAt: Date, endsAt: Date, reader: Reader): string =>
  `${momentWords(startsAt, "day", reader)}, ${spanWords(startsAt, endsAt, reader)}`;

/** "10:00 to 10:45", or "10:00 AM to 10:45 AM". */
export const spanWords = (startsAt: Date, endsAt: Date, reader: Reader): string =>
  `${momentWords(startsAt, "time", reader)} to ${momentWords(endsAt, "time", reader)}`;

/** "Eastern Time" for "America/New_York": the zone as people call it. */
export const zoneWords = (timeZone: string): string =>
  new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longGeneric" })
    .formatToParts()
    .find(({ type }) => type === "timeZoneName")?.value ?? timeZone;
