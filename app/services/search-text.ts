import { AppError } from "./errors.ts";

/** A pattern for `ilike` that finds the words anywhere; signs that mean something to `like` are taken as they are. */
export const likeText = (words: string): string => `%${words.trim().replace(/[\\%_]/g, "\\$&")}%`;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An id from an address, or undefined when it is none. */
export const idOf = (value: string | null | undefined): string | undefined =>
  value && UUID.test(value) ? value : undefined;

/** An id from an address; AppError not-found when it is none, as for an id that does not exist. */
export function needId(value: string | null | undefined): string {
  const id = idOf(value);
  if (id === undefined) throw new AppError("not-found", "Nothing lives at this address.");
  return id;
}
