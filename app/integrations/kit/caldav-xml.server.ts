import { XMLParser, XMLValidator } from "fast-xml-parser";
import { IntegrationError } from "../contract/errors.ts";

/** An element by its full name, "{DAV:}href": servers choose their prefixes freely. */
export interface XmlElement {
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: readonly XmlElement[];
  text: string;
}

export const DAV = "DAV:";
export const CALDAV = "urn:ietf:params:xml:ns:caldav";
export const CALENDAR_SERVER = "http://calendarserver.org/ns/";

/** Values stay text: tokens and etags that look like numbers are opaque. */
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  htmlEntities: true,
});

/** The root element of a document. Kind contract when it is no well-formed XML or declares entities of its own. */
export function parseXml(text: string): XmlElement {
  if (!/<!DOCTYPE/i.test(text) && XMLValidator.validate(text) === true) {
    const nodes: unknown = parser.parse(text);
    const root = Array.isArray(nodes) ? elements(nodes, new Map())[0] : undefined;
    if (root) return root;
  }
  throw new IntegrationError("contract", "The calendar server gave an answer that is cut or no XML.", { field: "" });
}

function elements(nodes: readonly unknown[], scope: ReadonlyMap<string, string>): XmlElement[] {
  return nodes.flatMap((node): XmlElement[] => {
    if (typeof node !== "object" || node === null) return [];
    const tag = Object.keys(node).find((key) => key !== ":@");
    if (tag === undefined || tag === "#text" || tag.startsWith("?")) return [];
    const inner: unknown = Reflect.get(node, tag);
    const given: unknown = Reflect.get(node, ":@");
    const attributes = Object.fromEntries(Object.entries(given ?? {}).map(([key, value]) => [key, String(value)]));
    const names = new Map(scope);
    for (const [key, value] of Object.entries(attributes))
      if (key === "xmlns" || key.startsWith("xmlns:")) names.set(key.slice(6), value);
    const colon = tag.indexOf(":");
    const prefix = colon < 0 ? "" : tag.slice(0, colon);
    const children = Array.isArray(inner) ? inner : [];
    return [
      {
        name: `{${names.get(prefix) ?? ""}}${tag.slice(colon + 1)}`,
        attributes,
        children: elements(children, names),
        text: children.map(textOf).join(""),
      },
    ];
  });
}

function textOf(node: unknown): string {
  const text: unknown = typeof node === "object" && node !== null ? Reflect.get(node, "#text") : undefined;
  return typeof text === "string" ? text : "";
}

export const child = (element: XmlElement | undefined, namespace: string, local: string): XmlElement | undefined =>
  element?.children.find((one) => one.name === `{${namespace}}${local}`);

export const childrenOf = (element: XmlElement | undefined, namespace: string, local: string): XmlElement[] =>
  element?.children.filter((one) => one.name === `{${namespace}}${local}`) ?? [];

/** The local names of everything below an element: what a list of types, privileges or reports holds. */
export function namesIn(element: XmlElement | undefined): ReadonlySet<string> {
  const names = new Set<string>();
  for (const one of element?.children ?? []) {
    names.add(one.name.slice(one.name.indexOf("}") + 1));
    for (const inner of namesIn(one)) names.add(inner);
  }
  return names;
}

/** Text with its markup escaped, for the body of a request. */
export const xmlText = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

export interface DavResponse {
  /** As the server wrote it; resolve it against the request's address. */
  href: string;
  /** The status of the whole response; null when it has property lists instead. */
  status: number | null;
  /** Properties that the server answered with 200, by full name. */
  props: ReadonlyMap<string, XmlElement>;
}

export interface Multistatus {
  responses: readonly DavResponse[];
  syncToken: string | null;
}

const statusOf = (element: XmlElement | undefined): number | null => {
  const code = /^HTTP\/\S+\s+(\d{3})/.exec(element?.text.trim() ?? "")?.[1];
  return code ? Number(code) : null;
};

/** RFC 4918 §13. A response may name several hrefs under one status. Kind contract for another document. */
export function parseMultistatus(text: string): Multistatus {
  const root = parseXml(text);
  if (root.name !== `{${DAV}}multistatus`)
    throw new IntegrationError("contract", "The calendar server did not answer with a list of resources.", {
      field: "multistatus",
    });
  const responses = childrenOf(root, DAV, "response").flatMap((response): DavResponse[] => {
    const props = new Map<string, XmlElement>();
    for (const propstat of childrenOf(response, DAV, "propstat")) {
      const status = statusOf(child(propstat, DAV, "status"));
      if (status !== null && (status < 200 || status > 299)) continue;
      for (const prop of child(propstat, DAV, "prop")?.children ?? []) props.set(prop.name, prop);
    }
    const status = statusOf(child(response, DAV, "status"));
    return childrenOf(response, DAV, "href").map((href) => ({ href: href.text.trim(), status, props }));
  });
  const token = child(root, DAV, "sync-token")?.text.trim();
  return { responses, syncToken: token || null };
}

/** The precondition elements of an error body, by local name, with the href they hold; empty for any other body. */
export function preconditions(text: string): ReadonlyMap<string, string | null> {
  const found = new Map<string, string | null>();
  if (!/<[^>]*\berror\b/.test(text)) return found;
  try {
    const root = parseXml(text);
    if (root.name !== `{${DAV}}error`) return found;
    for (const one of root.children)
      found.set(one.name.slice(one.name.indexOf("}") + 1), child(one, DAV, "href")?.text.trim() ?? null);
  } catch {
    return found;
  }
  return found;
}
