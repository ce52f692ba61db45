import type { ReactNode } from "react";
import { cx } from "./cx.ts";

export interface Pair {
  label: string;
  value: ReactNode;
}

/** Facts, label left of value. */
export function KeyValue({ pairs, className }: { pairs: readonly Pair[]; className?: string }) {
  return (
    <dl className={cx("kv", className)}>
      {pairs.map((pair) => (
        <div key={pair.label} className="contents">
          <dt>{pair.label}</dt>
          <dd>{pair.value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A row of figures, label over number. */
export function Figures({ items }: { items: readonly (Pair & { note?: ReactNode })[] }) {
  return (
    <dl className="card nums">
      {items.map((item) => (
        <div key={item.label} className="num-cell">
          <dt>{item.label}</dt>
          <dd>
            <b>{item.value}</b>
            {item.note && <span className="block text-muted text-xs">{item.note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
