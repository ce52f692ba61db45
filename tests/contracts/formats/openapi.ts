import { type Check, child, createChecks, entries, isJson, type Operation, pathPattern, pointer } from "../spec.ts";

const methods = new Set(["get", "put", "post", "delete", "patch", "head"]);

/** The operations of an OpenAPI 3 document, under a base path. */
export function fromOpenApi(original: unknown, base: string): Operation[] {
  const document = withNulls(original);
  const checks = createChecks(document);
  const follow = (at: readonly string[]): readonly string[] => {
    const ref = child(look(at), "$ref");
    return typeof ref === "string" ? ref.slice(2).split("/") : at;
  };
  const look = (at: readonly string[]): unknown => at.reduce<unknown>((value, part) => child(value, part), document);
  const content = (at: readonly string[]): [string, readonly string[]][] =>
    entries(child(look(at), "content")).map(([type]) => [
      type.split(";")[0] ?? type,
      [...at, "content", type, "schema"],
    ]);

  function operation(template: string, method: string): Operation {
    const own = ["paths", template, method];
    const lists = [
      ["paths", template, "parameters"],
      [...own, "parameters"],
    ];
    const parameters = lists.flatMap((list) => entriesOfList(look(list)).map((index) => follow([...list, index])));
    const query = parameters
      .filter((at) => child(look(at), "in") === "query")
      .map((at): [string, { required: boolean; check: Check }] => [
        String(child(look(at), "name")),
        { required: child(look(at), "required") === true, check: checks.parameter(pointer(...at, "schema")) },
      ]);
    const body = follow([...own, "requestBody"]);
    const bodies = content(body).map(([type, at]): [string, Check] => [
      type,
      type.includes("form") ? checks.form(pointer(...at)) : checks.at(pointer(...at)),
    ]);
    const answers = entries(look([...own, "responses"])).map(([status]): [string, Check | null] => {
      const [json] = content(follow([...own, "responses", status])).filter(([type]) => type.includes("json"));
      return [status.toLowerCase(), json && look(json[1]) !== undefined ? checks.at(pointer(...json[1])) : null];
    });
    return {
      name: `${method.toUpperCase()} ${template}`,
      method: method.toUpperCase(),
      path: pathPattern(base + template),
      query: new Map(query),
      bodies: new Map(bodies),
      bodyRequired: child(look(body), "required") === true,
      answers: new Map(answers),
      listsStatuses: true,
    };
  }

  const all = entries(child(document, "paths")).flatMap(([template, item]) =>
    entries(item).flatMap(([method]) => (methods.has(method) ? [operation(template, method)] : [])),
  );
  // A fixed path comes before one with a parameter in the same place.
  return all.sort((a, b) => a.name.split("{").length - b.name.split("{").length);
}

/** `nullable` as JSON Schema has it: one more alternative. Beside a `type` the validator knows it itself. */
function withNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNulls);
  if (!isJson(value)) return value;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withNulls(inner)]),
  );
  if (nullable !== true || isJson(nullable)) return nullable === undefined ? rest : { ...rest, nullable };
  if (typeof rest.type === "string") return { ...rest, nullable };
  return rest.$ref || rest.allOf || rest.oneOf || rest.anyOf ? { anyOf: [rest, { type: "null" }] } : rest;
}

const entriesOfList = (value: unknown): string[] =>
  Array.isArray(value) ? value.flatMap((item, index) => (isJson(item) ? [String(index)] : [])) : [];
