import type { StateFamily, StateOf, StateWord } from "#app/components/state-vocabulary.ts";
import { stateWord } from "#app/components/state-vocabulary.ts";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";
import { stateIcons } from "./state-icons.tsx";

interface StateLabelProps {
  state: StateWord;
  /** A tinted pill for page heads and cards; plain in rows. */
  pill?: boolean | undefined;
  className?: string | undefined;
}

/** Icon + word + tone. */
export function StateLabel({ state, pill, className }: StateLabelProps) {
  const turns = state.tone === "run" && state.icon === "refresh-cw";
  return (
    <span className={cx("state", pill && "pill", className)} data-tone={state.tone}>
      <Icon icon={stateIcons[state.icon]} spin={turns} />
      <span>{state.word}</span>
    </span>
  );
}

/** A tinted label for page heads and cards. */
export function Pill({ state, className }: { state: StateWord; className?: string }) {
  return <StateLabel state={state} pill className={className} />;
}

/** A state by its family and stored key. */
export function State<F extends StateFamily>(props: { family: F; value: StateOf<F>; pill?: boolean }) {
  return <StateLabel state={stateWord(props.family, props.value)} pill={props.pill} />;
}
