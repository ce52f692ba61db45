import sanitize from "sanitize-html";

/** What a job description may hold: text structure and links, nothing that acts, loads or styles. */
const rules: sanitize.IOptions = {
  allowedTags: ["p", "br", "ul", "ol", "li", "strong", "em", "b", "i", "u", "h2", "h3", "h4", "a", "blockquote", "hr"],
  allowedAttributes: { a: ["href", "rel"] },
  allowedSchemes: ["https", "http", "mailto"],
  allowProtocolRelative: false,
  transformTags: {
    h1: "h2",
    h5: "h4",
    h6: "h4",
    div: "p",
    a: (tagName, attributes) => ({
      tagName,
      attribs: { ...(attributes.href ? { href: attributes.href } : {}), rel: "nofollow noopener" },
    }),
  },
};

/** Job description HTML from anywhere, made safe to show and to hand on to boards. */
export function cleanHtml(html: string): string {
  return sanitize(html, rules).trim();
}

/** The same text without markup: blocks become lines, list items get a dash, entities become characters. */
export function htmlToText(html: string): string {
  const lines = cleanHtml(html)
    .replace(/\s+/g, " ")
    .replace(/<li[^>]*>/g, "\n- ")
    .replace(/<(br|hr) ?\/?>/g, "\n")
    .replace(/<\/(p|h[2-4]|ul|ol|blockquote)>/g, "\n\n")
    .replace(/<[^>]*>/g, "");
  return decodeEntities(lines)
    .split("\n")
    .map((line) => line.trim())
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/** HTML that came escaped as entities (`&lt;p&gt;`), back as HTML. */
export function unescapeHtml(escaped: string): string {
  return decodeEntities(escaped);
}

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

function decodeEntities(text: string): string {
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]+);/gi, (whole, name: string) => {
    if (!name.startsWith("#")) return named[name.toLowerCase()] ?? whole;
    const point = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
