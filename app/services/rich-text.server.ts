import sanitize from "sanitize-html";

const TAGS = ["p", "br", "h2", "h3", "ul", "ol", "li", "strong", "em", "a"];

const options: sanitize.IOptions = {
  allowedTags: TAGS,
  allowedAttributes: { a: ["href"] },
  allowedSchemes: ["https", "http", "mailto", "tel"],
  allowProtocolRelative: false,
  transformTags: {
    b: "strong",
    i: "em",
    div: "p",
    h1: "h2",
    h4: "h3",
    h5: "h3",
    h6: "h3",
  },
  exclusiveFilter: (frame) => ["p", "h2", "h3", "strong", "em", "li"].includes(frame.tag) && isBlank(frame),
};

const isBlank = (frame: sanitize.IFrame): boolean => frame.text.trim() === "" && frame.mediaChildren.length === 0;

/**
 * HTML that is safe to show and that every board takes: paragraphs, two levels of headings, lists, bold, italics and
 * links. Everything else loses its tags and keeps its text; scripts and styles lose both. Pure, and stable when repeated.
 */
export function sanitiseHtml(html: string): string {
  const clean = sanitize(html, options).replaceAll("\u00a0", " ").trim();
  return /<(p|h2|h3|ul|ol)\b/.test(clean) || clean === "" ? clean : `<p>${clean}</p>`;
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: " " };
const decode = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_all, name) => ENTITIES[name] ?? "");

/** The words of sanitised HTML as plain text: one blank line between blocks, "- " before list items. */
export function htmlToText(html: string): string {
  const lines = html
    .replace(/\s+/g, " ")
    .replace(/<br\s*\/?>/g, "\n")
    .replace(/<li>\s*/g, "\n- ")
    .replace(/<\/(p|h2|h3|ul|ol)>/g, "\n\n")
    .replace(/<[^>]+>/g, "");
  return decode(lines)
    .replace(/[ \t]*\n[ \t]*/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/**
 * What a person edits in a plain text area: the words of the description with "## " before headings, "- " before list
 * items, "1. " in numbered lists and ** around bold text. `simpleToHtml` turns it back.
 */
export function htmlToSimple(html: string): string {
  let number = 0;
  const marked = html
    .replace(/\s+/g, " ")
    .replace(/<ol>.*?<\/ol>/g, (list) => {
      number = 0;
      return list.replace(/<li>\s*/g, () => `\n${++number}. `);
    })
    .replace(/<li>\s*/g, "\n- ")
    .replace(/<h2>/g, "\n\n## ")
    .replace(/<h3>/g, "\n\n### ")
    .replace(/<\/?strong>/g, "**")
    .replace(/<\/?em>/g, "_")
    .replace(/<a href="([^"]*)">(.*?)<\/a>/g, (_all, href: string, words: string) => `[${words}](${href})`)
    .replace(/<br\s*\/?>/g, "\n")
    .replace(/<\/(p|h2|h3|ul|ol)>/g, "\n\n")
    .replace(/<[^>]+>/g, "");
  return decode(marked)
    .replace(/[ \t]*\n[ \t]*/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const inline = (text: string): string =>
  escapeHtml(text)
    .replace(/\*\*(.+?)\*\*/g, "<strong>$1</strong>")
    .replace(/(^|[\s(])_(\S(?:.*?\S)?)_(?=$|[\s).,;:])/g, "$1<em>$2</em>")
    .replace(/\[([^\]]+)\]\(((?:https?:|mailto:|tel:)[^\s)]+)\)/g, '<a href="$2">$1</a>');

/** One block of the simple form: a heading, a list, or a paragraph. */
function block(lines: readonly string[]): string {
  const [first = ""] = lines;
  const heading = /^(#{1,3}) +(.+)$/.exec(first);
  if (heading) {
    const level = (heading[1] ?? "").length > 2 ? "h3" : "h2";
    const rest = lines.slice(1);
    return `<${level}>${inline(heading[2] ?? "")}</${level}>${rest.length > 0 ? blocks(rest) : ""}`;
  }
  const bullet = /^[-*•] +/;
  const numbered = /^\d+[.)] +/;
  for (const [mark, tag] of [
    [bullet, "ul"],
    [numbered, "ol"],
  ] as const) {
    if (lines.every((line) => mark.test(line))) {
      return `<${tag}>${lines.map((line) => `<li>${inline(line.replace(mark, ""))}</li>`).join("")}</${tag}>`;
    }
  }
  return `<p>${lines.map(inline).join("<br />")}</p>`;
}

/** Lines grouped into blocks: blank lines part them, and so does the step into or out of a list or a heading. */
function blocks(lines: readonly string[]): string {
  const kindOf = (line: string) =>
    /^[-*•] +/.test(line) ? "ul" : /^\d+[.)] +/.test(line) ? "ol" : /^#{1,3} +/.test(line) ? "h" : "p";
  const groups: string[][] = [];
  let kind = "";
  for (const raw of lines) {
    const line = raw.trim();
    const now = line === "" ? "" : kindOf(line);
    if (now !== "" && now === kind && now !== "h") groups.at(-1)?.push(line);
    else if (now !== "") groups.push([line]);
    kind = now;
  }
  return groups.map(block).join("");
}

/** Sanitised HTML of the simple form; text that already is HTML is sanitised as it is. */
export function simpleToHtml(text: string): string {
  const looksLikeHtml = /<(p|br|ul|ol|li|h[1-6]|div|strong|em|a)\b[^>]*>/i.test(text);
  return sanitiseHtml(looksLikeHtml ? text : blocks(text.split(/\r?\n/)));
}
