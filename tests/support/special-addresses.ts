import { BlockList, isIPv4, isIPv6 } from "node:net";

/*
 * Written from IANA's registries of special-purpose IPv4 and IPv6 addresses and of IPv6 address space, and from the
 * anycast blocks of AS112 and AMT, without a look at the library that the guard uses: the two have to agree. Beside them
 * stands what a cloud answers from within although a registry calls it public.
 */

const special4 = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"],
  ...["192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24"],
  ...["198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32"],
  // Azure: "What is IP address 168.63.129.16?".
  "168.63.129.16/32",
];
/** Of what lies inside 2000::/3; everything outside of it is not global unicast. */
const special6 = [...["2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"]];
/** Only their edges are of interest. */
const outside6 = [
  "::/128",
  "::1/128",
  "::/96",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "100::/64",
  "5f00::/16",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
];

const blocked = new BlockList();
for (const block of special4) blocked.addSubnet(...split(block), "ipv4");
for (const block of special6) blocked.addSubnet(...split(block), "ipv6");
const global6 = new BlockList();
global6.addSubnet("2000::", 3, "ipv6");

function split(block: string): [string, number] {
  const [network = "", prefix = "0"] = block.split("/");
  return [network, Number(prefix)];
}

/** Whether an IP address is global unicast; IPv4 inside IPv6 (::ffff:0:0/96) counts as the IPv4, and a zone does not count. */
export function isPublic(given: string): boolean {
  const address = given.replace(/%.*$/, "");
  if (isIPv4(address)) return !blocked.check(address, "ipv4");
  if (!isIPv6(address)) return false;
  const value = toBigInt(address);
  if (value >> 32n === 0xffffn) return isPublic(fromBigInt4(value & 0xffffffffn));
  return global6.check(address, "ipv6") && !blocked.check(address, "ipv6");
}

/** The first and last address of each block, and the ones beside. */
export function boundaries(): string[] {
  const of4 = special4.flatMap((block) => {
    const [network, prefix] = split(block);
    const first = network.split(".").reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
    const last = first + (1n << BigInt(32 - prefix)) - 1n;
    return [first - 1n, first, last, last + 1n].filter((one) => one >= 0n && one < 1n << 32n).map(fromBigInt4);
  });
  const of6 = [...special6, ...outside6, "2000::/3"].flatMap((block) => {
    const [network, prefix] = split(block);
    const first = toBigInt(network);
    const last = first + (1n << BigInt(128 - prefix)) - 1n;
    return [first - 1n, first, last, last + 1n].filter((one) => one >= 0n && one < 1n << 128n).map(fromBigInt6);
  });
  return [...new Set([...of4, ...of4.map((one) => `::ffff:${one}`), ...of6])];
}

const fromBigInt4 = (value: bigint): string => [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");

const fromBigInt6 = (value: bigint): string =>
  Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16)).join(":");

/** Without a zone, and with the last four bytes as IPv4 where they are written so. */
function toBigInt(address: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  const inner = (dotted?.[2] ?? "").split(".").map(Number);
  const [a = 0, b = 0, c = 0, d = 0] = inner;
  const text = dotted ? `${dotted[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}` : address;
  const [head = "", tail] = text.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}
