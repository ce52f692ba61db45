import type { Account } from "../contract/adapter.ts";
import type { CalendarInfo } from "../contract/capabilities.ts";
import type { Ctx } from "../contract/ctx.ts";
import { IntegrationError } from "../contract/errors.ts";
import {
  asCollection,
  hrefsIn,
  multistatusOf,
  propertiesOf,
  propfind,
  propfindRequest,
  resolveHref,
  sameAddress,
} from "./caldav-http.server.ts";
import {
  CALDAV,
  CALENDAR_SERVER,
  DAV,
  type DavResponse,
  type Multistatus,
  namesIn,
  type XmlElement,
} from "./caldav-xml.server.ts";
import { zoneOfProperty } from "./ical-zones.server.ts";

/** Where a server is entered, and what its collections are called that are nobody's calendar. */
export interface Entrance {
  /** Tried below the address before the well-known one. */
  contextPaths: readonly string[];
  /** Regular expression on the last part of a collection's path. */
  skip?: string;
}

export interface Principal {
  url: string;
  name: string;
  /** The account's own mail addresses, as the server may write them into invitations. */
  addresses: readonly string[];
  homes: readonly string[];
  inbox: string | null;
  outbox: string | null;
}

const MOST_REDIRECTS = 5;
const redirects = [301, 302, 303, 307, 308];

/** A PROPFIND that goes where the server points, to listed hosts only; null when there is nothing at this address. */
async function reach(
  ctx: Ctx,
  start: string,
  props: string,
): Promise<{ url: string; found: Multistatus } | { url: string; found: null }> {
  let url = start;
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const answer = await ctx.http.send({
      ...propfindRequest(url, "0", props),
      accept: [...redirects, 400, 404, 405, 501],
    });
    if (!redirects.includes(answer.status)) return { url, found: answer.status === 207 ? multistatusOf(answer) : null };
    const to = answer.headers.get("location");
    if (!to) break;
    url = resolveHref(to, url);
  }
  return { url: start, found: null };
}

const prop = (response: DavResponse | undefined, namespace: string, local: string): XmlElement | undefined =>
  response?.props.get(`{${namespace}}${local}`);

/**
 * The principal of the account that signs in, from an address that a person typed (RFC 6764, RFC 5397, RFC 4791 §6.2.1).
 * Kinds: config when no calendar server answers there, auth-revoked when it takes us for nobody.
 */
export async function findPrincipal(ctx: Ctx, server: string, entrance: Entrance): Promise<Principal> {
  const { url, principal } = await enter(ctx, server, entrance);
  const props =
    "<c:calendar-home-set/><c:calendar-user-address-set/><c:schedule-inbox-URL/><c:schedule-outbox-URL/><d:displayname/>";
  const own = await propertiesOf(ctx, principal, props);
  const homes = hrefsIn(prop(own, CALDAV, "calendar-home-set"), principal).map(asCollection);
  if (homes.length === 0)
    throw new IntegrationError("config", `${new URL(url).host} has no calendars for this account.`);
  const addresses = (prop(own, CALDAV, "calendar-user-address-set")?.children ?? [])
    .map((one) => /^mailto:(.+@.+)$/i.exec(one.text.trim())?.[1]?.toLowerCase())
    .filter((address) => address !== undefined);
  return {
    url: principal,
    name: prop(own, DAV, "displayname")?.text.trim() ?? "",
    addresses,
    homes,
    inbox: hrefsIn(prop(own, CALDAV, "schedule-inbox-URL"), principal)[0] ?? null,
    outbox: hrefsIn(prop(own, CALDAV, "schedule-outbox-URL"), principal)[0] ?? null,
  };
}

async function enter(
  ctx: Ctx,
  server: string,
  { contextPaths }: Entrance,
): Promise<{ url: string; principal: string }> {
  const base = asCollection(server);
  const typed = new URL(base).pathname !== "/" ? [base] : [];
  const addresses = [
    ...contextPaths.map((path) => new URL(path, base).href),
    ...typed,
    new URL("/.well-known/caldav", base).href,
    new URL("/", base).href,
  ];
  let anonymous = false;
  for (const address of new Set(addresses)) {
    const { url, found } = await reach(ctx, address, "<d:current-user-principal/><d:principal-URL/>");
    for (const response of found?.responses ?? []) {
      const named = prop(response, DAV, "current-user-principal");
      const [principal] = hrefsIn(named, url);
      if (principal) return { url, principal };
      anonymous ||= namesIn(named).has("unauthenticated");
    }
  }
  if (anonymous)
    throw new IntegrationError("auth-revoked", "The calendar server does not accept the name or password.");
  throw new IntegrationError("config", `No calendar server answers at ${new URL(server).host}.`, { field: "server" });
}

/** Whose account it is: the first of its own mail addresses, else its name on the server, else what was typed. */
export function accountOf(principal: Principal, username: string, warnings: readonly string[]): Account {
  const own = principal.addresses.find((address) => address === username.toLowerCase()) ?? principal.addresses[0];
  return {
    id: principal.url,
    name: own ?? (principal.name || username),
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

const calendarProps =
  "<d:resourcetype/><d:displayname/><d:current-user-privilege-set/><c:supported-calendar-component-set/><c:calendar-timezone/>" +
  '<x:deleted-at xmlns:x="http://nextcloud.com/ns"/>';

/** The calendars of all homes that hold events, the default one first (RFC 4791 §5.2, RFC 6638 §9.2). */
export async function listCalendars(ctx: Ctx, principal: Principal, entrance: Entrance): Promise<CalendarInfo[]> {
  const found = new Map<string, CalendarInfo>();
  for (const home of principal.homes) {
    const { responses } = await propfind(ctx, home, "1", calendarProps);
    for (const response of responses) {
      const id = asCollection(resolveHref(response.href, home));
      if (holdsEvents(response, id, entrance)) found.set(id, calendarInfo(id, response));
    }
  }
  const all = [...found.values()];
  const named = await defaultCalendar(ctx, principal);
  const primary =
    all.find((one) => named !== null && sameAddress(one.id, named)) ?? all.find((one) => one.writable) ?? all[0];
  return all
    .map((one) => ({ ...one, primary: one === primary }))
    .sort((one, two) => Number(two.primary) - Number(one.primary));
}

function holdsEvents(response: DavResponse, id: string, { skip }: Entrance): boolean {
  const types = namesIn(prop(response, DAV, "resourcetype"));
  if (!types.has("calendar") || response.props.has("{http://nextcloud.com/ns}deleted-at")) return false;
  if (["schedule-inbox", "schedule-outbox", "subscribed", "trash-bin"].some((type) => types.has(type))) return false;
  const last = decodeURIComponent(new URL(id).pathname.split("/").at(-2) ?? "");
  if (skip !== undefined && new RegExp(skip).test(last)) return false;
  const components = prop(response, CALDAV, "supported-calendar-component-set")?.children ?? [];
  return components.length === 0 || components.some((one) => one.attributes.name?.toUpperCase() === "VEVENT");
}

function calendarInfo(id: string, response: DavResponse): CalendarInfo {
  const privileges = prop(response, DAV, "current-user-privilege-set");
  const granted = namesIn(privileges);
  return {
    id,
    name:
      prop(response, DAV, "displayname")?.text.trim() ||
      decodeURIComponent(new URL(id).pathname.split("/").at(-2) ?? ""),
    writable: privileges === undefined || ["all", "write", "write-content", "bind"].some((one) => granted.has(one)),
    timeZone: zoneOfProperty(prop(response, CALDAV, "calendar-timezone")?.text),
    primary: false,
  };
}

async function defaultCalendar(ctx: Ctx, { inbox }: Principal): Promise<string | null> {
  if (!inbox) return null;
  try {
    const own = await propertiesOf(ctx, inbox, "<c:schedule-default-calendar-URL/>");
    return hrefsIn(prop(own, CALDAV, "schedule-default-calendar-URL"), inbox)[0] ?? null;
  } catch (error) {
    if (error instanceof IntegrationError && ["not-found", "forbidden", "contract"].includes(error.kind)) return null;
    throw error;
  }
}

/** Whether the server sends invitations by itself (RFC 6638 §2). */
export async function sendsInvitations(ctx: Ctx, { homes }: Principal): Promise<boolean> {
  const [home] = homes;
  if (!home) return false;
  const answer = await ctx.http.send({ method: "OPTIONS", url: home, accept: [404, 405] });
  return (answer.headers.get("dav") ?? "").split(",").some((one) => one.trim() === "calendar-auto-schedule");
}

/** What a calendar can do, and where a sync of it would begin. */
export interface CalendarFacts {
  reports: ReadonlySet<string>;
  syncToken: string | null;
  ctag: string | null;
  timeZone: string;
}

/** Kind not-found when the calendar is gone. */
export async function calendarFacts(ctx: Ctx, calendarId: string): Promise<CalendarFacts> {
  const props = "<d:supported-report-set/><d:sync-token/><cs:getctag/><c:calendar-timezone/>";
  const own = await propertiesOf(ctx, calendarId, props);
  return {
    reports: namesIn(prop(own, DAV, "supported-report-set")),
    syncToken: prop(own, DAV, "sync-token")?.text.trim() || null,
    ctag: prop(own, CALENDAR_SERVER, "getctag")?.text.trim() || null,
    timeZone: zoneOfProperty(prop(own, CALDAV, "calendar-timezone")?.text),
  };
}
