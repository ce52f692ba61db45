import { Check, Clock, type LucideIcon, Minus, RefreshCw, X } from "lucide-react";
import type { ReactNode } from "react";
import type { Tone } from "#app/components/state-vocabulary.ts";
import { Icon } from "./icon.tsx";

export interface LifecycleStep {
  label: string;
  tone: Tone;
  /** Time, and how it came: "3 Nov, 09:02 · in the feed". */
  note?: ReactNode;
}

const marks: Record<Tone, LucideIcon> = { ok: Check, run: RefreshCw, bad: X, warn: Clock, idle: Minus };

/** The way of one posting from draft to closed: dots joined by a cable, the time at each. */
export function Lifecycle({ steps, label }: { steps: readonly LifecycleStep[]; label: string }) {
  const current = steps.findLastIndex((step) => step.tone !== "idle");
  return (
    <ol className="track" aria-label={label}>
      {steps.map((step, index) => (
        <li key={step.label} data-tone={step.tone} aria-current={index === current ? "step" : undefined}>
          <span className="jack">
            <Icon icon={marks[step.tone]} spin={step.tone === "run"} />
          </span>
          <b>{step.label}</b>
          <span className="text-muted text-xs">{step.note}</span>
        </li>
      ))}
    </ol>
  );
}
