import { useLocation } from "@remix-run/react";
import { type RefObject, useEffect, useRef } from "react";

/**
 * For the main element: when a link or form has led to another page and went away with the old one, reading and tabbing go
 * on at the new page's top. Focus on what is still there, such as the menu or a row of tabs, stays.
 */
export function useTopOfNewPage(): RefObject<HTMLElement> {
  const { pathname } = useLocation();
  const shown = useRef(pathname);
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    if (document.activeElement === document.body) main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return main;
}
