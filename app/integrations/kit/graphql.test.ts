import { expect, it } from "vitest";
import { z } from "zod";
import type { Http, HttpRequest } from "../contract/ctx.ts";
import { graphql, graphqlErrors } from "./graphql.server.ts";

const answer = (body: unknown, status = 200) => ({ status, headers: new Headers(), text: JSON.stringify(body) });
const failed = (code?: string) =>
  answer({ data: null, errors: [{ message: "No.", ...(code ? { extensions: { code } } : {}) }] });

it("gives what stands under data, and says of a mutation only when it may be repeated", async () => {
  const asked: HttpRequest[] = [];
  const http: Pick<Http, "json"> = {
    async json(request, schema) {
      asked.push(request);
      return schema.parse({ data: { job: { id: "7" } }, extensions: {} });
    },
  };
  const job = z.object({ job: z.object({ id: z.string() }) });
  const call = (idempotent?: true) =>
    graphql(
      { page: Promise.reject, send: Promise.reject, ...http },
      "https://api.example.com/graphql",
      { query: "query { job { id } }", variables: { id: 7 }, ...(idempotent ? { idempotent } : {}) },
      job,
    );
  expect(await call()).toEqual({ job: { id: "7" } });
  expect(await call(true)).toEqual({ job: { id: "7" } });
  const body = { query: "query { job { id } }", variables: { id: 7 } };
  const request = { method: "POST", url: "https://api.example.com/graphql", body };
  expect(asked).toEqual([request, { ...request, idempotent: true }]);
});

it.each([
  ["UNAUTHENTICATED", "auth-expired"],
  ["FORBIDDEN", "expired-or-forbidden"],
  ["BAD_USER_INPUT", "validation"],
  ["INTERNAL_SERVER_ERROR", "unavailable"],
  ["GRAPHQL_VALIDATION_FAILED", "contract"],
  ["GONE", "not-found"],
  ["SOMETHING_ELSE", "validation"],
  [undefined, "validation"],
])("reads the code %s as %s, the vendor's own reading first", (code, kind) => {
  const classify = graphqlErrors({ FORBIDDEN: "expired-or-forbidden", GONE: "not-found" });
  expect(classify(failed(code))).toBe(kind);
});

it("leaves an answer without errors and any other status to the kit", () => {
  expect(graphqlErrors()(answer({ data: {} }))).toBeNull();
  expect(graphqlErrors()(answer({ data: {}, errors: [] }))).toBeNull();
  expect(graphqlErrors()(answer({ errors: [{ message: "Slow down." }] }, 429))).toBeNull();
  expect(graphqlErrors()({ status: 200, headers: new Headers(), text: "<html>" })).toBeNull();
});
