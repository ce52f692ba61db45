import { momentWords } from "#app/platform/moments.ts";
import { useClock } from "./clock.tsx";
import { relativeTime } from "./relative-time.ts";

type Moment = Date | string | number;

interface TimeProps {
  at: Moment;
  /** "relative" (default) with the exact time on hover, or the exact time in words. */
  show?: "relative" | "date" | "time" | "datetime" | undefined;
  className?: string | undefined;
}

/**
 * A moment. It carries the machine's form and the exact time in the reader's zone. Browsers' formats may differ from the
 * server's by a space, therefore the mismatch warning is off for this one element.
 */
export function Time({ at, show = "relative", className }: TimeProps) {
  const clock = useClock();
  const moment = new Date(at);
  const exact = (kind: "date" | "time" | "datetime") => momentWords(moment, kind, clock);
  const title = `${exact("datetime")} (${clock.timeZone})`;
  return (
    <time dateTime={moment.toISOString()} title={title} className={className} suppressHydrationWarning>
      {show === "relative" ? relativeTime(moment.getTime(), clock.now) : exact(show)}
    </time>
  );
}
