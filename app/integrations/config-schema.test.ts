import { describe, expect, it } from "vitest";
import { schemaFor, splitSecrets, strategyFor } from "./config-schema.server.ts";
import type { ConfigField, Manifest } from "./contract/manifest.ts";

const fields = [
  {
    key: "api",
    label: "API version",
    help: "",
    kind: "select",
    initial: "v3",
    options: [
      { value: "v3", label: "Harvest v3" },
      { value: "v1", label: "Harvest v1" },
    ],
  },
  { key: "clientId", label: "Client ID", help: "", kind: "text", when: { field: "api", is: "v3" } },
  {
    key: "clientSecret",
    label: "Client secret",
    help: "",
    kind: "secret",
    minLength: 8,
    when: { field: "api", is: "v3" },
  },
  { key: "apiKey", label: "API key", help: "", kind: "secret", when: { field: "api", is: "v1" } },
  {
    key: "user",
    label: "Acting user",
    help: "",
    kind: "text",
    optional: true,
    pattern: { source: "\\d+", message: "The acting user is a number." },
  },
  { key: "server", label: "Server", help: "", kind: "url", optional: true },
  { key: "days", label: "Days", help: "", kind: "number", optional: true },
  { key: "twoWay", label: "Two-way sync", help: "", kind: "boolean" },
  { key: "hook", label: "Webhook secret", help: "", kind: "secret", generated: true },
] as const satisfies readonly ConfigField[];

const auth: Manifest["auth"] = {
  kind: "choice",
  field: "api",
  options: { v1: { kind: "api-key", field: "apiKey", send: { in: "basic-username" } }, v3: { kind: "none" } },
};

const messages = (given: Record<string, unknown>, stored: string[] = []) => {
  const result = schemaFor({ fields }, stored).safeParse(given);
  return result.success
    ? {}
    : Object.fromEntries(result.error.issues.map((issue) => [issue.path.join("."), issue.message]));
};

describe("the schema of a form", () => {
  it("asks for every required field that is shown, in plain words", () => {
    expect(messages({})).toEqual({ clientId: "Enter the client ID.", clientSecret: "Enter the client secret." });
    expect(messages({ api: "v1" })).toEqual({ apiKey: "Enter the API key." });
  });

  it("trims, types and drops what is hidden or empty", () => {
    const form = new FormData();
    for (const [name, value] of Object.entries({
      api: "v1",
      apiKey: "  key-1 ",
      clientId: "left over",
      user: "",
      days: "7",
      twoWay: "on",
    }))
      form.set(name, value);
    expect(schemaFor({ fields }).parse(Object.fromEntries(form))).toEqual({
      api: "v1",
      apiKey: "key-1",
      days: 7,
      twoWay: true,
    });
  });

  it("says what is wrong under the field", () => {
    const typed = { clientId: "c", clientSecret: "short", user: "ada", server: "http://x.example", days: "many" };
    expect(messages(typed)).toEqual({
      clientSecret: "Client secret is shorter than 8 characters.",
      user: "The acting user is a number.",
      server: "Server must be a full address that begins with https://.",
      days: "Days must be a number.",
    });
    expect(messages({ api: "v9" })).toEqual({ api: "Choose one of the offered values for API version." });
  });

  it("keeps a stored secret when its entry is left empty", () => {
    expect(messages({ clientId: "c", clientSecret: "" }, ["clientSecret"])).toEqual({});
  });

  it("does not let a pattern match only a part", () => {
    expect(messages({ clientId: "c", clientSecret: "long-enough", user: "1; drop" })).toHaveProperty("user");
  });
});

it("parts secrets from what an adapter may see", () => {
  expect(splitSecrets({ fields }, { api: "v1", apiKey: "k", twoWay: false, other: "x" })).toEqual({
    config: { api: "v1", twoWay: false },
    secrets: { apiKey: "k" },
  });
});

it("finds the strategy by the chosen field, its initial value when unset", () => {
  expect(strategyFor({ auth, fields }, {})).toEqual({ kind: "none" });
  expect(strategyFor({ auth, fields }, { api: "v1" })).toMatchObject({ kind: "api-key" });
});
