import sanitize from "sanitize-html";

/** A description cut down to the tags that a board takes; the text of every other tag stays. Links keep only their address. */
export function reduceHtml(html: string, allowedTags: readonly string[]): string {
  return sanitize(html, {
    allowedTags: [...allowedTags],
    allowedAttributes: { a: ["href"] },
    allowedSchemes: ["https", "http", "mailto"],
    allowProtocolRelative: false,
  }).trim();
}

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

/** HTML that a vendor sends escaped as entities (`&lt;p&gt;`), back as HTML. One layer is undone. */
export function unescapeHtml(escaped: string): string {
  return escaped.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]+);/gi, (whole, name: string) => {
    if (!name.startsWith("#")) return named[name.toLowerCase()] ?? whole;
    const point = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
