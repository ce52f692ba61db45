import type { Account } from "../contract/adapter.ts";
import type { CalEvent, Calendar } from "../contract/capabilities.ts";
import type { Ctx } from "../contract/ctx.ts";
import { IntegrationError } from "../contract/errors.ts";
import type { AuthStrategy } from "../contract/manifest.ts";
import { readBusy } from "./caldav-busy.server.ts";
import { readChanges } from "./caldav-changes.server.ts";
import {
  accountOf,
  type Entrance,
  findPrincipal,
  listCalendars,
  type Principal,
  sendsInvitations,
} from "./caldav-discovery.server.ts";
import { createEvent, removeEvent, updateEvent, type WriteHabits } from "./caldav-events.server.ts";
import { asCollection, classifyDav, resolveHref } from "./caldav-http.server.ts";
import type { Inviting } from "./ical-write.server.ts";

/** How one server differs from the others. Everything else is the standards'. */
export interface CaldavProfile extends Entrance, WriteHabits {
  /** Whether the server's own free/busy answer is asked for; else events are read. */
  asksFreeBusy: boolean;
}

/** A server that keeps to the standards. */
export const plainProfile: CaldavProfile = {
  contextPaths: [],
  etagAfterWrite: "answer",
  deletedUids: "free",
  asksFreeBusy: true,
};

/** The value of the `invitations` field with which guests are told by a person and not by the server. */
const NOBODY_SENDS = "nobody";

type CaldavAuth = Extract<AuthStrategy, { kind: "caldav" }>;

/**
 * Everything that an adapter of a CalDAV server holds: RFC 4791 calendars, RFC 6578 sync, RFC 6638 scheduling, RFC 6764
 * discovery. Calendar and event ids are addresses on the server, in one spelling.
 */
export function caldav(auth: CaldavAuth, profile: CaldavProfile = plainProfile) {
  const text = (ctx: Ctx, key: string | undefined): string => {
    const value: unknown = key === undefined ? undefined : ctx.config[key];
    return typeof value === "string" ? value : "";
  };
  const username = (ctx: Ctx) => text(ctx, auth.usernameField);
  const principalOf = (ctx: Ctx): Promise<Principal> =>
    findPrincipal(ctx, text(ctx, auth.serverField) || (auth.server ?? ""), profile);

  /** `primary` stands for the account's default calendar. */
  async function addressOf(ctx: Ctx, calendarId: string): Promise<string> {
    if (URL.canParse(calendarId)) return asCollection(resolveHref(calendarId, calendarId));
    const all = calendarId === "primary" ? await listCalendars(ctx, await principalOf(ctx), profile) : [];
    const own = all.find((one) => one.primary);
    if (own) return own.id;
    throw new IntegrationError("not-found", "The calendar server does not know this calendar.");
  }

  /** RFC 6638 has the server invite when the organiser is the account itself, so its own address must be asked for. */
  async function invitingTo(ctx: Ctx, event: CalEvent): Promise<Inviting> {
    const serverSends = text(ctx, "invitations") !== NOBODY_SENDS;
    if (event.attendees.length === 0) return { organizer: null, serverSends };
    const principal = await principalOf(ctx);
    const email = accountOf(principal, username(ctx), []).name;
    return {
      organizer: email.includes("@") ? { email, ...(principal.name ? { name: principal.name } : {}) } : null,
      serverSends,
    };
  }

  const calendar: Calendar = {
    list: async (ctx) => listCalendars(ctx, await principalOf(ctx), profile),
    freeBusy(ctx, { calendarIds, from, to }) {
      let known: Promise<Principal> | undefined;
      const principal = () => {
        known ??= principalOf(ctx);
        return known;
      };
      return readBusy(
        ctx,
        calendarIds,
        { from, to },
        {
          addressOf: (calendarId) => addressOf(ctx, calendarId),
          principal,
          username: username(ctx),
          asksServer: profile.asksFreeBusy,
        },
      );
    },
    async create(ctx, calendarId, event) {
      const inviting = await invitingTo(ctx, event);
      return createEvent(ctx, await addressOf(ctx, calendarId), event, inviting, profile);
    },
    update: async (ctx, ref, event) => updateEvent(ctx, ref, event, await invitingTo(ctx, event), profile),
    remove: (ctx, ref) => removeEvent(ctx, ref),
    changes: async (ctx, calendarId, token) => readChanges(ctx, await addressOf(ctx, calendarId), token),
  };

  /** Discovery to the list of calendars. Kinds: auth-revoked, forbidden, config, network. */
  async function test(ctx: Ctx): Promise<Account> {
    const principal = await principalOf(ctx);
    const calendars = await listCalendars(ctx, principal, profile);
    const warnings: string[] = [];
    if (!calendars.some((one) => one.writable))
      warnings.push("No calendar of this account can be written to, so interviews cannot be booked in it.");
    if (text(ctx, "invitations") !== NOBODY_SENDS && !(await sendsInvitations(ctx, principal)))
      warnings.push("This server sends no invitations: guests see the interview only in calendars that you share.");
    return accountOf(principal, username(ctx), warnings);
  }

  return { test, classify: classifyDav, calendar };
}
