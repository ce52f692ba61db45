import { cx } from "#app/components/ui/cx.ts";

export interface Latency {
  p50: number;
  p95: number;
  p99: number;
}

/** Milliseconds as people read them: 84 ms, 1.2 s. */
const span = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`);

interface LatencyBarProps {
  latency: Latency;
  /** What the full width stands for, milliseconds, so that several bars compare. */
  most: number;
  /** With all three numbers in words under it. */
  wide?: boolean;
}

/** How long answers took: half of them in the dark part, 95 of a hundred in the grey one, 99 at the tick. From zero. */
export function LatencyBar({ latency, most, wide = false }: LatencyBarProps) {
  const { p50, p95, p99 } = latency;
  const at = (ms: number) => Math.max(1, Math.round((ms / most) * 1000) / 10);
  return (
    <span className={cx("latency", wide && "latency-wide")}>
      <svg role="img">
        <title>{`Half were answered within ${span(p50)}, 95% within ${span(p95)} and 99% within ${span(p99)}.`}</title>
        <rect className="lt-ground" width="100%" height="100%" />
        <rect className="lt-most" width={`${at(p95)}%`} height="100%" />
        <rect className="lt-half" width={`${at(p50)}%`} height="100%" />
        <rect className="lt-tick" x={`${at(p99)}%`} width={2} height="100%" />
      </svg>
      <span className="latency-words">
        {wide ? (
          <>
            half <b>{span(p50)}</b> · 95% <b>{span(p95)}</b> · 99% <b>{span(p99)}</b>
          </>
        ) : (
          <>
            {span(p50)} <span className="text-muted">· 95% {span(p95)}</span>
          </>
        )}
      </span>
    </span>
  );
}
