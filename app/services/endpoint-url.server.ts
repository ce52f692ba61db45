import { isIP } from "node:net";
import { isGlobalUnicast } from "#app/integrations/kit/address.server.ts";
import { env } from "#app/platform/env.server.ts";
import { inboxTokenOf } from "./inbox-address.server.ts";

const LOCAL_NAME = /(^|\.)(localhost|localdomain6?|local|internal|intranet|lan|home\.arpa)$/;

/**
 * Why an address cannot be an endpoint, in a sentence; null when it can. A name that leads inside is caught again at
 * each connection, where it is resolved.
 */
export function refuseEndpointUrl(text: string): string | null {
  if (!URL.canParse(text)) return "This is no web address. It begins with https://.";
  const url = new URL(text);
  const { NODE_ENV, PATCHBAY_ALLOW_LOOPBACK_EGRESS } = env();
  const insecure = url.protocol === "http:" && NODE_ENV !== "production";
  if (url.protocol !== "https:" && !insecure) return "The address must begin with https://.";
  if (url.username || url.password) return "Take the name and password out of the address.";
  if (url.hash) return "Take the part after # out of the address; it would not be sent.";
  if (text.length > 2_000) return "The address is longer than 2,000 characters.";
  // An inbox of our own is handed what it gets inside the house; nothing connects there.
  if (inboxTokenOf(text) !== null) return null;
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  if (PATCHBAY_ALLOW_LOOPBACK_EGRESS.some((entry) => entry.toLowerCase() === `${host}:${port}`)) return null;
  const name = host.replace(/\.+$/, "");
  const inside = isIP(host) !== 0 ? !isGlobalUnicast(host) : LOCAL_NAME.test(name) || !name.includes(".");
  return inside ? "This address is not reachable from the internet. Use a public one." : null;
}
