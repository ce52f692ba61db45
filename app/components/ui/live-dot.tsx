import { CloudOff } from "lucide-react";
import { Icon } from "./icon.tsx";
import { Time } from "./time.tsx";

/** "lost" carries since when; "off" is a page without a live line, which shows nothing. */
export type LiveState = { kind: "on" } | { kind: "off" } | { kind: "lost"; since: number };

/** The quiet dot in the bar; a note in its place when the line drops. */
export function LiveDot({ state }: { state: LiveState }) {
  if (state.kind === "off") return null;
  if (state.kind === "on") {
    return (
      <span className="live" title="Changes appear without a reload.">
        <i aria-hidden="true" />
        Live
      </span>
    );
  }
  return (
    <span className="live live-lost" role="status">
      <Icon icon={CloudOff} />
      <span>
        Not live since <Time at={state.since} show="time" />
      </span>
    </span>
  );
}
