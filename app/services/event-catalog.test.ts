import { describe, expect, it } from "vitest";
import { eventBody } from "./event-body.ts";
import { eventDefinition, eventJsonSchema, eventTypes, isEventType } from "./event-catalog.ts";

const id = "01920000-0000-7000-8000-0000000000aa";
const at = new Date("2026-09-21T13:33:20Z");

describe("the event catalogue", () => {
  it("holds the five events of the hiring day", () => {
    const five = ["application.received", "application.status_changed", "job.posted", "job.closed", "message.received"];
    expect(eventTypes()).toEqual(expect.arrayContaining(five));
  });

  it.each(eventTypes())("%s has a sample of its own shape and a schema that names it", (type) => {
    const definition = eventDefinition(type);
    expect(definition.data.parse(definition.sample)).toEqual(definition.sample);
    expect(eventJsonSchema(type)).toMatchObject({ title: type, type: "object", properties: { type: { const: type } } });
  });

  it("knows its own types only", () => {
    expect(isEventType("application.received")).toBe(true);
    expect(isEventType("toString")).toBe(false);
  });
});

describe("an event's body", () => {
  const sample = eventDefinition("job.closed").sample;

  it("names the event, the time it happened and whose it is", () => {
    const body = JSON.parse(eventBody({ id, type: "job.closed", at, employerId: id, data: sample }));
    expect(body).toEqual({ id, type: "job.closed", timestamp: "2026-09-21T13:33:20.000Z", employer: id, data: sample });
  });

  it("says so when it is a test", () => {
    expect(eventBody({ id, type: "job.closed", at, employerId: id, data: sample, test: true })).toContain(
      '"test":true',
    );
  });

  it("refuses data that the catalogue does not describe", () => {
    expect(() => eventBody({ id, type: "job.closed", at, employerId: id, data: { job: "8841" } })).toThrow();
  });
});
