import { useLocation } from "@remix-run/react";
import { useRef } from "react";
import type { Flash } from "#app/components/ui/flash-note.tsx";

/**
 * The message of the last action, kept for as long as the reader stays at the address it led to. The server gives it once;
 * when the page's data is loaded again by the live line, it would vanish under the reader's eyes. A refused form loads no
 * data again: what an earlier action said is then taken away, so that it does not contradict the refusal.
 */
export function useKeptFlash(flash: Flash | null): Flash | null {
  const { key } = useLocation();
  const kept = useRef<{ key: string; flash: Flash } | null>(null);
  const given = useRef<Flash | null>(null);
  if (flash && flash !== given.current) kept.current = { key, flash };
  else if (kept.current?.key !== key) kept.current = null;
  given.current = flash;
  return kept.current?.flash ?? null;
}
