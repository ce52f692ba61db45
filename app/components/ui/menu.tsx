import { Link, type LinkProps } from "@remix-run/react";
import type { LucideIcon } from "lucide-react";
import { type ComponentPropsWithoutRef, type ReactNode, useEffect, useRef } from "react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";

/** Closes an open `details` on Escape, on a press outside, and after something in it was chosen. */
export function useDetailsMenu() {
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (focus: boolean) => {
      if (!menu.current?.open) return;
      menu.current.open = false;
      if (focus) menu.current.querySelector("summary")?.focus();
    };
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && close(true);
    const onPress = (event: Event) => {
      if (event.target instanceof Node && !menu.current?.contains(event.target)) close(false);
    };
    const onChoose = (event: Event) => {
      if (event.target instanceof Element && event.target.closest("a")) close(false);
    };
    const node = menu.current;
    document.addEventListener("keydown", onKey);
    document.addEventListener("pointerdown", onPress);
    node?.addEventListener("click", onChoose);
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("pointerdown", onPress);
      node?.removeEventListener("click", onChoose);
    };
  }, []);
  return menu;
}

interface MenuProps {
  /** The button's name. */
  label: string;
  /** Shows only this icon, with the label as its tooltip. */
  icon?: LucideIcon | undefined;
  iconEnd?: LucideIcon | undefined;
  variant?: "secondary" | "ghost" | undefined;
  align?: "start" | "end" | undefined;
  children: ReactNode;
}

/** A list of actions behind a button. It is a `details`: it opens without script. */
export function Menu({ label, icon, iconEnd, variant = "secondary", align = "end", children }: MenuProps) {
  const menu = useDetailsMenu();
  return (
    <details className="menu" ref={menu}>
      <summary
        className={cx("btn", variant === "ghost" && "btn-quiet", icon && "btn-icon tip")}
        {...(icon ? { "aria-label": label, "data-tip": label } : {})}
      >
        {icon ? <Icon icon={icon} /> : <span>{label}</span>}
        {iconEnd && <Icon icon={iconEnd} />}
      </summary>
      <div className={cx("menu-list", align === "end" && "menu-end")}>{children}</div>
    </details>
  );
}

interface EntryLook {
  icon?: LucideIcon | undefined;
  danger?: boolean | undefined;
}

/** A menu entry that leads somewhere. */
export function MenuLink({ icon, danger, children, ...rest }: LinkProps & EntryLook) {
  return (
    <Link {...rest} className={cx("menu-item", danger && "menu-danger")}>
      {icon && <Icon icon={icon} />}
      <span>{children}</span>
    </Link>
  );
}

/** A menu entry that does something; put it into a form. */
export function MenuButton({ icon, danger, children, ...rest }: ComponentPropsWithoutRef<"button"> & EntryLook) {
  return (
    <button type="submit" {...rest} className={cx("menu-item", danger && "menu-danger")}>
      {icon && <Icon icon={icon} />}
      <span>{children}</span>
    </button>
  );
}
