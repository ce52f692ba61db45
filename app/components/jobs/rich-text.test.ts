import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";
import { sanitiseHtml } from "#app/services/rich-text.server.ts";
import { RichText } from "./rich-text.tsx";

const shown = (html: string) => renderToStaticMarkup(createElement(RichText, { html, className: "x" }));

it("shows a cleaned description as it was written", () => {
  const html = sanitiseHtml(
    `<h2>Work &amp; pay</h2><p>One<br>two <b>three</b></p><ul><li>A "b"</li></ul><a href="https://x.example/?a=1&amp;b=2">go</a>`,
  );
  expect(shown(html)).toBe(
    '<div class="x"><h2>Work &amp; pay</h2><p>One<br/>two <strong>three</strong></p><ul><li>A &quot;b&quot;</li></ul>' +
      '<a href="https://x.example/?a=1&amp;b=2" rel="nofollow noopener">go</a></div>',
  );
});

it("lets nothing through that the cleaner would have taken out", () => {
  const html = `<img src=x onerror=y><p onclick="x()">a<script>b</script></p><a href="javascript:x()">c</a>`;
  expect(shown(html)).toBe('<div class="x"><p>ab</p><a>c</a></div>');
});
