import type { Ctx, HttpAnswer, HttpRequest } from "../contract/ctx.ts";
import { type ErrorKind, IntegrationError } from "../contract/errors.ts";
import {
  type DavResponse,
  type Multistatus,
  parseMultistatus,
  preconditions,
  type XmlElement,
} from "./caldav-xml.server.ts";

const NAMESPACES =
  'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/" xmlns:ic="http://apple.com/ns/ical/"';

const xml = (value: string) =>
  ({ type: "application/xml; charset=utf-8", value: `<?xml version="1.0" encoding="utf-8"?>${value}` }) as const;

/** A document's root with the four namespaces in scope. */
const rooted = (name: string, inner: string): string => `<${name} ${NAMESPACES}>${inner}</${name}>`;

/** The request of a PROPFIND for these properties, given as empty elements. */
export function propfindRequest(url: string, depth: "0" | "1", props: string): HttpRequest {
  return {
    method: "PROPFIND",
    url,
    headers: { depth, accept: "application/xml, text/xml" },
    text: xml(rooted("d:propfind", `<d:prop>${props}</d:prop>`)),
  };
}

export async function propfind(ctx: Ctx, url: string, depth: "0" | "1", props: string): Promise<Multistatus> {
  return multistatusOf(await ctx.http.send(propfindRequest(url, depth, props)));
}

/** The properties of one resource. Kind not-found when the server answers about another or refuses it. */
export async function propertiesOf(ctx: Ctx, url: string, props: string): Promise<DavResponse> {
  const { responses } = await propfind(ctx, url, "0", props);
  const own = responses.find((one) => sameAddress(resolveHref(one.href, url), url)) ?? responses[0];
  if (!own || (own.status !== null && own.status >= 400))
    throw new IntegrationError("not-found", "The calendar server does not know this calendar.");
  return own;
}

/** A REPORT; `name` and `inner` are its root element and what is in it. */
export async function report(
  ctx: Ctx,
  url: string,
  depth: "0" | "1",
  name: string,
  inner: string,
  accept = "application/xml, text/xml",
): Promise<HttpAnswer> {
  return ctx.http.send({ method: "REPORT", url, headers: { depth, accept }, text: xml(rooted(name, inner)) });
}

export function multistatusOf(answer: HttpAnswer): Multistatus {
  if (answer.status !== 207)
    throw new IntegrationError("contract", `The calendar server answered ${answer.status} instead of a list.`, {
      field: "status",
      status: answer.status,
    });
  return parseMultistatus(answer.text);
}

/**
 * A link of an answer as one absolute address that is the same however the server encodes it. Links may be absolute,
 * paths, percent-encoded or not, and on another host. Kind contract when it is none.
 */
export function resolveHref(href: string, base: string): string {
  if (!URL.canParse(href, base))
    throw new IntegrationError("contract", "The calendar server gave a link that is no address.", { field: "href" });
  const url = new URL(href, base);
  const from = new URL(base);
  // Behind a proxy servers may take themselves for plain http.
  if (url.protocol === "http:" && url.hostname === from.hostname) {
    url.protocol = from.protocol;
    url.port = from.port;
  }
  url.pathname = url.pathname.split("/").map(recode).join("/");
  url.hash = "";
  url.username = "";
  url.password = "";
  return url.href;
}

function recode(part: string): string {
  try {
    return encodeURIComponent(decodeURIComponent(part));
  } catch {
    return part;
  }
}

/** Collections are named with and without their last slash. */
export const sameAddress = (one: string, other: string): boolean => one.replace(/\/$/, "") === other.replace(/\/$/, "");

export const asCollection = (url: string): string => (url.endsWith("/") ? url : `${url}/`);

/** The links inside a property, resolved. */
export const hrefsIn = (property: XmlElement | undefined, base: string): string[] =>
  (property?.children ?? [])
    .filter((one) => one.name === "{DAV:}href" && one.text.trim() !== "")
    .map((one) => resolveHref(one.text.trim(), base));

/** What the server cannot take, however often it is sent. */
const unacceptable = [
  "valid-calendar-data",
  "valid-calendar-object-resource",
  "supported-calendar-data",
  "supported-calendar-component",
  "max-resource-size",
  "max-attendees-per-instance",
  "min-date-time",
  "max-date-time",
  "max-instances",
  "number-of-matches-within-limits",
  "allowed-organizer-scheduling-object-change",
  "same-organizer-in-all-components",
];

/** CalDAV says by an element in the body what a status means; the element decides first (RFC 4791 §1.3, RFC 6578 §3.2). */
export function classifyDav({ status, text }: { status: number; text: string }): ErrorKind | null {
  if (status < 400 || status === 401) return null;
  const said = preconditions(text);
  if (said.has("valid-sync-token")) return "cursor-expired";
  if (unacceptable.some((name) => said.has(name))) return "validation";
  if (said.has("no-uid-conflict") || said.has("unique-scheduling-object-resource")) return "conflict";
  if (status === 423) return "unavailable";
  return status === 507 ? "forbidden" : null;
}
