import { type LucideIcon, RotateCw } from "lucide-react";
import { type ReactNode, useId } from "react";
import type { Tone } from "#app/components/state-vocabulary.ts";
import { ButtonLink } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { toneIcons } from "./state-icons.tsx";

interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  /** What will be here, and how it gets here. */
  children: ReactNode;
  actions?: ReactNode;
  /** An error box instead: it is announced. */
  tone?: Tone | undefined;
  level?: 2 | 3 | undefined;
}

/** Nothing here yet: says the next step. */
export function EmptyState({ icon, title, children, actions, tone, level = 2 }: EmptyStateProps) {
  const id = useId();
  const Heading = level === 2 ? "h2" : "h3";
  return (
    <section className="card empty" aria-labelledby={id} data-tone={tone} role={tone === "bad" ? "alert" : undefined}>
      <Icon icon={icon} />
      <Heading id={id}>{title}</Heading>
      <div className="text-muted">{children}</div>
      {actions && <div className="btns">{actions}</div>}
    </section>
  );
}

/** A region that did not load: what failed, that the rest holds, and how to try again. */
export function LoadError({ title, children, retry }: { title: string; children: ReactNode; retry: string }) {
  return (
    <EmptyState
      icon={toneIcons.bad}
      title={title}
      tone="bad"
      actions={
        <ButtonLink to={retry} icon={RotateCw} reloadDocument>
          Try again
        </ButtonLink>
      }
    >
      {children}
    </EmptyState>
  );
}
