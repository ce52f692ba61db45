import { Link } from "@remix-run/react";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import type { Tone } from "#app/components/state-vocabulary.ts";
import { Icon } from "./icon.tsx";
import { toneIcons } from "./state-icons.tsx";

export interface IssueProps {
  id: string;
  tone: Extract<Tone, "warn" | "bad" | "run">;
  icon?: LucideIcon | undefined;
  title: string;
  to?: string | undefined;
  /** What happened · what it means · what to do. */
  text: ReactNode;
  /** First seen, last seen, affected, told. */
  facts?: readonly { label: string; value: ReactNode }[] | undefined;
  /** The one fix, and Snooze. */
  actions?: ReactNode;
}

function Title({ title, to }: Pick<IssueProps, "title" | "to">) {
  return to ? <Link to={to}>{title}</Link> : title;
}

/** An issue at the top of the page it concerns. */
export function IssueCard({ id, tone, icon, title, to, text, facts = [], actions }: IssueProps) {
  return (
    <section className="issue" data-tone={tone} aria-labelledby={id}>
      <Icon icon={icon ?? toneIcons[tone]} />
      <div>
        <h2 id={id}>
          <Title title={title} to={to} />
        </h2>
        {text && <div className="issue-text">{text}</div>}
        {facts.length > 0 && (
          <dl className="facts">
            {facts.map((fact) => (
              <div key={fact.label}>
                <dt>{fact.label}</dt>
                <dd>{fact.value}</dd>
              </div>
            ))}
          </dl>
        )}
        {actions && <div className="btns mt-3">{actions}</div>}
      </div>
    </section>
  );
}

/** Issues of many things in one list, each a row. */
export function IssueList({ children, label }: { children: ReactNode; label: string }) {
  return (
    <ul className="card isss" aria-label={label}>
      {children}
    </ul>
  );
}

interface IssueRowProps extends Omit<IssueProps, "facts"> {
  /** Vendor, affected, who was told. */
  meta?: ReactNode;
  first: ReactNode;
  last: ReactNode;
}

/** One issue of a list. */
export function IssueRow({ tone, icon, title, to, text, meta, first, last, actions, id }: IssueRowProps) {
  return (
    <li className="iss" data-tone={tone} id={id}>
      <Icon icon={icon ?? toneIcons[tone]} />
      <div className="iss-main">
        <h3>
          <Title title={title} to={to} />
        </h3>
        <p className="text-muted">{text}</p>
        {meta && <div className="iss-meta text-xs">{meta}</div>}
      </div>
      <dl className="iss-when text-xs">
        <div>
          <dt>First</dt>
          <dd>{first}</dd>
        </div>
        <div>
          <dt>Last</dt>
          <dd>{last}</dd>
        </div>
      </dl>
      <div className="iss-do">{actions}</div>
    </li>
  );
}
