/** The comparisons of a condition, as the form names them. */
export const operatorWords: readonly { value: string; label: string }[] = [
  { value: "eq", label: "is" },
  { value: "ne", label: "is not" },
  { value: "in", label: "is one of" },
  { value: "contains", label: "contains" },
  { value: "gt", label: "is above" },
  { value: "lt", label: "is below" },
  { value: "exists", label: "is there" },
];
