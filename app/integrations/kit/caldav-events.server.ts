import type { CalEvent, EventRef } from "../contract/capabilities.ts";
import type { Ctx, HttpAnswer } from "../contract/ctx.ts";
import { IntegrationError } from "../contract/errors.ts";
import { asCollection, classifyDav, propertiesOf, resolveHref } from "./caldav-http.server.ts";
import { etagOf, objectsBetween } from "./caldav-read.server.ts";
import { DAV, parseMultistatus, preconditions } from "./caldav-xml.server.ts";
import { joinUrlOf, readIcal } from "./ical.server.ts";
import { editIcal, type Inviting, writeIcal } from "./ical-write.server.ts";
import { utc } from "./ical-zones.server.ts";

export interface WriteHabits {
  /** `reread`: the server changes what it stores, so the etag of its answer may be outdated already. */
  etagAfterWrite: "answer" | "reread";
  /** `burnt`: a uid that was deleted cannot be used again, and a repeated booking gets the next in line. */
  deletedUids: "free" | "burnt";
}

const CALENDAR_TEXT = "text/calendar; charset=utf-8";
/** How often a booking under a burnt uid moves on to the next. */
const MOST_UIDS = 5;

type Put =
  | { done: true; href: string; etag: string | null }
  | { done: false; answer: HttpAnswer; taken: string | null };

async function put(ctx: Ctx, href: string, value: string, condition: Readonly<Record<string, string>>): Promise<Put> {
  const answer = await ctx.http.send({
    method: "PUT",
    url: href,
    headers: condition,
    text: { type: CALENDAR_TEXT, value },
    accept: [400, 403, 409, 412],
  });
  const refused = answer.status >= 400 || answer.status === 207;
  if (!refused) {
    const location = answer.headers.get("location");
    return {
      done: true,
      href: location ? resolveHref(location, href) : href,
      etag: etagOf(answer.headers.get("etag")),
    };
  }
  const taken = takenIn(answer);
  return { done: false, answer, taken: taken ? resolveHref(taken, href) : null };
}

/** The address under which the server already has this uid, where it names one. */
function takenIn({ status, text }: HttpAnswer): string | null {
  if (status === 207) return /<[^>]*no-uid-conflict[^>]*>\s*<[^>]*href[^>]*>([^<]+)</.exec(text)?.[1] ?? null;
  const said = preconditions(text);
  return said.get("no-uid-conflict") ?? said.get("unique-scheduling-object-resource") ?? null;
}

function refusal(answer: HttpAnswer): IntegrationError {
  const status = answer.status === 207 ? (parseMultistatus(answer.text).responses[0]?.status ?? 412) : answer.status;
  const byStatus = status === 403 ? "forbidden" : status === 400 ? "validation" : "conflict";
  const kind = classifyDav({ status, text: answer.text }) ?? byStatus;
  const words = {
    forbidden: "The calendar server does not let this account write here.",
    validation: "The calendar server did not accept the event.",
    conflict: "The calendar server holds another state of this event.",
  } as const;
  const message = kind === "forbidden" || kind === "validation" ? words[kind] : words.conflict;
  const [vendorCode] = preconditions(answer.text).keys();
  return new IntegrationError(kind, message, { status, ...(vendorCode ? { vendorCode } : {}) });
}

/**
 * Books an event under a name made from its uid, if nothing has that name yet: a repeated booking meets the event that is
 * already there and brings it up to date. Kinds: conflict when the uid is taken elsewhere, validation, forbidden.
 */
export async function createEvent(
  ctx: Ctx,
  calendarId: string,
  event: CalEvent,
  inviting: Inviting,
  habits: WriteHabits,
): Promise<EventRef> {
  for (let turn = 1; ; turn++) {
    const uid = turn === 1 ? event.uid : `${event.uid}-${turn}`;
    const wanted = { ...event, uid };
    const href = resolveHref(`${encodeURIComponent(uid)}.ics`, asCollection(calendarId));
    const made = await put(ctx, href, writeIcal(wanted, inviting, ctx.now()), { "If-None-Match": "*" });
    if (made.done) return refAfterWrite(ctx, calendarId, made, wanted, habits);
    const there = await existing(ctx, made.taken ?? href, uid);
    if (there?.id.startsWith(asCollection(calendarId)))
      return updateEvent(ctx, { calendarId, ...there }, wanted, inviting, habits);
    if (there || habits.deletedUids === "free" || turn >= MOST_UIDS) throw refusal(made.answer);
  }
}

/** The event under this address if it is there and carries the uid. */
async function existing(ctx: Ctx, href: string, uid: string): Promise<{ id: string; etag: string | null } | null> {
  const { status, text, headers } = await read(ctx, href, [404, 410]);
  if (status === 404 || status === 410) return null;
  try {
    const { masters, overrides } = readIcal(text, utc);
    if (![...masters, ...overrides].some((part) => part.uid === uid)) return null;
  } catch {
    return null;
  }
  return { id: href, etag: etagOf(headers.get("etag")) };
}

const read = (ctx: Ctx, href: string, accept: readonly number[] = []): Promise<HttpAnswer> =>
  ctx.http.send({ method: "GET", url: href, headers: { accept: "text/calendar" }, accept });

/** Our fields into the stored event, if nobody changed it since. Kinds: conflict, not-found, contract. */
export async function updateEvent(
  ctx: Ctx,
  ref: EventRef,
  event: CalEvent,
  inviting: Inviting,
  habits: WriteHabits,
): Promise<EventRef> {
  const stored = await read(ctx, ref.id);
  const etag = ref.etag ?? etagOf(stored.headers.get("etag"));
  let value: string;
  try {
    value = editIcal(stored.text, event, inviting, ctx.now());
  } catch (cause) {
    throw new IntegrationError("contract", "The event on the calendar server cannot be read.", {
      field: "calendar-data",
      cause,
    });
  }
  const made = await put(ctx, ref.id, value, etag ? { "If-Match": etag } : {});
  if (!made.done) throw refusal(made.answer);
  return refAfterWrite(ctx, ref.calendarId, made, event, habits);
}

/** Already gone counts as done; a stale version is kind conflict. */
export async function removeEvent(ctx: Ctx, ref: EventRef): Promise<void> {
  const headers = ref.etag ? { "If-Match": ref.etag } : {};
  await ctx.http.send({ method: "DELETE", url: ref.id, headers, accept: [404, 410] });
}

/** Servers that store other bytes than were sent give no etag, and some give the event a name of their own. */
async function refAfterWrite(
  ctx: Ctx,
  calendarId: string,
  made: { href: string; etag: string | null },
  event: CalEvent,
  { etagAfterWrite }: WriteHabits,
): Promise<EventRef> {
  const link = typeof event.conference === "object" ? { joinUrl: event.conference.url } : {};
  if (made.etag && etagAfterWrite === "answer") return { calendarId, id: made.href, etag: made.etag, ...link };
  try {
    const own = await propertiesOf(ctx, made.href, "<d:getetag/>");
    return { calendarId, id: made.href, etag: etagOf(own.props.get(`{${DAV}}getetag`)?.text), ...link };
  } catch (error) {
    if (!(error instanceof IntegrationError) || error.kind !== "not-found") throw error;
  }
  for (const { href, etag, text } of await objectsBetween(ctx, calendarId, event.start, event.end)) {
    const found = text === null ? undefined : readIcal(text, utc).masters.find((part) => part.uid === event.uid);
    const joinUrl = found ? joinUrlOf(found.component) : null;
    if (found) return { calendarId, id: href, etag, ...(joinUrl ? { joinUrl } : {}) };
  }
  throw new IntegrationError("not-found", "The calendar server took the event and does not show it.");
}
