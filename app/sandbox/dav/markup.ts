import { XMLParser } from "fast-xml-parser";
import type { Reply } from "../framework.ts";

export const NAMESPACES =
  'xmlns:d="DAV:" xmlns:cal="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/" xmlns:ic="http://apple.com/ns/ical/"';

export const esc = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\r", "&#13;");

export const xml = (status: number, body: string, headers: Reply["headers"] = {}): Reply => ({
  status,
  headers: { "content-type": "application/xml; charset=utf-8", ...headers },
  body: `<?xml version="1.0" encoding="utf-8"?>\n${body}`,
});

/** An error body with one precondition element; `inner` is what the element holds. */
export const problem = (status: number, element: string, inner = "", headers: Reply["headers"] = {}): Reply =>
  xml(
    status,
    `<d:error ${NAMESPACES}>${inner ? `<${element}>${inner}</${element}>` : `<${element}/>`}</d:error>`,
    headers,
  );

export const multistatus = (responses: readonly string[], after = ""): Reply =>
  xml(207, `<d:multistatus ${NAMESPACES}>${responses.join("")}${after}</d:multistatus>`);

export const href = (path: string): string => `<d:href>${esc(path)}</d:href>`;

/** Found properties as 200, the others as 404, as RFC 4918 has it. */
export const response = (
  path: string,
  found: Readonly<Record<string, string>>,
  missing: readonly string[] = [],
): string => {
  const list = (props: string, status: string) =>
    props === "" ? "" : `<d:propstat><d:prop>${props}</d:prop><d:status>HTTP/1.1 ${status}</d:status></d:propstat>`;
  const present = Object.entries(found)
    .map(([tag, value]) => (value === "" ? `<${tag}/>` : `<${tag}>${value}</${tag}>`))
    .join("");
  return `<d:response>${href(path)}${list(present, "200 OK")}${list(missing.map((tag) => `<${tag}/>`).join(""), "404 Not Found")}</d:response>`;
};

export const bare = (path: string, status: string): string =>
  `<d:response>${href(path)}<d:status>HTTP/1.1 ${status}</d:status></d:response>`;

const parser = new XMLParser({
  removeNSPrefix: true,
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  parseTagValue: false,
  isArray: (name) => name === "href",
});

/** A request body by local names; null when it is no XML. */
export const parseBody = (body: Buffer): Record<string, unknown> | null => {
  if (body.length === 0) return {};
  try {
    return record(parser.parse(body.toString("utf8"), true));
  } catch {
    return null;
  }
};

export const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {};
export const textIn = (value: unknown): string =>
  typeof value === "string" ? value : String(record(value)["#text"] ?? "");
