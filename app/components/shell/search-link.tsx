import { Link } from "@remix-run/react";
import { Search } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { Icon } from "#app/components/ui/icon.tsx";

const Palette = lazy(() => import("./palette.tsx"));

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null;

/**
 * The way to anything. It is a link to the search page; with script ⌘K or a press opens the palette, whose code loads
 * then, and `/` goes to the page's own search.
 */
export function SearchLink() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey)) {
        event.preventDefault();
        setOpen(true);
      }
      if (event.key === "/" && !event.metaKey && !event.ctrlKey && !typing(event.target)) {
        const search = document.querySelector<HTMLInputElement>("main [data-search]");
        event.preventDefault();
        if (search) search.focus();
        else setOpen(true);
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return (
    <>
      <Link
        className="cmdk"
        to="/search"
        aria-keyshortcuts="Meta+K Control+K"
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        <Icon icon={Search} />
        <span>Search or jump to</span>
        <kbd>⌘K</kbd>
      </Link>
      {open && (
        <Suspense fallback={null}>
          <Palette onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
