import { CircleX } from "lucide-react";
import { useEffect, useRef } from "react";
import { Icon } from "./icon.tsx";

export interface FormProblem {
  /** Id of the control; absent when the whole form is meant. */
  id?: string | undefined;
  label?: string | undefined;
  text: string;
}

interface FormErrorsProps {
  problems: readonly FormProblem[];
  title?: string | undefined;
  /** false where it is only shown as an example. */
  takeFocus?: boolean | undefined;
}

/** The summary on top of a refused form: it takes the focus and links to each field. */
export function FormErrors({ problems, title, takeFocus = true }: FormErrorsProps) {
  const box = useRef<HTMLDivElement>(null);
  const said = problems.map((problem) => problem.text).join("\n");
  useEffect(() => {
    if (said && takeFocus) box.current?.focus();
  }, [said, takeFocus]);
  if (problems.length === 0) return null;
  const count = problems.length === 1 ? "One thing needs a change" : `${problems.length} things need a change`;
  return (
    <div className="note" data-tone="bad" role="alert" tabIndex={-1} ref={box}>
      <Icon icon={CircleX} />
      <div>
        <b>{title ?? count}</b>
        <ul>
          {problems.map((problem) => (
            <li key={`${problem.id ?? ""}:${problem.text}`}>
              {problem.id ? (
                <a className="link" href={`#${problem.id}`}>
                  {problem.label ?? problem.text}
                </a>
              ) : (
                problem.text
              )}
              {problem.id && problem.label && `: ${problem.text}`}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
