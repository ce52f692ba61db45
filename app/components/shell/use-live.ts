import { useRevalidator } from "@remix-run/react";
import { useEffect, useRef, useState } from "react";
import type { LiveState } from "#app/components/ui/live-dot.tsx";

/** Changes that come close together are one reload of the page's data. */
const GATHER_MS = 250;
/** The browser reconnects by itself; a line that is back within this time was never lost to a reader. */
const PATIENCE_MS = 4_000;

/**
 * The live line of the portal: the server says that something changed, and the page's loaders run again. After a gap they
 * run as well, because what was said meanwhile is gone. A hidden page waits until it is seen.
 */
export function useLive(path: string): LiveState {
  const { revalidate } = useRevalidator();
  const reload = useRef(revalidate);
  reload.current = revalidate;
  const [state, setState] = useState<LiveState>({ kind: "off" });
  useEffect(() => {
    const line = new EventSource(path);
    let gather: ReturnType<typeof setTimeout> | undefined;
    let patience: ReturnType<typeof setTimeout> | undefined;
    let stale = false;
    let ready = false;
    const refresh = () => {
      stale = document.hidden;
      if (!stale) reload.current();
    };
    const onChange = () => {
      clearTimeout(gather);
      gather = setTimeout(refresh, GATHER_MS);
    };
    const onReady = () => {
      clearTimeout(patience);
      patience = undefined;
      setState({ kind: "on" });
      if (ready) refresh();
      ready = true;
    };
    const onError = () => {
      const since = Date.now();
      patience ??= setTimeout(() => setState({ kind: "lost", since }), PATIENCE_MS);
    };
    const onSeen = () => {
      if (!document.hidden && stale) refresh();
    };
    line.addEventListener("change", onChange);
    line.addEventListener("ready", onReady);
    line.addEventListener("error", onError);
    document.addEventListener("visibilitychange", onSeen);
    return () => {
      line.close();
      clearTimeout(gather);
      clearTimeout(patience);
      document.removeEventListener("visibilitychange", onSeen);
    };
  }, [path]);
  return state;
}
