import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import type { Tone } from "#app/components/state-vocabulary.ts";
import { Icon } from "./icon.tsx";
import { toneIcons } from "./state-icons.tsx";
import { Time } from "./time.tsx";

export interface TimelineEntry {
  id: string;
  at: Date | string | number;
  tone?: Tone | undefined;
  icon?: LucideIcon | undefined;
  /** Who or what in bold, then what happened. */
  text: ReactNode;
}

export interface TimelineDay {
  /** "Today", "Yesterday", or the date. */
  label: string;
  entries: readonly TimelineEntry[];
}

/** What happened, by day, newest first. */
export function Timeline({ days, level = 3 }: { days: readonly TimelineDay[]; level?: 3 | 4 }) {
  const Heading = level === 3 ? "h3" : "h4";
  return days.map((day) => (
    <div key={day.label} className="timeline-day">
      <Heading className="day">{day.label}</Heading>
      <ol className="timeline">
        {day.entries.map((entry) => (
          <li key={entry.id} data-tone={entry.tone ?? "idle"}>
            <Icon icon={entry.icon ?? toneIcons[entry.tone ?? "idle"]} />
            <p>{entry.text}</p>
            <Time at={entry.at} show="time" />
          </li>
        ))}
      </ol>
    </div>
  ));
}
