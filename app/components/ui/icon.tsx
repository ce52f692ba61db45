import type { LucideIcon } from "lucide-react";
import { cx } from "./cx.ts";

interface IconProps {
  icon: LucideIcon;
  className?: string | undefined;
  /** Turns while work is in motion; reduced motion stops it. */
  spin?: boolean | undefined;
}

/** A 16 px drawing beside a word. It is always hidden from assistive technology: the word says it. */
export function Icon({ icon: Drawing, className, spin }: IconProps) {
  return (
    <Drawing
      size={16}
      strokeWidth={1.5}
      absoluteStrokeWidth
      aria-hidden="true"
      className={cx("i", spin && "spin", className)}
    />
  );
}
