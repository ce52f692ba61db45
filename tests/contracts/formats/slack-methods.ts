import { type Check, child, createChecks, entries, type Operation, pathPattern, pointer } from "../spec.ts";

/**
 * The operations of Slack's method descriptors, by method name. The token may travel in the header; arguments come as form, JSON
 * where the method takes it, or query. Slack answers 200 also when it fails: only an answer that is ok is described.
 */
export function fromSlackMethods(descriptors: Readonly<Record<string, unknown>>): Operation[] {
  const bare = Object.fromEntries(
    Object.entries(descriptors).map(([name, descriptor]) => [
      name,
      { ...tokenOptional(descriptor), takesJson: child(descriptor, "json_input_supported") === true },
    ]),
  );
  const checks = createChecks(bare);
  return Object.entries(bare).flatMap(([name, { args, takesJson }]) =>
    ["GET", "POST"].map((method): Operation => {
      const answer = checks.at(pointer(name, "output"));
      const form: [string, Check] = ["application/x-www-form-urlencoded", checks.form(pointer(name, "args"))];
      const json: [string, Check] = ["application/json", checks.at(pointer(name, "args"))];
      return {
        name: `${method} /api/${name}`,
        method,
        path: pathPattern(`/api/${name}`),
        query: new Map(
          entries(child(args, "properties")).map(([key]) => [
            key,
            { required: false, check: checks.parameter(pointer(name, "args", "properties", key)) },
          ]),
        ),
        bodies: new Map(method === "GET" ? [] : takesJson ? [form, json] : [form]),
        bodyRequired: false,
        answers: new Map([["200", (body) => (child(body, "ok") === true ? answer(body) : [])]]),
        listsStatuses: true,
      };
    }),
  );
}

function tokenOptional(descriptor: unknown) {
  const args = child(descriptor, "args");
  const required = child(args, "required");
  return {
    args: {
      type: "object",
      properties: child(args, "properties") ?? {},
      additionalProperties: false,
      required: Array.isArray(required) ? required.filter((key) => key !== "token") : [],
    },
    output: child(descriptor, "output") ?? {},
  };
}
