import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventBody } from "./event-body.ts";
import { eventDefinition, eventTypes } from "./event-catalog.ts";
import { FILLED_BYTES, fillPayload, refuseTemplate, TEMPLATE_BYTES, TemplateError } from "./payload-template.ts";

const event = {
  type: "job.closed",
  data: { job: { id: "j1", title: 'Engineer "R&D"\nBerlin' }, count: 3, open: false, none: null, tags: ["a", "b"] },
};
const fill = (template: unknown) => JSON.parse(fillPayload(JSON.stringify(template), event));

describe("a payload template", () => {
  it("keeps the JSON type of a value that stands alone", () => {
    expect(
      fill({ n: "{{data.count}}", o: "{{ data.open }}", x: "{{data.none}}", j: "{{data.job}}", t: "{{$.data.tags}}" }),
    ).toEqual({ n: 3, o: false, x: null, j: event.data.job, t: ["a", "b"] });
  });

  it("writes values into a text, quotes and line ends included", () => {
    expect(fill({ text: "Closed: {{data.job.title}} ({{data.count}}){{data.none}}{{data.missing}}" })).toEqual({
      text: 'Closed: Engineer "R&D"\nBerlin (3)',
    });
  });

  it("puts null for what an event does not have, lists for every element, and leaves \\{{ alone", () => {
    expect(fill([{ a: "{{data.missing}}" }, "{{data.tags[*]}}", "{{data.tags[0]}}", "\\{{data.count}}"])).toEqual([
      { a: null },
      ["a", "b"],
      "a",
      "{{data.count}}",
    ]);
  });

  it("fills once: what a value contains is not a placeholder", () => {
    const sly = { data: { job: { title: "{{data.secret}}" }, secret: "s3cret" } };
    expect(fillPayload('{"t":"{{data.job.title}}"}', sly)).toBe('{"t":"{{data.secret}}"}');
  });

  it("reaches only into a value's own members", () => {
    expect(fill({ a: "{{data.constructor}}", b: "{{__proto__}}", c: "{{data.tags.length}}" })).toEqual({
      ...{ a: null, b: null, c: null },
    });
  });

  it("stops at 256 KiB however often a large value is asked for", () => {
    const large = { data: { text: "x".repeat(60_000) } };
    const template = JSON.stringify(Array.from({ length: 500 }, () => "{{data.text}}"));
    expect(() => fillPayload(template, large)).toThrow(TemplateError);
    expect(FILLED_BYTES).toBe(256 * 1024);
  });

  /** What no reader would take for a placeholder. */
  const plainJson = fc.jsonValue().filter((value) => !JSON.stringify(value).includes("{{"));

  it("gives the same bytes each time, and always JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), plainJson, (data, more) => {
        const template = JSON.stringify({ all: "{{data}}", text: "<{{data}}>", more });
        const body = fillPayload(template, { data });
        expect(fillPayload(template, { data })).toBe(body);
        expect(JSON.parse(body).all).toEqual(JSON.parse(JSON.stringify(data)));
      }),
    );
  });
});

describe("a template that cannot work", () => {
  it.each([
    ["{ data }", "This is no JSON. Look at line 1, column"],
    ['{\n "a": {{data.job}}\n}', "Placeholders stand inside quotes"],
    ['"{{data.job}}"', "A template is a JSON object or list"],
    ['{"a":"{{data.jobs.title}}"}', "Did you mean data.job.title?"],
    ['{"a":"{{data.job.title | upper}}"}', "is no path"],
    ['{"a":"{{}}"}', "Say where to look"],
    ['{"{{data.job.title}}":1}', "not in names"],
    [`{"a":"${"x".repeat(TEMPLATE_BYTES)}"}`, "at most 16 KiB"],
    [`${"[".repeat(30)}1${"]".repeat(30)}`, "levels deep"],
    [JSON.stringify(Array.from({ length: 2_000 }, () => 1)), "at most 1000 values"],
  ])("%.40s is refused on save", (template, words) => {
    expect(refuseTemplate(template, ["job.closed"])).toContain(words);
  });

  it("is not one that fits every event of the catalogue", () => {
    for (const type of eventTypes()) {
      expect(refuseTemplate('{"id":"{{id}}","what":"{{type}} at {{timestamp}}","all":"{{data}}"}', [type])).toBeNull();
      const { sample } = eventDefinition(type);
      const id = "01920000-0000-7000-8000-0000000000aa";
      const body = JSON.parse(eventBody({ id, type, at: new Date(0), employerId: id, data: sample }));
      expect(JSON.parse(fillPayload('{"data":"{{data}}"}', body))).toEqual({ data: sample });
    }
  });
});
