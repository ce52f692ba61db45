/** "Tue 24 Nov, 10:00 to 10:45" in the zone. */
export function whenWords(startsAt: Date, endsAt: Date, timeZone: string): string {
  return `${dayWords(startsAt, timeZone)}, ${clockWords(startsAt, timeZone)} to ${clockWords(endsAt, timeZone)}`;
}

/** "Tue 24 Nov" in the zone. */
export function dayWords(at: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone });
  return parts.format(at).replace(",", "");
}

/** "10:00" in the zone. */
export const clockWords = (at: Date, timeZone: string): string =>
  new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone }).format(at);

/** "Eastern Time" for "America/New_York": the zone as people call it. */
export const zoneWords = (timeZone: string): string =>
  new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longGeneric" })
    .formatToParts()
    .find(({ type }) => type === "timeZoneName")?.value ?? timeZone;
