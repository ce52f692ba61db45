import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * Public by registry, and yet answered from within a cloud: the host agent of Azure hands settings and certificates to
 * whoever asks it from a machine there.
 */
const ANSWERED_WITHIN = new Set(["168.63.129.16"]);

/**
 * Whether an IP address belongs to the public internet. IPv4-mapped IPv6 counts as the IPv4 inside it; IPv6 is global
 * only in 2000::/3, because ipaddr.js calls `::7f00:1` unicast. Anything that is not an IP address is refused.
 */
export function isGlobalUnicast(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== "unicast") return false;
  if (parsed instanceof ipaddr.IPv4) return !ANSWERED_WITHIN.has(parsed.toString());
  return ((parsed.parts[0] ?? 0) & 0xe000) === 0x2000;
}

/** Whether two spellings mean one address: mapped IPv4 and compressed IPv6 included. */
export function sameAddress(one: string, other: string): boolean {
  if (isIP(one) === 0 || isIP(other) === 0) return false;
  return ipaddr.process(one).toNormalizedString() === ipaddr.process(other).toNormalizedString();
}
