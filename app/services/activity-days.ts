import { momentWords, type Reader } from "#app/platform/moments.ts";
import type { ActivityEntry } from "./activity.server.ts";

/** Activity, newest first, grouped by the day of the reader's zone: "Today", "Yesterday", or the date. */
export function byDay(entries: readonly ActivityEntry[], reader: Reader, now: Date = new Date()) {
  const dayOf = (at: Date) => momentWords(at, "date", reader);
  const names = new Map([
    [dayOf(now), "Today"],
    [dayOf(new Date(now.getTime() - 86_400_000)), "Yesterday"],
  ]);
  const days = new Map<string, { label: string; entries: Shown[] }>();
  for (const { id, at, who, what, tone } of entries) {
    const key = dayOf(at);
    const day = days.get(key) ?? { label: names.get(key) ?? momentWords(at, "full-day", reader), entries: [] };
    day.entries.push({ id, at, who, what, tone: toneOf(tone) });
    days.set(key, day);
  }
  return [...days.values()];
}

interface Shown {
  id: string;
  at: Date;
  who: string;
  what: string;
  tone: Tone;
}

const tones = ["ok", "idle", "run", "warn", "bad"] as const;
type Tone = (typeof tones)[number];
const toneOf = (word: string): Tone => tones.find((tone) => tone === word) ?? "idle";
