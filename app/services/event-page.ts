import { eventBody } from "./event-body.ts";
import { type EventType, eventDefinition, eventJsonSchema, eventTypes, type Subject } from "./event-catalog.ts";
import { parsePath, pathsOf, schemasAt, typesOf } from "./json-path.ts";

/** One line of an event's fields: where it stands, what it is, and what it means. */
export interface FieldLine {
  path: string;
  kind: string;
  note: string;
}

export interface EventShown {
  type: EventType;
  summary: string;
  version: number;
  fields: FieldLine[];
  /** A whole body, as it is sent. */
  sample: string;
  schema: string;
}

export interface EventGroup {
  subject: Subject;
  title: string;
  events: EventShown[];
}

const titles: Readonly<Record<Subject, string>> = {
  ...{ application: "Applications", job: "Jobs", posting: "Postings", message: "Messages", connection: "Connections" },
  ...{ sync: "Copies from tools", interview: "Interviews", issue: "Issues", endpoint: "Webhook endpoints" },
};

const SAMPLE_ID = "01920000-0000-7000-8000-0000000000aa";
const TYPES: Readonly<Record<string, string>> = { string: "text", integer: "number" };
const FORMATS: Readonly<Record<string, string>> = { uuid: "id", "date-time": "time", email: "e-mail" };

/** What stands at a path, in a word: "text", "time or null", "active | hired". */
function kindOf(schemas: readonly Readonly<Record<string, unknown>>[]): string {
  const words = schemas.flatMap((schema) => {
    const { format, enum: options, const: constant } = schema;
    if (constant !== undefined) return [JSON.stringify(constant)];
    if (Array.isArray(options)) return [options.map(String).join(" | ")];
    if (typeof format === "string" && FORMATS[format]) return [FORMATS[format]];
    return typesOf(schema).map((type) => TYPES[type] ?? type);
  });
  return [...new Set(words)].join(" or ");
}

function fieldsOf(type: EventType): FieldLine[] {
  const schema = eventJsonSchema(type);
  return pathsOf(schema).flatMap((path) => {
    const segments = parsePath(path);
    const found = typeof segments === "string" ? [] : schemasAt(schema, segments);
    if (found.every((one) => one.type === "object")) return [];
    const note = found.map((one) => one.description).find((one) => typeof one === "string");
    return [{ path, kind: kindOf(found), note: typeof note === "string" ? note : "" }];
  });
}

function shown(type: EventType): EventShown {
  const { summary, version, sample: data } = eventDefinition(type);
  const at = new Date("2026-09-21T13:33:20.000Z");
  const body = eventBody({ id: SAMPLE_ID, type, at, employerId: SAMPLE_ID, data });
  return {
    ...{ type, summary, version, fields: fieldsOf(type) },
    sample: JSON.stringify(JSON.parse(body), null, 2),
    schema: JSON.stringify(eventJsonSchema(type), null, 2),
  };
}

/** The catalogue page: every event by what it is about. */
export function eventGroups(): EventGroup[] {
  const groups = new Map<Subject, EventGroup>();
  for (const type of eventTypes()) {
    const { subject } = eventDefinition(type);
    const group = groups.get(subject) ?? { subject, title: titles[subject], events: [] };
    group.events.push(shown(type));
    groups.set(subject, group);
  }
  return [...groups.values()];
}
