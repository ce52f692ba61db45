import { useEffect, useState } from "react";
import { useClock } from "./clock.tsx";
import { relativeTime } from "./relative-time.ts";

/** What is left, as a clock shows it: 23:59:07. Milliseconds; past the end it stays at nothing. */
export function clockWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/**
 * How long until a moment, by the server's clock: "in 23 h", and once script runs a clock that counts down in a box of
 * the same size. Whoever listens to the page hears the words alone.
 */
export function Countdown({ until }: { until: Date }) {
  const { now } = useClock();
  const [left, setLeft] = useState<number | null>(null);
  const end = until.getTime();
  useEffect(() => {
    const start = performance.now();
    const look = () => setLeft(end - now - (performance.now() - start));
    look();
    const ticking = setInterval(look, 1000);
    return () => clearInterval(ticking);
  }, [end, now]);
  const words = end > now ? relativeTime(end, now) : "now";
  return (
    <span className="countdown">
      <span className="sr-only">{words}</span>
      <span aria-hidden="true">{left === null ? words : `in ${clockWords(left)}`}</span>
    </span>
  );
}
