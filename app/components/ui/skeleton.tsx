interface BoxProps {
  width: number | string;
  height: number;
}

/** A grey box of the final size. */
export function Skeleton({ width, height }: BoxProps) {
  return <span className="skeleton" style={{ width, height }} />;
}

const widths = ["60%", "48%", "72%", "40%", "56%"];

/** A table while it loads: rows of the final height. */
export function SkeletonRows({ rows = 4, label }: { rows?: number; label: string }) {
  return (
    <section className="card" aria-label={label} aria-busy="true">
      <ul className="sk-rows">
        {Array.from({ length: rows }, (_, row) => (
          <li key={widths[row % widths.length] ?? row}>
            <Skeleton width={20} height={20} />
            <Skeleton width={widths[row % widths.length] ?? "50%"} height={12} />
            <Skeleton width={56} height={12} />
          </li>
        ))}
      </ul>
    </section>
  );
}
