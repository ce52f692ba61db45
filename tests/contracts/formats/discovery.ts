import {
  type Check,
  child,
  createChecks,
  entries,
  isJson,
  type Json,
  type Operation,
  pathPattern,
  pointer,
} from "../spec.ts";

/** The operations of a Google discovery document. It lists no statuses: an answer of 2xx is the one described. */
export function fromDiscovery(document: unknown): Operation[] {
  const clean = asJsonSchema(document);
  const checks = createChecks(clean);
  const base = String(child(document, "basePath") || `/${child(document, "servicePath") ?? ""}`);

  function operation(at: readonly string[], method: Json, original: unknown): Operation {
    const listed = [
      ...entries(child(clean, "parameters")).map(([name]) => ["parameters", name]),
      ...entries(method.parameters).map(([name]) => [...at, "parameters", name]),
    ];
    const query = listed
      .filter((path) => child(lookUp(clean, path), "location") === "query")
      .map((path): [string, { required: boolean; check: Check }] => {
        const repeated = child(lookUp(clean, path), "repeated") === true;
        const one = checks.parameter(pointer(...path));
        return [
          path.at(-1) ?? "",
          {
            required: child(lookUp(original, path), "required") === true,
            check: repeated ? (value) => (Array.isArray(value) ? value.flatMap(one) : one(value)) : one,
          },
        ];
      });
    const request = child(method.request, "$ref");
    const response = child(method.response, "$ref");
    return {
      name: `${method.httpMethod} ${base}${method.path}`,
      method: String(method.httpMethod),
      path: pathPattern(`${base}${method.path}`),
      query: new Map(query),
      bodies: new Map(typeof request === "string" ? [["application/json", checks.at(request)] as [string, Check]] : []),
      bodyRequired: false,
      answers: new Map([["2xx", typeof response === "string" ? checks.at(response) : null]]),
      listsStatuses: false,
    };
  }

  const walk = (at: readonly string[]): Operation[] => {
    const here = lookUp(clean, at);
    const methods = entries(child(here, "methods")).flatMap(([name, method]) =>
      isJson(method) ? [operation([...at, "methods", name], method, document)] : [],
    );
    const deeper = entries(child(here, "resources")).flatMap(([name]) => walk([...at, "resources", name]));
    return [...methods, ...deeper];
  };
  return walk([]).sort((a, b) => a.name.split("{").length - b.name.split("{").length);
}

const lookUp = (value: unknown, at: readonly string[]): unknown => at.reduce<unknown>(child, value);

/** Discovery's dialect turned into JSON Schema: references by name, "any", bounds as text, `required` and `id` in place. */
function asJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSchema);
  if (!isJson(value)) return value;
  const changed = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    if (key === "$ref" && typeof inner === "string") return [[key, pointer("schemas", inner)]];
    if (key === "id" && typeof inner === "string") return [];
    if (key === "required" && typeof inner === "boolean") return [];
    if (key === "type" && inner === "any") return [];
    if ((key === "minimum" || key === "maximum") && typeof inner === "string") return [[key, Number(inner)]];
    return [[key, asJsonSchema(inner)]];
  });
  return Object.fromEntries(changed);
}
