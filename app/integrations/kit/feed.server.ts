/** XML 1.0 text and attribute escaping; characters that XML cannot carry are dropped. */
export function escapeXml(text: string): string {
  return clean(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&apos;");
}

/** A CDATA section; an end mark inside the text is split over two sections. */
export function cdata(text: string): string {
  return `<![CDATA[${clean(text).replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;
}

/** One element. Text is escaped, or wrapped in CDATA on request; an absent value leaves the element out. */
export function element(name: string, value: string | undefined, as: "text" | "cdata" = "text"): string {
  if (value === undefined) return "";
  return `<${name}>${as === "cdata" ? cdata(value) : escapeXml(value)}</${name}>`;
}

/** One `<job>` of a feed: each element in CDATA on a line of its own, those without a value left out. */
export function feedItem(elements: readonly (readonly [string, string | null | undefined])[]): string {
  const lines = elements.map(([name, value]) => (value ? `    ${element(name, value, "cdata")}\n` : ""));
  return `  <job>\n${lines.join("")}  </job>\n`;
}

/** The `<source>` around the jobs, with the elements of its head. */
export function feedEnvelope(head: readonly string[]): { open: string; close: string } {
  const open = ['<?xml version="1.0" encoding="UTF-8"?>', "<source>", ...head.map((one) => `  ${one}`)];
  return { open: `${open.join("\n")}\n`, close: "</source>\n" };
}

/** The whole feed as a stream of chunks, an item at a time, so that its length does not show in memory. */
export async function* writeFeed(
  envelope: { open: string; close: string },
  items: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<string> {
  yield envelope.open;
  for await (const item of items) yield `${item}\n`;
  yield envelope.close;
}

function clean(text: string): string {
  return text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "");
}
