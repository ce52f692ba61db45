import { type EventType, eventTypes } from "./event-catalog.ts";
import { findsMany, parsePath, type Segment, valuesAt } from "./json-path.ts";
import { refusePath } from "./payload-paths.ts";

/* A template is JSON with `{{path}}` in its texts. Nothing in it is code: it is looked up in the event and put in place. */

export const TEMPLATE_BYTES = 16 * 1024;
/** What a filled template may grow to. */
export const FILLED_BYTES = 256 * 1024;
const DEPTH_AT_MOST = 20;
const PARTS_AT_MOST = 1_000;
const PLACEHOLDER = /(\\?)\{\{([^{}]*)\}\}/g;

type Piece = string | { path: string; segments: readonly Segment[] };
/** A template read once: fixed text between looked-up values. */
type Part =
  | { text: string }
  /** A text that is one placeholder: the value as it is. */
  | { whole: readonly Segment[] }
  /** A text with placeholders inside: everything becomes text. */
  | { pieces: readonly Piece[] };

/** Why a template cannot be used, in a sentence for its author. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}

interface Reading {
  parts: Part[];
  paths: Map<string, readonly Segment[]>;
  count: number;
}

/** Reads a template. Throws TemplateError with the place of the mistake. */
function read(template: string): Reading {
  if (Buffer.byteLength(template) > TEMPLATE_BYTES) throw new TemplateError("A template has at most 16 KiB.");
  const reading: Reading = { parts: [], paths: new Map(), count: 0 };
  const root = parseJson(template);
  if (typeof root !== "object" || root === null)
    throw new TemplateError('A template is a JSON object or list, for example { "job": "{{data.job.title}}" }.');
  walk(root, reading, 0);
  return reading;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : "")?.[1];
    const before = at === undefined ? null : text.slice(0, Number(at)).split("\n");
    const where = before ? ` Look at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}.` : "";
    throw new TemplateError(`This is no JSON.${where} Placeholders stand inside quotes: "{{data.job.title}}".`);
  }
}

const fixed = (reading: Reading, text: string): void => {
  const last = reading.parts.at(-1);
  if (last && "text" in last) last.text += text;
  else reading.parts.push({ text });
};

function walk(node: unknown, reading: Reading, depth: number): void {
  reading.count += 1;
  if (depth > DEPTH_AT_MOST) throw new TemplateError(`A template is at most ${DEPTH_AT_MOST} levels deep.`);
  if (reading.count > PARTS_AT_MOST) throw new TemplateError(`A template has at most ${PARTS_AT_MOST} values.`);
  if (typeof node === "string") words(node, reading);
  else if (typeof node !== "object" || node === null) fixed(reading, JSON.stringify(node));
  else members(node, reading, depth);
}

function members(node: object, reading: Reading, depth: number): void {
  const list = Array.isArray(node);
  fixed(reading, list ? "[" : "{");
  for (const [index, [key, value]] of Object.entries(node).entries()) {
    if (index > 0) fixed(reading, ",");
    if (!list) {
      if (key.includes("{{"))
        throw new TemplateError(`Placeholders stand in values, not in names: “${key.slice(0, 60)}”.`);
      fixed(reading, `${JSON.stringify(key)}:`);
    }
    walk(value, reading, depth + 1);
  }
  fixed(reading, list ? "]" : "}");
}

function words(text: string, reading: Reading): void {
  const pieces: Piece[] = [];
  let from = 0;
  for (const found of text.matchAll(PLACEHOLDER)) {
    const [all, escaped, inside = ""] = found;
    pieces.push(text.slice(from, found.index));
    from = found.index + all.length;
    if (escaped) {
      pieces.push(all.slice(1));
      continue;
    }
    const path = inside.trim();
    const segments = parsePath(path);
    if (typeof segments === "string") throw new TemplateError(`{{${path}}}: ${segments}`);
    reading.paths.set(path, segments);
    pieces.push({ path, segments });
  }
  pieces.push(text.slice(from));
  const said = pieces.filter((piece) => piece !== "");
  const [only] = said;
  if (said.length === 1 && typeof only === "object") reading.parts.push({ whole: only.segments });
  else if (said.every((piece) => typeof piece === "string")) fixed(reading, JSON.stringify(said.join("")));
  else reading.parts.push({ pieces: said });
}

/** Why a template cannot be saved for these events (none: all), in a sentence; null when it can. */
export function refuseTemplate(template: string, types: readonly EventType[]): string | null {
  const chosen = types.length > 0 ? types : eventTypes();
  try {
    for (const [path, segments] of read(template).paths) {
      const unknown = refusePath(path, segments, chosen);
      if (unknown !== null) return unknown;
    }
    return null;
  } catch (error) {
    if (error instanceof TemplateError) return error.message;
    throw error;
  }
}

const known = new Map<string, Reading>();

/** Templates are few and change seldom: the last ones read are kept. */
function readKept(template: string): Reading {
  const kept = known.get(template);
  if (kept) return kept;
  const reading = read(template);
  if (known.size >= 200) known.clear();
  known.set(template, reading);
  return reading;
}

/**
 * The filled template as JSON text. What an event does not have becomes null, or nothing inside a text. Throws
 * TemplateError when it is no template or grows above 256 KiB.
 */
export function fillPayload(template: string, event: unknown): string {
  let size = 0;
  const filled = readKept(template).parts.map((part) => {
    const text =
      "text" in part ? part.text : "whole" in part ? json(lookUp(event, part.whole)) : json(joined(part.pieces, event));
    size += text.length;
    if (size > FILLED_BYTES) throw new TemplateError("The filled template is larger than 256 KiB.");
    return text;
  });
  const body = filled.join("");
  if (Buffer.byteLength(body) > FILLED_BYTES) throw new TemplateError("The filled template is larger than 256 KiB.");
  return body;
}

const json = (value: unknown): string => JSON.stringify(value) ?? "null";

function lookUp(event: unknown, segments: readonly Segment[]): unknown {
  const found = valuesAt(event, segments);
  return findsMany(segments) ? found : (found[0] ?? null);
}

function joined(pieces: readonly Piece[], event: unknown): string {
  let text = "";
  for (const piece of pieces) {
    text += typeof piece === "string" ? piece : asText(lookUp(event, piece.segments));
    if (text.length > FILLED_BYTES) throw new TemplateError("The filled template is larger than 256 KiB.");
  }
  return text;
}

const asText = (value: unknown): string =>
  value === null || value === undefined ? "" : typeof value === "object" ? json(value) : String(value);
