import type { ErrorKind } from "#app/integrations/contract/errors.ts";
import type { Answer, OpeningName } from "./answering.ts";
import type { Work } from "./calls.ts";

/**
 * One refusal of a vendor as its documents or a real server show it, and the kind that it is. Texts for people, which the
 * sources leave out and nothing is read from, are ours.
 */
export interface ErrorShape {
  vendor: OpeningName;
  /** The section of the vendor's fact sheet. */
  section: string;
  what: string;
  /** What the vendor says, call by call; the last answer goes on. */
  api: readonly Answer[];
  kind: ErrorKind;
  /** Our sign-in test unless another call meets it. */
  call?: Work;
  code?: string;
  /** The field to mend, in our words. */
  field?: string;
  /** Seconds until the next call is allowed. */
  waits?: number;
  /** What the sheet has from one weak source or from nowhere; absent where all of it is confirmed. */
  unsure?: string;
}

/** The dialects in which they refuse. */
export const slack = (error: string, more: object = {}): readonly Answer[] => [
  { status: 200, body: { ok: false, error, ...more } },
];
export const google = (status: number, reason: string, message: string, domain = "global"): readonly Answer[] => [
  { status, body: { error: { code: status, message, errors: [{ domain, reason, message }] } } },
];
export const indeed = (code: string, message: string): readonly Answer[] => [
  { status: 200, body: { errors: [{ message, extensions: { code, classification: code } }], data: null } },
];
export const linkedin = (status: number, message: string, more: object = {}): readonly Answer[] => [
  { status, body: { status, ...more, message } },
];
