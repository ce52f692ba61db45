export interface ChartBar {
  key: string;
  good: number;
  bad: number;
}

interface BarChartProps {
  bars: readonly ChartBar[];
  /** The finding in one sentence. */
  label: string;
  /** Words under the axis, spread evenly. */
  axis: readonly string[];
  /** Names of the two parts, with their sums. */
  legend?: { good: string; bad: string } | undefined;
}

/** The next round number above a value: 1, 2, 4, 5 or 8 times a power of ten. */
export function niceCeiling(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 4, 5, 8, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}

const HEIGHT = 96;
const STEP = 16;

/** One stack of bars from zero: grey volume, red failure at the foot, three grid lines, the legend in words. */
export function BarChart({ bars, label, axis, legend }: BarChartProps) {
  const top = niceCeiling(Math.max(0, ...bars.map((bar) => bar.good + bar.bad)));
  const tall = (value: number) => (value / top) * HEIGHT;
  const width = Math.max(STEP, bars.length * STEP);
  // Things that are counted have no halves.
  const middle = top % 2 === 0;
  return (
    <figure className="m-0">
      <div className="chart">
        <div className="y" aria-hidden="true">
          <span>{top}</span>
          <span>{middle && top / 2}</span>
          <span>0</span>
        </div>
        <div className="plot" style={{ height: HEIGHT }}>
          <svg viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none" role="img">
            <title>{label}</title>
            {[0, ...(middle ? [HEIGHT / 2] : []), HEIGHT].map((y) => (
              <line key={y} className="grid-line" x1={0} x2={width} y1={y} y2={y} vectorEffect="non-scaling-stroke" />
            ))}
            {bars.map((bar, index) => (
              <g key={bar.key}>
                <rect
                  className="sp-ok"
                  x={index * STEP + 2}
                  width={STEP - 4}
                  y={HEIGHT - tall(bar.good + bar.bad)}
                  height={tall(bar.good)}
                />
                <rect
                  className="sp-bad"
                  x={index * STEP + 2}
                  width={STEP - 4}
                  y={HEIGHT - tall(bar.bad)}
                  height={tall(bar.bad)}
                />
              </g>
            ))}
          </svg>
        </div>
        <div className="x" aria-hidden="true">
          {axis.map((word) => (
            <span key={word}>{word}</span>
          ))}
        </div>
      </div>
      {legend && (
        <figcaption className="legend mt-3">
          <span>
            <i className="kb bg-viz-volume" />
            {legend.good}
          </span>
          <span>
            <i className="kb bg-bad-solid" />
            {legend.bad}
          </span>
        </figcaption>
      )}
    </figure>
  );
}
