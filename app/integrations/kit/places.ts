import type { Location } from "../contract/domain.ts";

let names: ReadonlyMap<string, string> | undefined;

/** ISO 3166-1 code by lower-case English name and by code; former codes and UK lead to today's. */
function known(): ReadonlyMap<string, string> {
  if (names) return names;
  const english = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  const all = new Map([["usa", "US"]]);
  for (const code of letters.flatMap((one) => letters.map((two) => one + two))) {
    const name = english.of(code);
    const today = Intl.getCanonicalLocales(`und-${code}`)[0]?.slice(4);
    if (!name || !today) continue;
    all.set(code.toLowerCase(), today);
    all.set(name.toLowerCase(), today);
  }
  names = all;
  return all;
}

/** ISO 3166-1 code of a country given by its English name or its code. */
export const countryCode = (text: string): string | undefined => known().get(text.trim().toLowerCase());

/** "Leeds, UK" or "Denver, CO, USA" in parts. Where the last part is no country, the whole text is the city. */
export function placeOf(text: string): Location {
  const parts = text.split(",").map((part) => part.trim());
  const country = parts.length > 1 ? countryCode(parts.at(-1) ?? "") : undefined;
  if (!country) return { city: text };
  return { city: parts[0] ?? text, ...(parts.length > 2 && parts[1] ? { region: parts[1] } : {}), country };
}

/** A place told in parts: what is empty or no country is left out. */
export function locationOf(told: {
  city?: string | null | undefined;
  region?: string | null | undefined;
  postalCode?: string | null | undefined;
  country?: string | null | undefined;
}): Location {
  const country = countryCode(told.country ?? "");
  return {
    ...(told.city ? { city: told.city } : {}),
    ...(told.region ? { region: told.region } : {}),
    ...(told.postalCode ? { postalCode: told.postalCode } : {}),
    ...(country ? { country } : {}),
  };
}
