/** Names that are ours or the connection's; an endpoint's own headers never touch them. */
const RESERVED = new Set([
  "host",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
  "expect",
  "http2-settings",
  "alt-used",
  "accept-encoding",
  "user-agent",
  "via",
  "forwarded",
  "date",
  "max-forwards",
  "__proto__",
]);
const RESERVED_BEGINNINGS = [
  "content-",
  "proxy-",
  "webhook-",
  "x-webhook-",
  "svix-",
  "x-patchbay-",
  "x-forwarded-",
  "sec-",
];

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/;
/** Visible ASCII with spaces inside: every server and every proxy reads it the same way. */
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e]{0,1998}[\x21-\x7e])?$/;

export const HEADERS_AT_MOST = 20;
export const HEADER_BYTES = 4_096;

/** Why a header may not be sent, in a sentence; null when it may. Asked when it is saved and again when it is sent. */
export function refuseHeader(name: string, value: string): string | null {
  const lower = name.toLowerCase();
  if (!NAME.test(name)) return `“${shown(name)}” is no header name. Letters, digits and hyphens, at most 100.`;
  if (RESERVED.has(lower) || RESERVED_BEGINNINGS.some((beginning) => lower.startsWith(beginning)))
    return `${name} is set by us or by the connection. Choose another name.`;
  if (!VALUE.test(value))
    return `The value of ${name} may hold letters, digits, signs and spaces inside (ASCII), 1 to 2,000 characters.`;
  return null;
}

const shown = (text: string): string => text.replace(/[^\x20-\x7e]/g, "?").slice(0, 60);

/** Why a whole set may not be saved, in a sentence; null when it may. */
export function refuseHeaders(headers: Readonly<Record<string, string>>): string | null {
  const entries = Object.entries(headers);
  if (entries.length > HEADERS_AT_MOST) return `At most ${HEADERS_AT_MOST} headers.`;
  for (const [name, value] of entries) {
    const refused = refuseHeader(name, value);
    if (refused !== null) return refused;
  }
  const names = entries.map(([name]) => name.toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `${twice} stands there twice.`;
  const bytes = entries.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  return bytes > HEADER_BYTES ? `Together the headers have ${bytes} bytes; at most ${HEADER_BYTES} are sent.` : null;
}

/** What of a set may go out, with lower-case names, within the limits of number and size; the rest stays here. */
export function sendableHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept = new Map<string, string>();
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    const size = name.length + value.length + 4;
    if (refuseHeader(name, value) !== null || kept.has(lower)) continue;
    if (kept.size >= HEADERS_AT_MOST || bytes + size > HEADER_BYTES) continue;
    kept.set(lower, value);
    bytes += size;
  }
  return Object.fromEntries(kept);
}
