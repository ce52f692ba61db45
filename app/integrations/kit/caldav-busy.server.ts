import { z } from "zod";
import type { Busy, Calendar } from "../contract/capabilities.ts";
import type { Ctx } from "../contract/ctx.ts";
import { type ErrorKind, IntegrationError } from "../contract/errors.ts";
import { calendarFacts, type Principal } from "./caldav-discovery.server.ts";
import { report } from "./caldav-http.server.ts";
import { objectsBetween, timeRange } from "./caldav-read.server.ts";
import { CALDAV, child, childrenOf, DAV, parseXml } from "./caldav-xml.server.ts";
import { readFreeBusy, readIcal } from "./ical.server.ts";
import { occurrencesOf } from "./ical-series.server.ts";
import { writeFreeBusyRequest } from "./ical-write.server.ts";
import { ianaZone } from "./ical-zones.server.ts";

type Answer = Awaited<ReturnType<Calendar["freeBusy"]>>;
interface Range {
  from: Date;
  to: Date;
}

/** Failures of one calendar; every other kind is the connection's and is thrown. */
const ofTheCalendar: readonly ErrorKind[] = [
  "not-found",
  "forbidden",
  "config",
  "contract",
  "validation",
  "unsupported",
];
const email = z.email();

/**
 * Busy times per calendar. A calendar by its address: the server's own answer where it offers one that is worth its name,
 * else its events. A mail address: asked for through the outbox. Whatever cannot be read is unknown.
 */
export async function readBusy(
  ctx: Ctx,
  calendarIds: readonly string[],
  range: Range,
  by: {
    addressOf: (calendarId: string) => Promise<string>;
    principal: () => Promise<Principal>;
    username: string;
    asksServer: boolean;
  },
): Promise<Answer> {
  const busy: Busy[] = [];
  const unknown: { calendarId: string; reason: string }[] = [];
  await Promise.all(
    calendarIds.map(async (calendarId) => {
      try {
        const spans = email.safeParse(calendarId).success
          ? await busyOfPerson(ctx, calendarId, range, by)
          : await busyOfCalendar(ctx, await by.addressOf(calendarId), range, by.asksServer);
        busy.push(...spans.map((span) => ({ calendarId, ...span })));
      } catch (error) {
        if (!(error instanceof IntegrationError) || !ofTheCalendar.includes(error.kind)) throw error;
        unknown.push({ calendarId, reason: error.message });
      }
    }),
  );
  return { busy, unknown };
}

async function busyOfCalendar(ctx: Ctx, url: string, range: Range, asksServer: boolean) {
  const { reports, timeZone } = await calendarFacts(ctx, url);
  const told = asksServer && reports.has("free-busy-query") ? await askServer(ctx, url, range) : null;
  if (told) return told;
  const zone = ianaZone(timeZone);
  const spans: { start: Date; end: Date }[] = [];
  for (const { text } of await objectsBetween(ctx, url, range.from, range.to)) {
    if (text === null) continue;
    const series = occurrencesIn(text, zone, range);
    for (const one of series) if (one.busy && one.end > one.start) spans.push({ start: one.start, end: one.end });
  }
  return spans;
}

function occurrencesIn(text: string, zone: ReturnType<typeof ianaZone>, { from, to }: Range) {
  const unreadable = "An event of this calendar cannot be read, so nobody can say when it is free.";
  try {
    const { occurrences, complete } = occurrencesOf(readIcal(text, zone), from, to);
    if (complete) return occurrences;
  } catch (cause) {
    throw new IntegrationError("contract", unreadable, { field: "calendar-data", cause });
  }
  throw new IntegrationError("contract", "A series in this calendar repeats in a way that cannot be followed.", {
    field: "rrule",
  });
}

/** The server's VFREEBUSY (RFC 4791 §7.10); null when it gives none, whatever its status says. */
async function askServer(ctx: Ctx, url: string, { from, to }: Range) {
  try {
    const answer = await report(ctx, url, "1", "c:free-busy-query", timeRange(from, to), "text/calendar");
    const isCalendar = /^text\/calendar\b/i.test(answer.headers.get("content-type") ?? "");
    return answer.status === 200 && isCalendar ? readFreeBusy(answer.text) : null;
  } catch (error) {
    if (error instanceof IntegrationError && ofTheCalendar.includes(error.kind)) return null;
    throw error;
  }
}

/** Somebody on the same server (RFC 6638 §5): a status other than 2.x is no answer. */
async function busyOfPerson(
  ctx: Ctx,
  attendee: string,
  { from, to }: Range,
  by: { principal: () => Promise<Principal>; username: string },
) {
  const principal = await by.principal();
  const organizer = principal.addresses[0] ?? (email.safeParse(by.username).success ? by.username : null);
  if (!principal.outbox || !organizer)
    throw new IntegrationError("unsupported", "This calendar server does not tell when other people are busy.");
  const uid = `${ctx.idempotencyKey}-busy`;
  const value = writeFreeBusyRequest({ uid, organizer, attendee, from, to, now: ctx.now() });
  const answer = await ctx.http.send({
    method: "POST",
    url: principal.outbox,
    headers: { accept: "application/xml, text/xml" },
    text: { type: "text/calendar; charset=utf-8", value },
    idempotent: true,
  });
  const responses = childrenOf(parseXml(answer.text), CALDAV, "response");
  const own =
    responses.find((one) => {
      const recipient = child(child(one, CALDAV, "recipient"), DAV, "href")?.text ?? "";
      return recipient.trim().toLowerCase() === `mailto:${attendee.toLowerCase()}`;
    }) ?? (responses.length === 1 ? responses[0] : undefined);
  const status = child(own, CALDAV, "request-status")?.text.trim() ?? "";
  const spans = status.startsWith("2.") ? readFreeBusy(child(own, CALDAV, "calendar-data")?.text ?? "") : null;
  if (!spans) throw new IntegrationError("not-found", "The calendar server does not know when this person is busy.");
  return spans;
}
