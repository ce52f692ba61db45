import { useClock } from "#app/components/ui/clock.tsx";
import { KeyValue, type Pair } from "#app/components/ui/key-value.tsx";
import { phaseWords, timingWords } from "./words.ts";

export interface AttemptFactsShown {
  phase: string | null;
  timings: Readonly<Record<string, number>>;
  remoteAddress: string | null;
  milliseconds: number;
}

const shown = (milliseconds: number, locale: string) =>
  `${milliseconds.toLocaleString(locale, { maximumFractionDigits: milliseconds < 10 ? 1 : 0 })} ms`;

/** Where an attempt ended, with whom it spoke and where its time went. */
export function AttemptFacts({ attempt }: { attempt: AttemptFactsShown }) {
  const { locale } = useClock();
  const { phase, timings, remoteAddress } = attempt;
  const spent = Object.keys(timingWords).flatMap((name) => {
    const milliseconds = timings[name];
    return milliseconds === undefined ? [] : [`${timingWords[name]} ${shown(milliseconds, locale)}`];
  });
  const kept = timings.ttfb !== undefined && timings.connect === undefined;
  const pairs: Pair[] = [
    ...(phase ? [{ label: "It ended", value: phaseWords[phase] ?? phase }] : []),
    ...(remoteAddress ? [{ label: "Address", value: <span className="font-mono">{remoteAddress}</span> }] : []),
    ...(spent.length > 0
      ? [{ label: "Time", value: `${spent.join(" · ")}${kept ? " · over an open connection" : ""}` }]
      : []),
  ];
  return pairs.length > 0 ? <KeyValue pairs={pairs} className="mb-4" /> : null;
}
