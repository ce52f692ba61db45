import type { PostingObservation, PostingProblem } from "../contract/capabilities.ts";
import { IntegrationError } from "../contract/errors.ts";

/** What holds a posting back, at a field of the form. */
export const problem = (field: string, message: string): PostingProblem => ({ field, level: "error", message });

/** A posting as its board holds it before a change. Kind conflict for one that is closed or gone: a change would bring it back. */
export function stillUp(seen: PostingObservation | null, board: string): PostingObservation {
  if (seen && seen.state !== "closed") return seen;
  throw new IntegrationError("conflict", `This posting is closed at ${board}.`);
}
