/** One asked field: its name in the schema, the name it is answered under, its arguments and what is asked below it. */
export type Selection = {
  name: string;
  as: string;
  args: Record<string, unknown>;
  fields: readonly Selection[] | null;
};
export type Operation = { kind: "query" | "mutation"; fields: readonly Selection[] };

/** The text is no operation that the server can read. */
export class GraphQLSyntax extends Error {
  override readonly name = "GraphQLSyntax";
}

const TOKEN = /\s+|,|#[^\n]*|(\.\.\.|[{}()[\]:!$=@]|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|[A-Za-z_]\w*)/gy;

const tokensOf = (text: string): string[] => {
  const found: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new GraphQLSyntax(`Unexpected character at ${at}`);
    if (match[1] !== undefined) found.push(match[1]);
  }
  return found;
};

/** Reads one operation. Fragments are taken as part of what they stand in; directives and named fragments are refused. */
export const parseOperation = (text: string, variables: Record<string, unknown>): Operation => {
  const tokens = tokensOf(text);
  let at = 0;
  const peek = () => tokens[at];
  const next = () => {
    const token = tokens[at++];
    if (token === undefined) throw new GraphQLSyntax("Unexpected end of the document");
    return token;
  };
  const expect = (wanted: string) => {
    const token = next();
    if (token !== wanted) throw new GraphQLSyntax(`Expected "${wanted}", found "${token}"`);
  };
  const name = () => {
    const token = next();
    if (!/^[A-Za-z_]/.test(token)) throw new GraphQLSyntax(`Expected a name, found "${token}"`);
    return token;
  };

  const value = (): unknown => {
    const token = next();
    if (token === "$") return variables[name()];
    if (token === "[") {
      const items: unknown[] = [];
      while (peek() !== "]") items.push(value());
      next();
      return items;
    }
    if (token === "{") {
      const object: Record<string, unknown> = {};
      while (peek() !== "}") {
        const key = name();
        expect(":");
        object[key] = value();
      }
      next();
      return object;
    }
    if (/^["\d-]/.test(token)) return JSON.parse(token);
    const words: Record<string, unknown> = { true: true, false: false, null: null };
    return Object.hasOwn(words, token) ? words[token] : token;
  };

  const args = (): Record<string, unknown> => {
    const found: Record<string, unknown> = {};
    if (peek() !== "(") return found;
    next();
    while (peek() !== ")") {
      const key = name();
      expect(":");
      found[key] = value();
    }
    next();
    return found;
  };

  const selections = (): Selection[] => {
    expect("{");
    const found: Selection[] = [];
    while (peek() !== "}") {
      if (peek() === "...") {
        next();
        expect("on");
        name();
        found.push(...selections());
        continue;
      }
      const first = name();
      const aliased = peek() === ":";
      if (aliased) next();
      const field = aliased ? name() : first;
      const given = args();
      found.push({ name: field, as: first, args: given, fields: peek() === "{" ? selections() : null });
    }
    next();
    return found;
  };

  const skipVariables = () => {
    if (peek() !== "(") return;
    while (next() !== ")");
  };

  let kind: Operation["kind"] = "query";
  if (peek() !== "{") {
    const word = name();
    if (word !== "query" && word !== "mutation") throw new GraphQLSyntax(`"${word}" is no operation`);
    kind = word;
    if (peek() !== "{" && peek() !== "(") name();
    skipVariables();
  }
  const fields = selections();
  if (peek() !== undefined) throw new GraphQLSyntax(`Unexpected "${peek()}" after the operation`);
  return { kind, fields };
};

/** Asked for something that the schema does not have. */
export class UnknownField extends Error {
  override readonly name = "UnknownField";
}

/** Only what was asked for, under the names asked for; lists item by item. */
export const project = (value: unknown, fields: readonly Selection[] | null, path = "Query"): unknown => {
  if (Array.isArray(value)) return value.map((item) => project(item, fields, path));
  if (typeof value !== "object" || value === null) return value;
  if (fields === null) throw new UnknownField(`Field "${path}" must have a selection of subfields`);
  const record: Record<string, unknown> = { ...value };
  return Object.fromEntries(
    fields.map((field) => {
      if (!Object.hasOwn(record, field.name)) throw new UnknownField(`Cannot query field "${field.name}" on "${path}"`);
      return [field.as, project(record[field.name], field.fields, field.name)];
    }),
  );
};
