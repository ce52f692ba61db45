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

interface Span {
  name: string;
  from: number;
  milliseconds: number;
}

/** The steps that an attempt went through, each where the one before it ended. */
function spansOf(timings: AttemptFactsShown["timings"]): Span[] {
  let from = 0;
  return Object.keys(timingWords).flatMap((name) => {
    const milliseconds = timings[name];
    if (milliseconds === undefined) return [];
    const span = { name, from, milliseconds };
    from += milliseconds;
    return [span];
  });
}

/** Where the time of an attempt went: a bar for each step, in the order in which they came. */
function Phases({ spans }: { spans: readonly Span[] }) {
  const { locale } = useClock();
  const whole = Math.max(
    1,
    spans.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
  );
  const share = (milliseconds: number) => `${(100 * milliseconds) / whole}%`;
  return (
    <ul className="phases" aria-label="Where the time went">
      {spans.map(({ name, from, milliseconds }) => (
        <li key={name}>
          <span>{timingWords[name]}</span>
          <span className="ph-bar">
            <i style={{ left: share(from), width: share(milliseconds) }} />
          </span>
          <span className="num">{shown(milliseconds, locale)}</span>
        </li>
      ))}
    </ul>
  );
}

/** Where an attempt ended, with whom it spoke and where its time went. */
export function AttemptFacts({ attempt }: { attempt: AttemptFactsShown }) {
  const { phase, timings, remoteAddress } = attempt;
  const spans = spansOf(timings);
  const kept = timings.ttfb !== undefined && timings.connect === undefined;
  const pairs: Pair[] = [
    ...(phase ? [{ label: "It ended", value: phaseWords[phase] ?? phase }] : []),
    ...(remoteAddress
      ? [
          {
            label: "Address",
            value: (
              <>
                <span className="font-mono">{remoteAddress}</span>
                {kept && <span className="text-muted">, over a connection that was open already</span>}
              </>
            ),
          },
        ]
      : []),
  ];
  return (
    <>
      {pairs.length > 0 && <KeyValue pairs={pairs} className="mb-4" />}
      {spans.length > 0 && <Phases spans={spans} />}
    </>
  );
}
