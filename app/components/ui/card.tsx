import type { ReactNode } from "react";
import { cx } from "./cx.ts";

interface CardProps {
  children: ReactNode;
  className?: string | undefined;
  /** Id of the heading that names the card. */
  labelledBy?: string | undefined;
  label?: string | undefined;
  busy?: boolean | undefined;
}

/** A bordered region named by its heading. */
export function Card({ children, className, labelledBy, label, busy }: CardProps) {
  return (
    <section className={cx("card", className)} aria-labelledby={labelledBy} aria-label={label} aria-busy={busy}>
      {children}
    </section>
  );
}

interface CardHeaderProps {
  id?: string | undefined;
  title: ReactNode;
  /** A state or a note beside the title. */
  beside?: ReactNode;
  /** What stands at the right: a figure, a link, a button. */
  end?: ReactNode;
  level?: 2 | 3 | undefined;
}

/** Title, what stands beside it, and what stands at the right. */
export function CardHeader({ id, title, beside, end, level = 2 }: CardHeaderProps) {
  const Heading = level === 2 ? "h2" : "h3";
  return (
    <div className="card-head">
      <Heading id={id}>{title}</Heading>
      {beside}
      {end && <div className="end">{end}</div>}
    </div>
  );
}

export function CardBody({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cx("card-body", className)}>{children}</div>;
}

export function CardFooter({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cx("card-foot", className)}>{children}</div>;
}

interface SectionProps {
  id: string;
  title: ReactNode;
  count?: ReactNode;
  end?: ReactNode;
  children: ReactNode;
}

/** A titled part of a page. */
export function Section({ id, title, count, end, children }: SectionProps) {
  return (
    <section className="section" aria-labelledby={id}>
      <div className="section-head">
        <h2 id={id}>{title}</h2>
        {count !== undefined && <span className="n">{count}</span>}
        {end && <span className="end">{end}</span>}
      </div>
      {children}
    </section>
  );
}
