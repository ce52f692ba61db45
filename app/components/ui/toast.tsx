import { lazy, Suspense, useSyncExternalStore } from "react";

export interface Undo {
  label: string;
  run: () => void;
}
export interface ToastMessage {
  /** One sentence, its first words in bold. */
  title: string;
  text?: string | undefined;
  undo?: Undo | undefined;
}

type Show = (message: ToastMessage) => void;

let show: Show | undefined;
const waiting: ToastMessage[] = [];
const listeners = new Set<() => void>();
let wanted = false;

/** Says what was done, with Undo for ten seconds. The code that draws it loads on the first call. */
export function toast(message: ToastMessage): void {
  if (show) {
    show(message);
    return;
  }
  waiting.push(message);
  wanted = true;
  for (const listener of listeners) listener();
}

/** The loaded stage takes over, and what was said meanwhile is shown. */
export function takeToasts(stage: Show): void {
  show = stage;
  for (const message of waiting.splice(0)) stage(message);
}

const Stage = lazy(() => import("./toast-stage.tsx"));

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Stands once in the shell; empty until the first toast. */
export function Toasts() {
  const needed = useSyncExternalStore(
    subscribe,
    () => wanted,
    () => false,
  );
  if (!needed) return null;
  return (
    <Suspense fallback={null}>
      <Stage />
    </Suspense>
  );
}
