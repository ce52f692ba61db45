import ICAL from "ical.js";
import type { CalEvent } from "../contract/capabilities.ts";
import { textOf } from "./ical.server.ts";

/** Who invites, and whether the server is to send the invitations (RFC 6638 §7.1). */
export interface Inviting {
  organizer: { email: string; name?: string | undefined } | null;
  serverSends: boolean;
}

/** A new object: one event in UTC, which every server and client reads alike. Without METHOD, as stored objects must be. */
export function writeIcal(event: CalEvent, inviting: Inviting, now: Date): string {
  const calendar = new ICAL.Component("vcalendar");
  calendar.updatePropertyWithValue("version", "2.0");
  calendar.updatePropertyWithValue("prodid", "-//Patchbay//Patchbay//EN");
  const component = new ICAL.Component("vevent");
  component.updatePropertyWithValue("uid", event.uid);
  component.updatePropertyWithValue("sequence", 0);
  component.updatePropertyWithValue("transp", "OPAQUE");
  calendar.addSubcomponent(component);
  apply(component, event, inviting, now);
  return `${calendar.toString()}\r\n`;
}

/**
 * The stored object with our fields in it. Everything that others keep there stays: unknown properties, answers of guests,
 * alarms. A new time or place raises SEQUENCE. Throws a plain Error for text that is no iCalendar or holds no event.
 */
export function editIcal(text: string, event: CalEvent, inviting: Inviting, now: Date): string {
  const calendar = ICAL.Component.fromString(text);
  calendar.removeAllProperties("method");
  const events = calendar.getAllSubcomponents("vevent");
  const component = events.find((one) => !one.hasProperty("recurrence-id")) ?? events[0];
  if (!component) throw new Error("The object holds no event.");
  const before = placeOf(component);
  apply(component, event, inviting, now);
  if (placeOf(component) !== before)
    component.updatePropertyWithValue("sequence", (Number(textOf(component, "sequence")) || 0) + 1);
  return `${calendar.toString()}\r\n`;
}

const placeOf = (component: ICAL.Component): string =>
  ["dtstart", "dtend", "location"].map((name) => component.getFirstProperty(name)?.toICALString() ?? "").join("\n");

function apply(component: ICAL.Component, event: CalEvent, inviting: Inviting, now: Date): void {
  const join = typeof event.conference === "object" ? event.conference.url : null;
  const description = [event.description, join].filter(Boolean).join("\n\n");
  setText(component, "summary", event.title);
  setText(component, "description", description);
  setText(component, "location", event.location ?? join ?? "");
  setTime(component, "dtstart", event.start);
  setTime(component, "dtend", event.end);
  component.removeAllProperties("duration");
  component.updatePropertyWithValue("status", "CONFIRMED");
  setTime(component, "dtstamp", now);
  setTime(component, "last-modified", now);
  if (join) {
    component.removeAllProperties("conference");
    const conference = new ICAL.Property("conference");
    conference.resetType("uri");
    conference.setParameter("feature", "VIDEO");
    conference.setValue(join);
    component.addProperty(conference);
  }
  invite(component, event, inviting);
}

function setText(component: ICAL.Component, name: string, value: string): void {
  component.removeAllProperties(name);
  if (value !== "") component.addPropertyWithValue(name, value);
}

function setTime(component: ICAL.Component, name: string, at: Date): void {
  component.removeAllProperties(name);
  component.addPropertyWithValue(name, ICAL.Time.fromJSDate(new Date(Math.floor(at.getTime() / 1000) * 1000), true));
}

/** Control characters would end the line, and quotes the parameter. */
const line = (text: string): string => text.replaceAll(/[\p{Cc}"]/gu, " ").trim();
const addressOf = (email: string): string => `mailto:${line(email).replaceAll(" ", "")}`;

function invite(component: ICAL.Component, event: CalEvent, { organizer, serverSends }: Inviting): void {
  const known = new Map(
    component.getAllProperties("attendee").map((one) => [String(one.getFirstValue()).toLowerCase(), one]),
  );
  component.removeAllProperties("attendee");
  if (organizer && event.attendees.length > 0 && !component.hasProperty("organizer")) {
    const property = new ICAL.Property("organizer");
    if (organizer.name) property.setParameter("cn", line(organizer.name));
    property.setValue(addressOf(organizer.email));
    component.addProperty(property);
  }
  const own = organizer ? addressOf(organizer.email).toLowerCase() : null;
  for (const { email, name } of event.attendees) {
    const address = addressOf(email);
    const property = known.get(address.toLowerCase()) ?? new ICAL.Property("attendee");
    property.setValue(address);
    if (name) property.setParameter("cn", line(name));
    if (!property.getFirstParameter("partstat")) {
      property.setParameter("role", "REQ-PARTICIPANT");
      property.setParameter("partstat", address.toLowerCase() === own ? "ACCEPTED" : "NEEDS-ACTION");
      property.setParameter("rsvp", "TRUE");
    }
    if (serverSends) property.removeParameter("schedule-agent");
    else property.setParameter("schedule-agent", "CLIENT");
    component.addProperty(property);
  }
}

/** The question when somebody on the same server is busy (RFC 6638 §5). */
export function writeFreeBusyRequest(question: {
  uid: string;
  organizer: string;
  attendee: string;
  from: Date;
  to: Date;
  now: Date;
}): string {
  const calendar = new ICAL.Component("vcalendar");
  calendar.updatePropertyWithValue("version", "2.0");
  calendar.updatePropertyWithValue("prodid", "-//Patchbay//Patchbay//EN");
  calendar.updatePropertyWithValue("method", "REQUEST");
  const component = new ICAL.Component("vfreebusy");
  component.updatePropertyWithValue("uid", question.uid);
  setTime(component, "dtstamp", question.now);
  setTime(component, "dtstart", question.from);
  setTime(component, "dtend", question.to);
  component.updatePropertyWithValue("organizer", addressOf(question.organizer));
  component.updatePropertyWithValue("attendee", addressOf(question.attendee));
  calendar.addSubcomponent(component);
  return `${calendar.toString()}\r\n`;
}
