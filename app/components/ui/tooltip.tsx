import { type ReactNode, useId, useState } from "react";

/**
 * A few words about what they hang on, for pointer and keyboard alike; Escape takes them away. The child is wrapped in a
 * focusable span, so use it on words, not on controls (an `IconButton` brings its own).
 */
export function Tooltip({ text, children }: { text: string; children: ReactNode }) {
  const id = useId();
  const [away, setAway] = useState(false);
  return (
    <button
      type="button"
      className="hint-word"
      aria-describedby={id}
      onKeyDown={(event) => event.key === "Escape" && setAway(true)}
      onBlur={() => setAway(false)}
      onPointerLeave={() => setAway(false)}
    >
      {children}
      <span role="tooltip" id={id} className="hint-text" hidden={away}>
        {text}
      </span>
    </button>
  );
}
