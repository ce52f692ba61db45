import { expect, it } from "vitest";
import { z } from "zod";
import { readEvent, thinEvents, touchTable } from "./events.server.ts";

const at = new Date(0);
const requestOf = (body: string) => ({
  ...{ method: "POST", url: "https://portal.example/hook", headers: {}, body: Buffer.from(body) },
});
const table = touchTable([
  ["made changed", ["changed", "candidates", "person.id", "person_id"]],
  ["deleted", ["removed", "candidates", "person.id"], ["removed", "applications", "person.applications"]],
]);
const events = (type: string, payload: unknown) =>
  thinEvents({ dedupeId: "e1", type, at }, table.get(type) ?? [], payload);

it("names the record at the first path that holds an id", () => {
  const changed = { kind: "changed", resource: "candidates" };
  expect(events("made", { person: { id: 7 } })).toMatchObject([{ ...changed, externalId: "7", dedupeId: "e1:0" }]);
  expect(events("changed", { person_id: "8" })).toMatchObject([{ ...changed, externalId: "8" }]);
});

it("names each record of a list, under ids of their own", () => {
  const found = events("deleted", { person: { id: 7, applications: [1, 2] } });
  expect(found.map((one) => [one.dedupeId, "externalId" in one ? one.externalId : null])).toEqual([
    ["e1:0", "7"],
    ["e1:1", "1"],
    ["e1:2", "2"],
  ]);
});

it("passes over events that it does not know or that name nothing", () => {
  expect(events("unheard", { person: { id: 7 } })).toMatchObject([{ kind: "ignored", dedupeId: "e1" }]);
  expect(events("made", { person: null })).toMatchObject([{ kind: "ignored" }]);
});

it("says which field of a delivery cannot be read", () => {
  const schema = z.object({ action: z.string() });
  const read = (body: string) => () => readEvent(requestOf(body), schema, "Acme sent an event");
  expect(read('{"action":"made"}')()).toEqual({ action: "made" });
  expect(read('{"action":1}')).toThrow("Acme sent an event we cannot read: action.");
  expect(read("<html>")).toThrow("Acme sent an event we cannot read: body.");
});
