import { randomToken } from "#app/platform/crypto.server.ts";
import { env } from "#app/platform/env.server.ts";
import { AppError } from "./errors.ts";

/* Addresses of inboxes, our own receivers: `<origin>/inbox/<employer><secret>`. The employer's id in the token lets it be
 * looked up inside the tenant. */

const SHAPE = /^([0-9a-f]{32})[\w-]{32}$/;

/** A new token, unguessable. */
export const newInboxToken = (employerId: string): string => `${employerId.replaceAll("-", "")}${randomToken(24)}`;

/** The employer of a token; null when the text is none. */
export function employerOfInbox(token: string): string | null {
  const hex = SHAPE.exec(token)?.[1];
  return hex === undefined ? null : hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The address of an inbox. Kind unavailable where this instance does not know its own address. */
export function inboxUrl(token: string): string {
  const { PATCHBAY_URL } = env();
  if (PATCHBAY_URL === undefined) throw new AppError("unavailable", "This instance does not know its own address.");
  return new URL(`/inbox/${token}`, PATCHBAY_URL).href;
}

/**
 * The token when an address is an inbox of this very instance, else null. Such a delivery is handed over inside the
 * house: no socket is opened, so the guard on outgoing connections needs no exception for ourselves.
 */
export function inboxTokenOf(url: string): string | null {
  const { PATCHBAY_URL } = env();
  if (PATCHBAY_URL === undefined || !URL.canParse(url)) return null;
  const { origin, pathname, search, hash } = new URL(url);
  const token = /^\/inbox\/([\w-]+)$/.exec(pathname)?.[1];
  const own = origin === new URL(PATCHBAY_URL).origin && search === "" && hash === "";
  return own && token !== undefined && employerOfInbox(token) !== null ? token : null;
}
