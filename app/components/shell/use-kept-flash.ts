import { useLocation } from "@remix-run/react";
import { useRef } from "react";
import type { Flash } from "#app/components/ui/flash-note.tsx";

/**
 * The message of the last action, kept for as long as the reader stays at the address it led to. The server gives it once;
 * when the page's data is loaded again by the live line, it would vanish under the reader's eyes.
 */
export function useKeptFlash(flash: Flash | null): Flash | null {
  const { key } = useLocation();
  const kept = useRef<{ key: string; flash: Flash } | null>(null);
  if (flash) kept.current = { key, flash };
  else if (kept.current?.key !== key) kept.current = null;
  return kept.current?.flash ?? null;
}
