import type { z } from "zod";
import { IntegrationError } from "../contract/errors.ts";
import { parseJson } from "./paths.ts";

/** A stored position that nobody can read any more: kind cursor-expired, so that everything is read again. */
export const lostPosition = (): IntegrationError =>
  new IntegrationError("cursor-expired", "The stored position of this sync cannot be used.");

/** A position that was stored as JSON. Kind cursor-expired for anything that does not fit `schema`. */
export function readPosition<S extends z.ZodType>(schema: S, stored: string): z.output<S> {
  const parsed = schema.safeParse(parseJson(stored));
  if (parsed.success) return parsed.data;
  throw lostPosition();
}

/** A position that is a number, `first` where none is stored yet. Kind cursor-expired for anything else. */
export function countAt(stored: string | null | undefined, first: number): number {
  const position = stored === null || stored === undefined ? first : Number(stored);
  if (Number.isSafeInteger(position) && position >= first) return position;
  throw lostPosition();
}

/** The position behind a page that began at `start`; null behind a short one, which is the last. */
export const countAfter = (start: number, rows: number, size: number): string | null =>
  rows < size ? null : String(start + size);
