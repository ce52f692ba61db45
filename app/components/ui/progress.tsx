import type { CSSProperties, ReactNode } from "react";
import type { Tone } from "#app/components/state-vocabulary.ts";
import { cx } from "./cx.ts";

function width(share: number): CSSProperties {
  return { width: `${Math.min(100, Math.max(0, share * 100))}%` };
}

interface BarProps {
  /** 0 to 1. */
  share: number;
  /** Names the bar for those who do not see it. */
  label: string;
  tone?: Tone | "none" | undefined;
  live?: boolean | undefined;
  size?: "thin" | "md" | "lg" | undefined;
}

/** How far a piece of work is. */
export function ProgressBar({ share, label, tone = "run", live, size = "md" }: BarProps) {
  return (
    <span
      className={cx("bar", size === "lg" && "bar-lg")}
      data-tone={tone}
      data-live={live ? "" : undefined}
      role="progressbar"
      aria-label={label}
      aria-valuenow={Math.round(share * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <i style={width(share)} />
    </span>
  );
}

interface ProgressProps {
  label: string;
  /** Counts in words: "456 of 642 read". */
  counts: ReactNode;
  /** Right of the counts: "about 40 s left". */
  left?: ReactNode;
  /** 0 to 1; absent when the total is unknown, then no bar is drawn. */
  share?: number | undefined;
  tone?: Tone | undefined;
  live?: boolean | undefined;
}

/** Counts first; a bar only when the total is known. */
export function Progress({ label, counts, left, share, tone, live = true }: ProgressProps) {
  return (
    <div className="run">
      <div className="run-top">
        <p>{counts}</p>
        {left && <p className="text-muted">{left}</p>}
      </div>
      {share !== undefined && <ProgressBar label={label} share={share} tone={tone} live={live} size="lg" />}
    </div>
  );
}

/** An amount against its limit. The words that say it stand beside it, so the bar itself is hidden from readers. */
export function Meter({ share, tone = "none" }: { share: number; tone?: Tone | "none" }) {
  return (
    <span className="bar meter" data-tone={tone} aria-hidden="true">
      <i style={width(share)} />
    </span>
  );
}

/** Age against the age that is allowed: the word, and a thin bar that turns red when it is over. */
export function AgeBar({ children, share }: { children: ReactNode; share: number }) {
  return (
    <span className="age">
      {children}
      <Meter share={share} tone={share >= 1 ? "bad" : "none"} />
    </span>
  );
}
