import { Check } from "lucide-react";
import type { ReactNode } from "react";
import { Icon } from "#app/components/ui/icon.tsx";

interface WizardStepProps {
  n: number;
  title: string;
  /** What was chosen, or what this step is about. */
  summary: ReactNode;
  step: "done" | "now" | "next";
  /** Offered on steps that are done. */
  change?: boolean;
  children?: ReactNode;
}

/** One step: a `details`, so that every step opens without script. */
export function WizardStep({ n, title, summary, step, change, children }: WizardStepProps) {
  return (
    <li className="step" data-step={step} aria-current={step === "now" ? "step" : undefined}>
      <details open={step === "now"}>
        <summary>
          <span className="step-n">{step === "done" ? <Icon icon={Check} /> : n}</span>
          <span className="step-t">
            <b>{title}</b>
            <span className="text-muted">{summary}</span>
          </span>
          {step === "done" && change && <span className="link step-a">Change</span>}
        </summary>
        {children && <div className="step-b grid gap-4">{children}</div>}
      </details>
    </li>
  );
}
