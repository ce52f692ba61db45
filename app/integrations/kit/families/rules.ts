import type { PostingRule } from "../../contract/manifest.ts";

interface Limits {
  min?: number;
  max?: number;
}

const count = (characters: number) => characters.toLocaleString("en-US");

const lengths = (board: string, field: "title" | "description", { min, max }: Limits): PostingRule[] => [
  ...(min === undefined
    ? []
    : [
        {
          rule: "length",
          field,
          min,
          message: `${board} wants a ${field} of at least ${count(min)} characters.`,
        } as const,
      ]),
  ...(max === undefined
    ? []
    : [
        { rule: "length", field, max, message: `${board} takes ${field}s of up to ${count(max)} characters.` } as const,
      ]),
];

/** The lengths that a board takes, a rule for each limit, in the same words for all boards. */
export const lengthRules = (
  board: string,
  { title = {}, description = {} }: { title?: Limits; description?: Limits },
): readonly PostingRule[] => [...lengths(board, "title", title), ...lengths(board, "description", description)];
