import { type EventType, eventJsonSchema } from "./event-catalog.ts";
import { pathsOf, type Segment, schemasAt } from "./json-path.ts";

/** Why a path finds nothing in any of these events, with the nearest that does; null when it can find something. */
export function refusePath(path: string, segments: readonly Segment[], types: readonly EventType[]): string | null {
  const schemas = types.map((type) => eventJsonSchema(type));
  if (schemas.some((schema) => schemasAt(schema, segments).length > 0)) return null;
  const known = new Set(schemas.flatMap((schema) => pathsOf(schema)));
  const said = path.trim().replace(/^\$\.?/, "");
  const near = [...known].map((one) => ({ one, far: distance(one, said) })).sort((a, b) => a.far - b.far)[0];
  const hint = near && near.far <= Math.max(3, said.length / 2) ? ` Did you mean ${near.one}?` : "";
  const where = types.length === 1 ? `${types[0]} has no “${said}”.` : `None of the chosen events has “${said}”.`;
  return `${where}${hint}`;
}

/** Levenshtein: how many letters differ. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
