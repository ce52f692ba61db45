import { createHash } from "node:crypto";
import { z } from "zod";
import type { CalendarChanges, CalendarUpsert } from "../contract/capabilities.ts";
import type { Ctx } from "../contract/ctx.ts";
import { IntegrationError } from "../contract/errors.ts";
import { calendarFacts } from "./caldav-discovery.server.ts";
import { multistatusOf, propfind, report, resolveHref, sameAddress } from "./caldav-http.server.ts";
import { objectsBetween, objectsNamed, type StoredObject, upsertsOf } from "./caldav-read.server.ts";
import { DAV, xmlText } from "./caldav-xml.server.ts";
import { ianaZone } from "./ical-zones.server.ts";
import { readPosition } from "./position.server.ts";

const DAY = 86_400_000;
/** What a full read covers around its start, and in which steps; series are followed less far. */
const PAST_DAYS = 30;
const AHEAD_DAYS = 400;
const STEP_DAYS = 215;
const SERIES_DAYS = 180;
/** A full read is repeated after this time: it brings occurrences that have come nearer, and what a server forgot to tell. */
const FULL_READ_DAYS = 7;
/** Objects of one call, and of one page. */
const CALL = 50;
const PAGE = 200;

/** Where reading stands. Opaque to the engine, and the vendor's tokens are opaque to us. */
const position = z.object({
  /** Start of the full read. */
  since: z.iso.datetime(),
  zone: z.string(),
  /** The server's sync token; null where it has none and etags are compared instead. */
  sync: z.string().nullable(),
  ctag: z.string().nullable(),
  /** Name → short digest of its etag, for servers without sync tokens. */
  etags: z.record(z.string(), z.string()).nullable(),
  /** Start of the next stretch of a full read under way. */
  next: z.iso.datetime().nullable(),
  /** Reported as changed and not read yet. */
  pending: z.array(z.string()),
});
type Position = z.output<typeof position>;

const expired = () =>
  new IntegrationError("cursor-expired", "The calendar server no longer knows where the last sync ended.");

/**
 * One page of what changed in a calendar. The first run reads a window around now; later ones follow the server's sync
 * token (RFC 6578), or compare ctag and etags where it has none. Kinds: cursor-expired, not-found, contract.
 */
export async function readChanges(ctx: Ctx, calendarId: string, token: string | null): Promise<CalendarChanges> {
  const at = token === null ? await begin(ctx, calendarId) : readPosition(position, token);
  if (at.next !== null) return readWindow(ctx, calendarId, at, at.next);
  if (at.pending.length > 0) return readPending(ctx, calendarId, at, [], false);
  if (ctx.now().getTime() - Date.parse(at.since) > FULL_READ_DAYS * DAY) throw expired();
  return at.sync === null ? compareEtags(ctx, calendarId, at) : followToken(ctx, calendarId, at, at.sync);
}

/** The token is taken before anything is read: what changes meanwhile is told again, and nothing is missed. */
async function begin(ctx: Ctx, calendarId: string): Promise<Position> {
  const facts = await calendarFacts(ctx, calendarId);
  const now = ctx.now();
  const syncs = facts.reports.has("sync-collection") || (facts.reports.size === 0 && facts.syncToken !== null);
  const sync = syncs ? (facts.syncToken ?? (await syncReport(ctx, calendarId, "")).syncToken) : null;
  return {
    since: now.toISOString(),
    zone: facts.timeZone,
    sync,
    ctag: facts.ctag,
    etags: sync === null ? await digests(ctx, calendarId) : null,
    next: new Date(now.getTime() - PAST_DAYS * DAY).toISOString(),
    pending: [],
  };
}

async function readWindow(ctx: Ctx, calendarId: string, at: Position, from: string): Promise<CalendarChanges> {
  const end = Date.parse(at.since) + AHEAD_DAYS * DAY;
  const to = new Date(Math.min(end, Date.parse(from) + STEP_DAYS * DAY));
  const objects = await objectsBetween(ctx, calendarId, new Date(from), to);
  const more = to.getTime() < end;
  return page({ ...at, next: more ? to.toISOString() : null }, told(calendarId, at, objects), more);
}

function told(calendarId: string, at: Position, objects: readonly StoredObject[]) {
  const since = Date.parse(at.since);
  const window = { from: new Date(since - PAST_DAYS * DAY), to: new Date(since + SERIES_DAYS * DAY) };
  const zone = ianaZone(at.zone);
  const upserts = objects.flatMap((one) => (one.text === null ? [] : upsertsOf(calendarId, one, zone, window)));
  return { upserts, removedIds: objects.filter((one) => one.text === null).map((one) => one.href) };
}

function page(
  next: Position,
  { upserts, removedIds }: { upserts: readonly CalendarUpsert[]; removedIds: readonly string[] },
  more: boolean,
): CalendarChanges {
  return { upserts, removedIds, token: JSON.stringify(next), more };
}

async function readPending(
  ctx: Ctx,
  calendarId: string,
  at: Position,
  removed: readonly string[],
  more: boolean,
): Promise<CalendarChanges> {
  const objects: StoredObject[] = [];
  const now = at.pending.slice(0, PAGE);
  for (let start = 0; start < now.length; start += CALL)
    objects.push(...(await objectsNamed(ctx, calendarId, now.slice(start, start + CALL))));
  const rest = at.pending.slice(PAGE);
  const { upserts, removedIds } = told(calendarId, at, objects);
  return page({ ...at, pending: rest }, { upserts, removedIds: [...removed, ...removedIds] }, more || rest.length > 0);
}

function syncReport(ctx: Ctx, calendarId: string, token: string) {
  const inner = `<d:sync-token>${xmlText(token)}</d:sync-token><d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop>`;
  return report(ctx, calendarId, "0", "d:sync-collection", inner).then(multistatusOf);
}

async function followToken(ctx: Ctx, calendarId: string, at: Position, token: string): Promise<CalendarChanges> {
  const { responses, syncToken } = await syncReport(ctx, calendarId, token).catch((error: unknown) =>
    deadOr(ctx, calendarId, error),
  );
  const changed: string[] = [];
  const removed: string[] = [];
  let cut = false;
  for (const { href, status } of responses) {
    const address = resolveHref(href, calendarId);
    if (sameAddress(address, calendarId)) cut ||= status === 507;
    else if (status === 404 || status === 410) removed.push(address);
    else if (!address.endsWith("/")) changed.push(address);
  }
  const next = { ...at, sync: syncToken ?? token, pending: changed };
  return readPending(ctx, calendarId, next, removed, cut && next.sync !== token);
}

/**
 * Servers say in many ways that they have forgotten a token: by its element, by a bare 403, 409, 410 or 412, or by failing
 * on every call that carries it while one without goes through.
 */
async function deadOr(ctx: Ctx, calendarId: string, error: unknown): Promise<never> {
  if (!(error instanceof IntegrationError)) throw error;
  const refused = [403, 409, 410, 412].includes(error.info.status ?? 0);
  if (error.kind === "cursor-expired" || refused) throw expired();
  if (error.kind === "unavailable" && (error.info.status ?? 0) >= 500 && error.info.retryAfter === undefined) {
    await syncReport(ctx, calendarId, "").catch(() => Promise.reject(error));
    throw expired();
  }
  throw error;
}

async function compareEtags(ctx: Ctx, calendarId: string, at: Position): Promise<CalendarChanges> {
  const { ctag } = await calendarFacts(ctx, calendarId);
  if (ctag !== null && ctag === at.ctag) return page(at, { upserts: [], removedIds: [] }, false);
  const before = at.etags ?? {};
  const now = await digests(ctx, calendarId);
  const address = (name: string) => resolveHref(name, calendarId);
  const changed = Object.keys(now).filter((name) => now[name] !== before[name]);
  const removed = Object.keys(before).filter((name) => now[name] === undefined);
  const next = { ...at, ctag, etags: now, pending: changed.map(address) };
  return readPending(ctx, calendarId, next, removed.map(address), false);
}

/** Every member with a digest of its etag: enough to see that it changed, and short enough to be kept. */
async function digests(ctx: Ctx, calendarId: string): Promise<Record<string, string>> {
  const { responses } = await propfind(ctx, calendarId, "1", "<d:getetag/>");
  const base = new URL(calendarId).pathname;
  const found: Record<string, string> = {};
  for (const { href, props } of responses) {
    const { pathname } = new URL(resolveHref(href, calendarId));
    const etag = props.get(`{${DAV}}getetag`)?.text.trim();
    if (!etag || pathname.endsWith("/") || !pathname.startsWith(base)) continue;
    found[pathname.slice(base.length)] = createHash("sha256").update(etag).digest("base64url").slice(0, 10);
  }
  return found;
}
