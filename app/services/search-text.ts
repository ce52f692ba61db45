/** A pattern for `ilike` that finds the words anywhere; signs that mean something to `like` are taken as they are. */
export const likeText = (words: string): string => `%${words.trim().replace(/[\\%_]/g, "\\$&")}%`;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An id from an address, or undefined when it is none. */
export const idOf = (value: string | null | undefined): string | undefined =>
  value && UUID.test(value) ? value : undefined;
