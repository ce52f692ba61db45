import { useClock } from "./clock.tsx";
import { relativeTime } from "./relative-time.ts";

type Moment = Date | string | number;

interface TimeProps {
  at: Moment;
  /** "relative" (default) with the exact time on hover, or the exact time in words. */
  show?: "relative" | "date" | "time" | "datetime" | undefined;
  className?: string | undefined;
}

const formats: Record<"date" | "time" | "datetime", Intl.DateTimeFormatOptions> = {
  date: { day: "numeric", month: "short", year: "numeric" },
  time: { hour: "2-digit", minute: "2-digit" },
  datetime: { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
};

/**
 * A moment. It carries the machine's form and the exact time in the reader's zone. Browsers' formats may differ from the
 * server's by a space, therefore the mismatch warning is off for this one element.
 */
export function Time({ at, show = "relative", className }: TimeProps) {
  const { now, locale, timeZone } = useClock();
  const moment = new Date(at);
  const exact = (kind: keyof typeof formats) =>
    new Intl.DateTimeFormat(locale, { ...formats[kind], timeZone }).format(moment);
  const title = `${exact("datetime")} (${timeZone})`;
  return (
    <time dateTime={moment.toISOString()} title={title} className={className} suppressHydrationWarning>
      {show === "relative" ? relativeTime(moment.getTime(), now) : exact(show)}
    </time>
  );
}
