/**
 * A small, strict part of JSONPath (RFC 9535): names, places in a list and "every element". No filters, no recursion, no
 * functions: what a stranger writes is looked up, never run.
 */
export type Segment = { name: string } | { index: number } | { every: true };

const SEGMENTS_AT_MOST = 12;
const LENGTH_AT_MOST = 200;
const PART = /\.([A-Za-z_][\w-]*)|\[(\d{1,4})\]|\[(\*)\]|\[(?:'([^'\\\]]{1,100})'|"([^"\\\]]{1,100})")\]/y;

/** The parts of `$.data.job.title`; the leading `$.` may be left out. A string instead is why it is no path. */
export function parsePath(text: string): readonly Segment[] | string {
  const said = text.trim();
  if (said === "") return "Say where to look, for example data.job.title.";
  if (said.length > LENGTH_AT_MOST) return `A path has at most ${LENGTH_AT_MOST} characters.`;
  if (said === "$") return [];
  const rest = said.startsWith("$") ? said.slice(1) : said.startsWith("[") ? said : `.${said}`;
  const segments: Segment[] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < rest.length) {
    const from = PART.lastIndex;
    const found = PART.exec(rest);
    if (!found) return `“${said}” is no path from “${rest.slice(from, from + 20)}” on. Write it like data.job.title.`;
    const [, name, index, every, single, double] = found;
    if (index !== undefined) segments.push({ index: Number(index) });
    else if (every !== undefined) segments.push({ every: true });
    else segments.push({ name: name ?? single ?? double ?? "" });
    if (segments.length > SEGMENTS_AT_MOST) return `A path has at most ${SEGMENTS_AT_MOST} parts.`;
  }
  return segments;
}

/** Everything that stands at a path; empty when nothing does. Only a value's own members are seen. */
export function valuesAt(root: unknown, segments: readonly Segment[]): unknown[] {
  let found: unknown[] = [root];
  for (const segment of segments) found = found.flatMap((value) => step(value, segment));
  return found;
}

function step(value: unknown, segment: Segment): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  if ("every" in segment) return Array.isArray(value) ? value : [];
  if ("index" in segment) return Array.isArray(value) && segment.index < value.length ? [value[segment.index]] : [];
  if (Array.isArray(value) || !Object.hasOwn(value, segment.name)) return [];
  const inner: unknown = Reflect.get(value, segment.name);
  return [inner];
}

/** Whether a path may find more than one value. */
export const findsMany = (segments: readonly Segment[]): boolean => segments.some((segment) => "every" in segment);

type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const member = (schema: Schema, name: string): unknown => (Object.hasOwn(schema, name) ? schema[name] : undefined);

/** The parts of a JSON Schema that describe what a path finds; empty when no value of it can have anything there. */
export function schemasAt(schema: unknown, segments: readonly Segment[]): Schema[] {
  if (!isSchema(schema)) return [];
  const options = ["anyOf", "oneOf"].map((key) => member(schema, key)).find(Array.isArray);
  if (options) return options.flatMap((option) => schemasAt(option, segments));
  const [head, ...rest] = segments;
  if (head === undefined) return [schema];
  if ("name" in head) {
    const properties = member(schema, "properties");
    const own = isSchema(properties) ? member(properties, head.name) : undefined;
    return schemasAt(own ?? member(schema, "additionalProperties"), rest);
  }
  return schemasAt(member(schema, "items"), rest);
}

/** The JSON types that a schema allows, where it says so. */
export const typesOf = ({ type }: Schema): string[] =>
  (Array.isArray(type) ? type : [type]).filter((one) => typeof one === "string");

/** Every path of a JSON Schema that leads to a value, for suggestions: `data.job.title`. */
export function pathsOf(schema: unknown, prefix = ""): string[] {
  if (!isSchema(schema)) return [];
  const options = ["anyOf", "oneOf"].map((key) => member(schema, key)).find(Array.isArray);
  if (options) return [...new Set(options.flatMap((option) => pathsOf(option, prefix)))];
  const items = member(schema, "items");
  if (items !== undefined) return [prefix, ...pathsOf(items, `${prefix}[*]`)];
  const properties = member(schema, "properties");
  const own = isSchema(properties)
    ? Object.entries(properties).flatMap(([name, part]) => pathsOf(part, prefix === "" ? name : `${prefix}.${name}`))
    : [];
  return prefix === "" ? own : [prefix, ...own];
}
