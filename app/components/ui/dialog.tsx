import { type ReactNode, useEffect, useId, useRef } from "react";
import type { Tone } from "#app/components/state-vocabulary.ts";
import { Icon } from "./icon.tsx";
import { toneIcons } from "./state-icons.tsx";

interface QuestionProps {
  title: string;
  children: ReactNode;
  /** The safe button first. */
  buttons: ReactNode;
}

function Question({ id, title, children, buttons, level }: QuestionProps & { id: string; level: 1 | 2 }) {
  const Heading = level === 1 ? "h1" : "h2";
  return (
    <>
      <Heading id={id} className="dialog-title">
        {title}
      </Heading>
      {children}
      <div className="btns dialog-foot">{buttons}</div>
    </>
  );
}

/** A question on its own page: what a dialog's link opens without script. */
export function DialogPage(props: QuestionProps) {
  const id = useId();
  return (
    <section className="dialog dialog-page" aria-labelledby={id}>
      <Question {...props} id={id} level={1} />
    </section>
  );
}

/**
 * A question above the page, on the browser's own modal dialog: it holds the focus, closes on Escape and gives the focus
 * back. Open it from a link whose address shows the same question as a `DialogPage`.
 */
export function Dialog({ open, onClose, ...question }: QuestionProps & { open: boolean; onClose: () => void }) {
  const id = useId();
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = box.current;
    if (open && !dialog?.open) dialog?.showModal();
    if (!open) dialog?.close();
  }, [open]);
  return (
    <dialog ref={box} className="dialog" aria-labelledby={id} onClose={onClose}>
      {open && <Question {...question} id={id} level={2} />}
    </dialog>
  );
}

/** What an action takes down and what it leaves, by tone. */
export function BlastList({
  items,
}: {
  items: readonly { id: string; tone: Tone; text: ReactNode; end?: ReactNode }[];
}) {
  return (
    <ul className="blast">
      {items.map((item) => (
        <li key={item.id} data-tone={item.tone}>
          <Icon icon={toneIcons[item.tone]} />
          <span>{item.text}</span>
          {item.end}
        </li>
      ))}
    </ul>
  );
}
