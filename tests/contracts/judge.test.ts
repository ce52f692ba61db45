import { describe, expect, it } from "vitest";
import { fromDiscovery } from "./formats/discovery.ts";
import { fromOpenApi } from "./formats/openapi.ts";
import { fromSlackMethods } from "./formats/slack-methods.ts";
import { type Exchange, judgeExchange } from "./judge.ts";
import type { Operation } from "./spec.ts";

const said = (over: Partial<Omit<Exchange, "url" | "headers">> & { url?: string; type?: string }): Exchange => ({
  method: "GET",
  body: "",
  status: 200,
  answerType: "application/json; charset=utf-8",
  answer: "{}",
  spoilt: false,
  ...over,
  url: new URL(over.url ?? "https://api.acme.example/v2/pots/7"),
  headers: new Headers({ "content-type": over.type ?? "application/json" }),
});
const faults = (operations: Operation[], exchange: Exchange) =>
  judgeExchange([{ covers: (host) => host === "api.acme.example", operations }], exchange)?.faults.map(
    (fault) => fault.split(" · ")[1],
  );

describe("an OpenAPI document", () => {
  const pot = {
    type: "object",
    required: ["potId"],
    additionalProperties: false,
    properties: {
      potId: { type: "integer", format: "int32" },
      name: { type: "string", nullable: true },
      owner: { $ref: "#/components/schemas/Owner", nullable: true },
      fired: { type: "string", format: "date-time" },
    },
  };
  const json = (schema: unknown) => ({ content: { "application/json": { schema } } });
  const acme = fromOpenApi(
    {
      openapi: "3.0.1",
      paths: {
        "/pots/{potId}": { get: { responses: { 200: json({ $ref: "#/components/schemas/Pot" }), 404: {} } } },
        "/pots/broken": { get: { responses: { 200: json({ type: "array" }) } } },
        "/pots": {
          parameters: [{ $ref: "#/components/parameters/Limit" }],
          get: {
            parameters: [
              { name: "Kind", in: "query", schema: { type: "array", items: { type: "string", enum: ["a", "b"] } } },
            ],
            responses: { 200: json({ type: "object" }) },
          },
          post: {
            requestBody: { required: true, ...json({ $ref: "#/components/schemas/Pot" }) },
            responses: { 201: {} },
          },
        },
      },
      components: {
        parameters: { Limit: { name: "Limit", in: "query", schema: { type: "integer", maximum: 10 } } },
        schemas: { Pot: pot, Owner: { type: "object", properties: { id: { type: "integer" } } } },
      },
    },
    "/v2",
  );
  const list = "https://api.acme.example/v2/pots";

  it("lets pass what it says", () => {
    const answer = JSON.stringify({ potId: 7, name: null, owner: null, fired: "2026-09-01T00:00:00Z" });
    expect(faults(acme, said({ answer }))).toEqual([]);
    expect(faults(acme, said({ url: `${list}?Limit=3&Kind=a&Kind=b` }))).toEqual([]);
    expect(faults(acme, said({ url: `${list}/broken`, answer: "[]" }))).toEqual([]);
    expect(faults(acme, said({ status: 404, answer: "" }))).toEqual([]);
  });

  it.each([
    [{ answer: "{}" }, "answer 200 / must have required property 'potId'"],
    [{ answer: '{"potId":"7"}' }, "answer 200 /potId must be integer"],
    [{ answer: '{"potId":7,"glaze":1}' }, "answer 200 / must NOT have additional properties (glaze)"],
    [{ answer: '{"potId":7,"fired":"yesterday"}' }, 'answer 200 /fired must match format "date-time"'],
    [{ answer: "<html>", answerType: "text/html" }, "answer 200 comes as text/html"],
    [{ status: 418 }, "answer 418 is not listed"],
    [{ url: `${list}?Limit=11` }, "query Limit /value must be <= 10"],
    [{ url: `${list}?Kind=c` }, "query Kind /value/* must be equal to one of the allowed values (a, b)"],
    [{ url: `${list}?Size=1` }, "query Size is not a parameter"],
    [{ url: list, method: "POST", status: 201 }, "body is missing"],
    [{ url: list, method: "POST", status: 201, body: "{}" }, "body / must have required property 'potId'"],
    [
      { url: list, method: "POST", status: 201, body: "x=1", type: "text/plain" },
      "body is text/plain, which is not taken",
    ],
    [{ url: `${list}/7/lids` }, "the documents have no such call"],
  ])("finds %j", (over, fault) => {
    expect(faults(acme, said(over))).toEqual([fault]);
  });

  it("does not judge an answer that the simulation was told to spoil, nor a host of which it says nothing", () => {
    expect(faults(acme, said({ answer: "{}", spoilt: true }))).toEqual([]);
    expect(faults(acme, said({ url: "https://id.acme.example/token" }))).toBeUndefined();
  });
});

describe("a discovery document", () => {
  const acme = fromDiscovery({
    basePath: "/v2/",
    parameters: { alt: { type: "string", location: "query" } },
    schemas: { Pot: { id: "Pot", type: "object", properties: { size: { type: "integer" }, any: { type: "any" } } } },
    resources: {
      pots: {
        methods: {
          patch: {
            httpMethod: "PATCH",
            path: "pots/{potId}",
            parameters: {
              potId: { type: "string", location: "path", required: true },
              notify: { type: "string", enum: ["all", "none"], location: "query", required: true },
              most: { type: "integer", maximum: "5", location: "query" },
            },
            request: { $ref: "Pot" },
            response: { $ref: "Pot" },
          },
        },
      },
    },
  });
  const patch = (query: string, body: string, answer = "{}") =>
    faults(acme, said({ method: "PATCH", url: `https://api.acme.example/v2/pots/7?${query}`, body, answer }));

  it("holds query, body and answer to its own dialect", () => {
    expect(patch("notify=all&alt=json&most=5", '{"size":1,"any":[]}')).toEqual([]);
    expect(patch("most=6", "{}")).toEqual(["query notify is missing", "query most /value must be <= 5"]);
    expect(patch("notify=some", "{}")).toHaveLength(1);
    expect(patch("notify=all", '{"size":"big"}', '{"size":"big"}')).toEqual([
      "body /size must be integer",
      "answer 200 /size must be integer",
    ]);
  });
});

describe("a Slack method descriptor", () => {
  const descriptor = {
    json_input_supported: false,
    args: {
      required: ["token", "channel"],
      properties: { token: { type: "string" }, channel: { type: "string" }, unfurl: { type: "boolean" } },
    },
    output: { type: "object", required: ["ts"] },
  };
  const acme = fromSlackMethods({ "chat.post": descriptor });
  const post = (body: string, answer = '{"ok":true,"ts":"1"}', type = "application/x-www-form-urlencoded") =>
    faults(acme, said({ method: "POST", url: "https://api.acme.example/api/chat.post", body, answer, type }));

  it("takes the token from the header, and describes only answers that are ok", () => {
    expect(post("channel=C1&unfurl=true")).toEqual([]);
    expect(post("channel=C1", '{"ok":false,"error":"not_in_channel"}')).toEqual([]);
    expect(post("unfurl=true")).toEqual(["body / must have required property 'channel'"]);
    expect(post("channel=C1&colour=red")).toEqual(["body / must NOT have additional properties (colour)"]);
    expect(post("channel=C1", '{"ok":true}')).toEqual(["answer 200 / must have required property 'ts'"]);
    expect(post("{}", undefined, "application/json")).toEqual(["body is application/json, which is not taken"]);
  });
});
