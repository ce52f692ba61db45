import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import type { Tone } from "#app/components/state-vocabulary.ts";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";
import { toneIcons } from "./state-icons.tsx";

interface NoteProps {
  tone: Tone;
  icon?: LucideIcon | undefined;
  children: ReactNode;
  /** "status" is announced when it appears; "alert" only for what stops the reader. */
  role?: "status" | "alert" | undefined;
  className?: string | undefined;
}

/** A sentence on a tinted ground. */
export function Note({ tone, icon, children, role, className }: NoteProps) {
  return (
    <div className={cx("note", className)} data-tone={tone} role={role}>
      <Icon icon={icon ?? toneIcons[tone]} />
      <div>{children}</div>
    </div>
  );
}
