export interface SparkBar {
  total: number;
  failed: number;
}

interface SparklineProps {
  bars: readonly SparkBar[];
  /** The finding in one sentence. */
  label: string;
  height?: number | undefined;
  /** Thinner bars, for a column of a table. */
  narrow?: boolean | undefined;
}

/** Volume in grey, its failed part in red at the foot; ticks where nothing ran. Drawn by the server. */
export function Sparkline({ bars, label, height = 20, narrow = false }: SparklineProps) {
  const [step, wide] = narrow ? [4, 3] : [7, 5];
  const most = Math.max(1, ...bars.map((bar) => bar.total));
  const width = bars.length * step - (step - wide);
  const scale = (value: number) => (value === 0 ? 0 : Math.max(2, Math.round((value / most) * height)));
  return (
    <svg className="spark" width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img">
      <title>{label}</title>
      {bars.map((bar, index) => {
        const x = index * step;
        const tall = scale(bar.total);
        const red = Math.min(tall, scale(bar.failed));
        if (tall === 0) return <rect key={x} className="sp-none" x={x} y={height - 1} width={wide} height={1} />;
        return (
          <g key={x}>
            <rect className="sp-ok" x={x} y={height - tall} width={wide} height={tall - red} />
            {red > 0 && <rect className="sp-bad" x={x} y={height - red} width={wide} height={red} />}
          </g>
        );
      })}
    </svg>
  );
}
