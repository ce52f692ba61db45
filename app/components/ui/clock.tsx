import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";

export interface Clock {
  /** Milliseconds since 1970, as the server rendered; moves on once the page is alive. */
  now: number;
  /** BCP 47 tag of the reader. */
  locale: string;
  /** IANA name of the reader's time zone. */
  timeZone: string;
}

const ClockContext = createContext<Clock>({ now: 0, locale: "en-US", timeZone: "UTC" });

/** Time for the tree below: the server's moment first, so that both renders agree, then a tick every 20 seconds. */
export function ClockProvider({ now, locale, timeZone, children }: Clock & { children: ReactNode }) {
  const [moved, setMoved] = useState({ from: now, by: 0 });
  useEffect(() => {
    const start = performance.now();
    const tick = setInterval(() => setMoved({ from: now, by: performance.now() - start }), 20_000);
    return () => clearInterval(tick);
  }, [now]);
  const current = moved.from === now ? now + moved.by : now;
  const clock = useMemo(() => ({ now: current, locale, timeZone }), [current, locale, timeZone]);
  return <ClockContext.Provider value={clock}>{children}</ClockContext.Provider>;
}

/** The moment, the locale and the zone to format with. */
export function useClock(): Clock {
  return useContext(ClockContext);
}
