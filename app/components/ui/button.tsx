import { Link, type LinkProps } from "@remix-run/react";
import { LoaderCircle, type LucideIcon } from "lucide-react";
import type { ComponentPropsWithoutRef, ReactNode } from "react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";

interface Look {
  variant?: "primary" | "secondary" | "ghost" | "danger" | undefined;
  size?: "sm" | "md" | undefined;
  icon?: LucideIcon | undefined;
  iconEnd?: LucideIcon | undefined;
}

const variantClass = { primary: "btn-primary", secondary: "", ghost: "btn-quiet", danger: "btn-danger" };

function look({ variant = "secondary", size = "md" }: Look, className?: string) {
  return cx("btn", variantClass[variant], size === "sm" && "btn-sm", className);
}

function Label({ icon, iconEnd, loading, children }: Look & { loading?: boolean | undefined; children: ReactNode }) {
  return (
    <>
      {loading ? <Icon icon={LoaderCircle} spin className={icon ? "" : "btn-wait"} /> : icon && <Icon icon={icon} />}
      <span className={loading && !icon ? "opacity-0" : undefined}>{children}</span>
      {iconEnd && <Icon icon={iconEnd} />}
    </>
  );
}

export interface ButtonProps extends Look, ComponentPropsWithoutRef<"button"> {
  /** Work is under way: a spinner takes the icon's place and the width stays. */
  loading?: boolean | undefined;
  /** Id of the sentence that says what this button waits for. It stays focusable and does nothing. */
  waitsFor?: string | undefined;
}

/** A button; submits its form unless `type` says otherwise. */
export function Button(props: ButtonProps) {
  const { variant, size, icon, iconEnd, loading, waitsFor, className, children, onClick, ...rest } = props;
  const idle = waitsFor !== undefined || loading;
  return (
    <button
      type="submit"
      {...rest}
      className={look({ variant, size }, className)}
      aria-busy={loading || undefined}
      {...(waitsFor !== undefined ? { "aria-disabled": true, "aria-describedby": waitsFor } : {})}
      onClick={idle ? (event) => event.preventDefault() : onClick}
    >
      <Label icon={icon} iconEnd={iconEnd} loading={loading}>
        {children}
      </Label>
    </button>
  );
}

export interface ButtonLinkProps extends Look, LinkProps {}

/** A link that looks like a button. */
export function ButtonLink({ variant, size, icon, iconEnd, className, children, ...rest }: ButtonLinkProps) {
  return (
    <Link {...rest} className={look({ variant, size }, className)}>
      <Label icon={icon} iconEnd={iconEnd}>
        {children}
      </Label>
    </Link>
  );
}

export interface IconButtonProps extends Omit<ButtonProps, "children" | "icon" | "iconEnd"> {
  icon: LucideIcon;
  /** The name; it is also the tooltip. */
  label: string;
}

/** A button without a visible word: it has a name and a tooltip that keyboards reach too. */
export function IconButton({ icon, label, variant = "ghost", size, loading, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="submit"
      {...rest}
      aria-label={label}
      data-tip={label}
      aria-busy={loading || undefined}
      className={cx(look({ variant, size }), "btn-icon tip", className)}
    >
      <Icon icon={loading ? LoaderCircle : icon} spin={loading} />
    </button>
  );
}

/** Buttons in a row that wraps. */
export function Buttons({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cx("btns", className)}>{children}</div>;
}
