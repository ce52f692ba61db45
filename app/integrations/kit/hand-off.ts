import type { HandOffGuide } from "../contract/capabilities.ts";

/**
 * The guide of a board that a person posts to by hand: what to open, what to copy, and how it ends. `before` and `after` are
 * the steps in front of and behind the copying; texts that are empty are left out.
 */
export function handOffGuide(board: {
  name: string;
  openUrl: string;
  before: string;
  texts: Readonly<Record<string, string>>;
  after: string;
}): HandOffGuide {
  return {
    openUrl: board.openUrl,
    steps: [
      board.before,
      "Copy each text below into the field of the same name.",
      board.after,
      "Publish there, copy the address of the job page and paste it here.",
    ],
    blocks: Object.entries(board.texts).flatMap(([label, text]) => (text === "" ? [] : [{ label, text }])),
    closing: [`Open the job on ${board.name}.`, "Choose “Close job” there.", "Confirm here that it is gone."],
  };
}
