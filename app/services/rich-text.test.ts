import { describe, expect, it } from "vitest";
import { htmlToSimple, htmlToText, sanitiseHtml, simpleToHtml } from "./rich-text.server.ts";

describe("a description from outside", () => {
  it("loses scripts, handlers, styles and foreign links, and keeps its words", () => {
    const html = `<div onclick="x()">Fit <b>pumps</b><script>steal()</script></div><a href="javascript:x()">go</a><style>p{}</style>`;
    expect(sanitiseHtml(html)).toBe("<p>Fit <strong>pumps</strong></p><a>go</a>");
  });
  it("is wrapped in a paragraph when it is bare text", () => {
    expect(sanitiseHtml("Fit & calibrate")).toBe("<p>Fit &amp; calibrate</p>");
  });
  it("does not change when cleaned twice", () => {
    const once = sanitiseHtml("<h1>A</h1><p>B &amp; <i>C</i></p><p> </p><ul><li>D</li></ul>");
    expect(once).toBe("<h2>A</h2><p>B &amp; <em>C</em></p><ul><li>D</li></ul>");
    expect(sanitiseHtml(once)).toBe(once);
  });
});

const simple = `## What you do

Fit and calibrate **navigation gear** on boats, see [our yard](https://example.com/yard).
Travel is paid.

- Marine electrics
- Chart plotters

1. Call
2. Visit`;

describe("the text area", () => {
  it("turns simple marks into HTML and back without a change", () => {
    const html = simpleToHtml(simple);
    expect(html).toContain("<h2>What you do</h2>");
    expect(html).toContain('<a href="https://example.com/yard">our yard</a>.<br />Travel is paid.</p>');
    expect(html).toContain("<ul><li>Marine electrics</li><li>Chart plotters</li></ul><ol><li>Call</li>");
    expect(htmlToSimple(html)).toBe(simple);
  });
  it("shows signs of HTML as text when a person types them", () => {
    expect(simpleToHtml("a < b & c > d")).toBe("<p>a &lt; b &amp; c &gt; d</p>");
  });
  it("parts a list from the sentence above it without a blank line", () => {
    expect(simpleToHtml("You have:\n- a van\n- a licence")).toBe(
      "<p>You have:</p><ul><li>a van</li><li>a licence</li></ul>",
    );
  });
});

it("reads as plain text with one blank line between blocks", () => {
  expect(htmlToText("<h2>A</h2><p>B &amp; C<br />D</p><ul><li>E</li><li>F</li></ul>")).toBe(
    "A\n\nB & C\nD\n\n- E\n- F",
  );
});
