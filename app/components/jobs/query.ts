/** The address of a list with some of its filters changed; empty ones are left out. "?" alone clears everything. */
export function withQuery(
  filter: Readonly<Record<string, string | undefined>>,
  changes: Readonly<Record<string, string>>,
): string {
  const entries = Object.entries({ ...filter, ...changes }).flatMap(([name, value]) => (value ? [[name, value]] : []));
  return `?${new URLSearchParams(entries)}`;
}
