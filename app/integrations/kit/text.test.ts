import fc from "fast-check";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { describe, expect, it } from "vitest";
import { element, writeFeed } from "./feed.server.ts";
import { reduceHtml, unescapeHtml } from "./html.server.ts";
import { createRedactor } from "./redact.server.ts";

describe("feeds", () => {
  it("give back any text unharmed, escaped or in CDATA", () => {
    const parser = new XMLParser({ parseTagValue: false, trimValues: false });
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", minLength: 1 }),
        fc.constantFrom("text" as const, "cdata" as const),
        (text, as) => {
          const xml = element("t", text, as);
          expect(XMLValidator.validate(xml)).toBe(true);
          const plain = text.replace(/[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "");
          expect(String(parser.parse(xml).t).replace(/\r\n?/g, "\n")).toBe(plain.replace(/\r\n?/g, "\n"));
        },
      ),
    );
  });

  it("stay well formed with an end mark and control characters inside", () => {
    const xml = element("t", "a ]]> b \u0000\u000b \ud800 <x>", "cdata");
    expect(XMLValidator.validate(xml)).toBe(true);
    expect(new XMLParser().parse(xml).t).toContain("a ]]> b");
  });

  it("leave an absent element out", () => {
    expect(element("salary", undefined)).toBe("");
  });

  it("stream one item at a time", async () => {
    const chunks: string[] = [];
    for await (const chunk of writeFeed({ open: "<jobs>", close: "</jobs>" }, ["<job/>", "<job/>"])) chunks.push(chunk);
    expect(chunks).toEqual(["<jobs>", "<job/>\n", "<job/>\n", "</jobs>"]);
  });
});

describe("job descriptions", () => {
  it("keep only the tags that a board takes, and nothing that acts", () => {
    const html =
      '<h1 onclick="x()">Role</h1><script>alert(1)</script><p style="color:red">Hi <a href="javascript:x()">a</a> <a href="https://e.example" target="_blank">b</a></p>';
    expect(reduceHtml(html, ["p", "a"])).toBe('Role<p>Hi <a>a</a> <a href="https://e.example">b</a></p>');
  });

  it("come back from entities, one layer at a time", () => {
    expect(unescapeHtml("&lt;p&gt;Caf&#233; &amp;amp; bar&lt;/p&gt;")).toBe("<p>Café &amp; bar</p>");
  });
});

describe("redaction", () => {
  it("hides known secrets in every usual spelling", () => {
    const redact = createRedactor(["s3cret/+ value", "abc"]);
    const spellings = [
      "s3cret/+ value",
      encodeURIComponent("s3cret/+ value"),
      Buffer.from("s3cret/+ value").toString("base64"),
    ];
    for (const spelling of spellings) expect(redact(`got ${spelling} here`)).not.toContain(spelling.slice(0, 12));
    expect(redact("abc stays, it is too short to be a secret")).toContain("abc");
  });

  it.each([
    "Bearer abcdefghijklmnop",
    "Basic YWJjOmRlZmdoaQ==",
    "xoxb-1234-abcdef",
    "eyJhbGciOi.eyJzdWIi.c2ln",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    '"access_token":"abcdef123456"',
    "client_secret=hunter2hunter2",
    "nia@example.org",
  ])("hides what looks like one: %s", (text) => {
    const tail = text.slice(-6).replace(/["=]/g, "");
    expect(createRedactor([])(`x ${text} y`)).not.toContain(tail);
  });

  it("leaves ordinary sentences alone", () => {
    const sentence = "The job 5101 has no open post, so nothing was sent.";
    expect(createRedactor(["unrelated-secret"])(sentence)).toBe(sentence);
  });
});
