/*
 * Addresses that lead inside, in every way that is known to be tried, each with the reason. All suites that hold the guard
 * on outgoing calls to its word read this one list. Where something is to listen the port is 4711.
 */

export const kinds = [
  ...["plain", "number", "range", "IPv6", "IPv4 in IPv6", "zone", "metadata", "name", "answer", "digits and dots"],
  ...["userinfo", "slashes and blanks", "port", "scheme", "rebinding"],
] as const;
export type Kind = (typeof kinds)[number];

export interface InsideUrl {
  kind: Kind;
  /** As a person may type it. */
  url: string;
  /** Why it leads inside. */
  why: string;
  /** What its name is answered with, one list for each time it is asked for; the last one stays. */
  turns: readonly (readonly string[])[];
  /** Whether a form can refuse it before any name is looked up. */
  seen: boolean;
}

const PORT = ":4711";
/** An address that is public, and that no test ever reaches. */
export const PUBLIC = "93.184.216.34";

const written = (kind: Kind, list: readonly (readonly [url: string, why: string])[]): InsideUrl[] =>
  list.map(([url, why]) => ({ kind, url, why, turns: [], seen: true }));
/** Hosts, at the port where something listens. */
const hosts = (kind: Kind, list: readonly (readonly [host: string, why: string])[]): InsideUrl[] =>
  written(
    kind,
    list.map(([host, why]) => [`https://${host}${PORT}/hooks`, why]),
  );
/** Names that the resolver answers so. */
const named = (
  seen: boolean,
  list: readonly (readonly [host: string, answers: readonly string[], why: string])[],
  kind: Kind = "name",
): InsideUrl[] =>
  list.map(([host, answers, why]) => ({
    ...{ kind, url: `https://${host}${PORT}/hooks`, why },
    ...{ turns: [answers], seen },
  }));

const spellings = [
  ...hosts("plain", [
    ["127.0.0.1", "loopback"],
    ["127.8.8.8", "all of 127.0.0.0/8 is loopback"],
    ["127.255.255.254", "the last one of loopback"],
    ["0.0.0.0", "the unspecified address reaches the machine itself on Linux"],
    ["0.1.2.3", "this network"],
    ["127.0.0.1.", "a trailing dot behind a number is dropped"],
  ]),
  ...hosts("number", [
    ["2130706433", "127.0.0.1 as one decimal number"],
    ["2130706433.", "the same with a trailing dot"],
    ["0x7f000001", "127.0.0.1 as one hexadecimal number"],
    ["0X7F000001", "hexadecimal in capitals"],
    ["017700000001", "127.0.0.1 as one octal number"],
    ["0x7f.0x0.0x0.0x1", "hexadecimal parts"],
    ["0177.0.0.01", "octal parts"],
    ["0000177.0.0.01", "octal with more zeros in front"],
    ["127.1", "the last part fills three bytes"],
    ["127.0.1", "the last part fills two bytes"],
    ["0x7f.1", "hexadecimal and short"],
    ["0177.1", "octal and short"],
    ["127.0x000001", "decimal and hexadecimal"],
    ["0", "zero is 0.0.0.0"],
    ["0x", "a hexadecimal number without digits is zero"],
    ["00000000000", "zero in octal"],
    ["167772161", "10.0.0.1 as one number"],
    ["0xa000001", "10.0.0.1 in hexadecimal"],
    ["012.1", "10.0.0.1, octal and short"],
    ["10.1", "10.0.0.1, short"],
    ["192.168.257", "192.168.1.1, short"],
    ["0xc0a80101", "192.168.1.1 in hexadecimal"],
    ["4294967295", "255.255.255.255 as one number"],
    ["4294967297", "127.0.0.1 plus 2^32: no address, and some parsers wrap it around"],
    ["127.0.0.08", "no octal number, and some parsers read it as decimal"],
  ]),
  ...hosts("range", [
    ["10.0.0.1", "private, class A"],
    ["10.255.255.255", "private, class A, last"],
    ["172.16.0.1", "private, class B"],
    ["172.31.255.255", "private, class B, last"],
    ["192.168.1.1", "private, class C"],
    ["192.168.255.255", "private, class C, last"],
    ["100.64.0.1", "carrier-grade NAT"],
    ["100.127.255.255", "carrier-grade NAT, last"],
    ["169.254.1.1", "link-local"],
    ["192.0.0.8", "protocol assignments"],
    ["192.0.0.170", "NAT64 discovery"],
    ["192.0.2.1", "documentation"],
    ["198.51.100.1", "documentation 2"],
    ["203.0.113.1", "documentation 3"],
    ["192.88.99.1", "6to4 relay, withdrawn"],
    ["192.31.196.1", "AS112, served by whoever is nearest"],
    ["192.52.193.1", "AMT relays, served by whoever is nearest"],
    ["192.175.48.1", "AS112, the older block"],
    ["198.18.0.1", "benchmarking, used inside by proxies"],
    ["198.19.255.255", "benchmarking, last"],
    ["224.0.0.1", "multicast"],
    ["239.255.255.250", "multicast of UPnP"],
    ["240.0.0.1", "reserved"],
    ["255.255.255.255", "broadcast"],
  ]),
  ...hosts("IPv6", [
    ["[::1]", "loopback"],
    ["[0:0:0:0:0:0:0:1]", "loopback in full"],
    ["[0000:0000:0000:0000:0000:0000:0000:0001]", "loopback with all zeros"],
    ["[::]", "unspecified"],
    ["[fd12:3456:789a::1]", "unique local"],
    ["[fc00::1]", "unique local, the half that is assigned by nobody"],
    ["[fe80::1]", "link-local"],
    ["[febf::1]", "link-local, last"],
    ["[fec0::1]", "site-local, withdrawn"],
    ["[ff02::1]", "multicast to the link"],
    ["[ff05::1:3]", "multicast to the site"],
    ["[100::1]", "discard only"],
    ["[2001:2::1]", "benchmarking"],
    ["[2001:10::1]", "ORCHID"],
    ["[2001:20::1]", "ORCHIDv2"],
    ["[2001:db8::1]", "documentation"],
    ["[3fff::1]", "documentation 2"],
    ["[5f00::1]", "segment routing"],
    ["[2620:4f:8000::1]", "AS112"],
    ["[4000::1]", "outside of what is given out"],
  ]),
  ...hosts("IPv4 in IPv6", [
    ["[::ffff:127.0.0.1]", "mapped"],
    ["[::ffff:7f00:1]", "mapped, hexadecimal"],
    ["[::FFFF:7F00:1]", "mapped, in capitals"],
    ["[0:0:0:0:0:ffff:127.0.0.1]", "mapped, in full"],
    ["[::ffff:10.0.0.1]", "mapped, private"],
    ["[::ffff:192.168.0.1]", "mapped, private"],
    ["[::ffff:100.64.0.1]", "mapped, carrier-grade NAT"],
    ["[::ffff:0.0.0.0]", "mapped, unspecified"],
    ["[::127.0.0.1]", "compatible, withdrawn"],
    ["[::a00:1]", "compatible, private"],
    ["[::ffff:0:127.0.0.1]", "translated (SIIT)"],
    ["[64:ff9b::7f00:1]", "NAT64"],
    ["[64:ff9b::10.0.0.1]", "NAT64, private"],
    ["[64:ff9b:1::7f00:1]", "NAT64, local prefix"],
    ["[64:ff9b:1:fffe::10.0.0.1]", "NAT64, local prefix, private"],
    ["[2002:7f00:1::]", "6to4"],
    ["[2002:a00:1::1]", "6to4, private"],
    ["[2002:c0a8:101::1]", "6to4, private"],
    ["[2001:0:7f00:1::]", "Teredo, with loopback as its server"],
    ["[2001:0:4136:e378:8000:63bf:f5ff:fffe]", "Teredo, with 10.0.0.1 as its client"],
    ["[fe80::5efe:127.0.0.1]", "ISATAP on the link"],
  ]),
  ...hosts("zone", [
    ["[fe80::1%25eth0]", "link-local with a zone, encoded"],
    ["[fe80::1%eth0]", "link-local with a zone"],
    ["[::1%25lo]", "loopback with a zone"],
    ["[fe80::1%251]", "a zone by number"],
  ]),
  ...hosts("metadata", [
    ["169.254.169.254", "most clouds"],
    ["2852039166", "the same as one number"],
    ["0xa9fea9fe", "the same in hexadecimal"],
    ["0251.0376.0251.0376", "the same in octal"],
    ["169.254.43518", "the same, three parts"],
    ["169.16689662", "the same, two parts"],
    ["[::ffff:a9fe:a9fe]", "the same, mapped"],
    ["[::a9fe:a9fe]", "the same, compatible"],
    ["[64:ff9b::a9fe:a9fe]", "the same behind NAT64"],
    ["[2002:a9fe:a9fe::]", "the same behind 6to4"],
    ["[fe80::a9fe:a9fe]", "OpenStack over IPv6"],
    ["169.254.170.2", "task credentials of AWS ECS"],
    ["169.254.170.23", "pod identities of AWS EKS"],
    ["169.254.169.253", "the resolver of an AWS network"],
    ["[fd00:ec2::254]", "AWS over IPv6"],
    ["[fd00:ec2::23]", "pod identities of AWS EKS over IPv6"],
    ["[fd20:ce::254]", "Google Cloud over IPv6"],
    ["100.100.100.200", "Alibaba Cloud, inside carrier-grade NAT"],
    ["192.0.0.192", "Oracle Cloud Classic, inside protocol assignments"],
    ["169.254.0.23", "Tencent Cloud"],
    ["169.254.42.42", "Scaleway"],
    ["[fd00:42::42]", "Scaleway over IPv6"],
    ["168.63.129.16", "Azure's host agent: public by registry, and answered by the host of every machine there"],
    ["0xa83f8110", "the same in hexadecimal"],
    ["[::ffff:a83f:8110]", "the same, mapped"],
  ]),
  ...hosts("digits and dots", [
    ["１２７.0.0.1", "full-width digits"],
    ["①②⑦.0.0.①", "circled digits"],
    ["¹²⁷.⁰.⁰.¹", "superscript digits"],
    ["𝟏𝟐𝟕.𝟎.𝟎.𝟏", "mathematical digits"],
    ["０ｘ７ｆ．１", "full-width, hexadecimal and short"],
    ["127。0。0。1", "ideographic full stops"],
    ["127｡0｡0｡1", "half-width ideographic full stops"],
    ["127．0．0．1", "full-width full stops"],
    ["127.0.0.1\u00ad", "a soft hyphen is dropped"],
    ["127.0\u200b.0.1", "a blank without width is dropped"],
    ["%31%32%37.0.0.1", "percent-encoded digits"],
    ["127%2E0%2E0%2E1", "percent-encoded dots"],
    ["%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1", "percent-encoded full-width digits"],
    ["[%3A%3A1]", "percent-encoded colons"],
    ["127.0.0.1%00.example", "a zero byte, at which some cut"],
  ]),
  ...written("userinfo", [
    ["https://somebody:secret@127.0.0.1:4711/hooks", "a name and a password in front"],
    ["https://example.com@127.0.0.1:4711/hooks", "the host stands in the name"],
    ["https://example.com:443@127.0.0.1:4711/hooks", "host and port stand in name and password"],
    ["https://example.com%23@127.0.0.1:4711/hooks", "an encoded # in the name"],
    ["https://example.com@10.0.0.1:80@127.0.0.1:4711/hooks", "the last @ counts"],
    ["https://@127.0.0.1:4711/hooks", "an empty name"],
  ]),
  ...written("slashes and blanks", [
    ["https:\\\\127.0.0.1:4711\\hooks", "backslashes count as slashes"],
    ["https:/127.0.0.1:4711/hooks", "one slash is enough"],
    ["https:127.0.0.1:4711/hooks", "and so is none"],
    ["https:////127.0.0.1:4711/hooks", "and four"],
    ["https://127.0.0.1:4711\\@example.com/hooks", "a backslash ends the host"],
    ["https://127.0.0.1:4711?@example.com/hooks", "a question mark ends the host"],
    ["https://127.0.0.1:4711#@example.com/hooks", "a number sign ends the host"],
    ["https://127.0.0.1:4711/../../hooks", "dots in the path"],
    ["https://127.\t0.0.1:4711/hooks", "a tab in the host is dropped"],
    ["https://127.0.\n0.1:4711/hooks", "a newline in the host is dropped"],
    ["https://127.0.0.1:4711/hooks\r\nHost:%20example.com", "a line break behind the path is dropped"],
    ["ht\ntps://127.0.0.1:4711/hooks", "a newline in the scheme is dropped"],
    ["  \u0001https://127.0.0.1:4711/hooks", "blanks and control characters in front are dropped"],
    ["HTTPS://127.0.0.1:4711/hooks", "the scheme in capitals"],
    ["https://127.0.0.1 .example:4711/hooks", "a blank, at which some cut"],
  ]),
  ...written("port", [
    ["https://127.0.0.1/hooks", "no port"],
    ["https://127.0.0.1:22/hooks", "a shell"],
    ["https://127.0.0.1:5432/hooks", "Postgres"],
    ["https://127.0.0.1:6379/hooks", "Redis"],
    ["https://127.0.0.1:2375/containers/json", "Docker"],
    ["https://127.0.0.1:00443/hooks", "zeros in front of a port"],
    ["https://127.0.0.1:0/hooks", "port zero"],
    ["https://127.0.0.1:69247/hooks", "4711 plus 2^16: no port, and some wrap it around"],
    ["https://[::1]:22/hooks", "a port behind IPv6"],
  ]),
  ...written("scheme", [
    ["file:///etc/passwd", "a file of the machine"],
    ["file://127.0.0.1/etc/passwd", "a file of a host"],
    ["ftp://127.0.0.1:4711/hooks", "file transfer"],
    ["gopher://127.0.0.1:4711/_SET%20a%20b", "lines to anything that reads lines"],
    ["dict://127.0.0.1:4711/info", "the same by another scheme"],
    ["ldap://127.0.0.1:4711/", "a directory"],
    ["ws://127.0.0.1:4711/hooks", "a WebSocket"],
    ["wss://127.0.0.1:4711/hooks", "a WebSocket under TLS"],
    ["blob:https://127.0.0.1:4711/hooks", "a blob has the origin of the address inside it"],
    ["data:text/plain,hooks", "no host at all"],
    ["javascript:fetch('https://127.0.0.1:4711/')", "a script"],
    ["unix:/var/run/docker.sock", "a socket file"],
    ["http+unix://%2Fvar%2Frun%2Fdocker.sock/info", "a socket file as a host"],
    ["//127.0.0.1:4711/hooks", "no scheme"],
    ["127.0.0.1:4711/hooks", "no scheme and no slashes"],
  ]),
];

const names = [
  ...named(true, [
    ["localhost", ["127.0.0.1"], "this machine"],
    ["LOCALHOST", ["::1"], "this machine, in capitals, over IPv6"],
    ["localhost.", ["127.0.0.1"], "this machine, with a trailing dot"],
    ["localhost..", ["127.0.0.1"], "with two, which some resolvers forgive"],
    ["deep.below.localhost", ["127.0.0.1"], "all below localhost is this machine"],
    ["localhost.localdomain", ["127.0.0.1"], "this machine, in the hosts file of many systems"],
    ["localhost6.localdomain6", ["::1"], "the same over IPv6"],
    ["ip6-localhost", ["::1"], "this machine on Debian"],
    ["ip6-loopback", ["::1"], "this machine on Debian"],
    ["ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", ["127.0.0.1"], "circled letters"],
    ["local%68ost", ["127.0.0.1"], "a percent-encoded letter"],
    ["loc\u00adalhost", ["127.0.0.1"], "a soft hyphen is dropped"],
    ["db.internal", ["10.0.0.3"], "a name that is reserved for the inside"],
    ["printer.local", ["169.254.3.4"], "a name of the link"],
    ["wpad.lan", ["192.168.0.2"], "a name of a router"],
    ["nas.home.arpa", ["192.168.0.3"], "a name at home"],
    ["intranet", ["192.168.0.9"], "one label is found by the search list"],
    ["payroll.", ["192.168.0.9"], "one label with a trailing dot"],
    ["db.internal..", ["10.0.0.3"], "a reserved name with two trailing dots"],
    ["host.docker.internal", ["192.168.65.254"], "the machine that a container runs on"],
    ["kubernetes.default.svc.cluster.local", ["10.96.0.1"], "the API of a cluster"],
  ]),
  ...named(
    true,
    [
      ["metadata.google.internal", ["169.254.169.254"], "Google Cloud by name"],
      ["metadata.google.internal.", ["169.254.169.254"], "the same with a trailing dot"],
      ["metadata", ["169.254.169.254"], "Google Cloud by the search list"],
      ["instance-data", ["169.254.169.254"], "AWS by the search list"],
      ["instance-data.ec2.internal", ["169.254.169.254"], "AWS by name"],
      ["rancher-metadata", ["169.254.169.250"], "Rancher"],
    ],
    "metadata",
  ),
  ...named(
    false,
    [
      ["metadata.goog", ["169.254.169.254"], "Google Cloud by its public name"],
      ["metadata.tencentyun.com", ["169.254.0.23"], "Tencent Cloud by name"],
      ["169.254.169.254.nip.io", ["169.254.169.254"], "a public name for any address"],
      ["a9fea9fe.nip.io", ["169.254.169.254"], "the same in hexadecimal"],
      ["wire.example", ["168.63.129.16"], "a name for Azure's host agent"],
    ],
    "metadata",
  ),
  ...named(false, [
    ["127.0.0.1.nip.io", ["127.0.0.1"], "a public name for any address"],
    ["app.10.0.0.1.nip.io", ["10.0.0.1"], "the same with something in front"],
    ["7f000001.nip.io", ["127.0.0.1"], "the same in hexadecimal"],
    ["10-0-0-1.sslip.io", ["10.0.0.1"], "the same with hyphens"],
    ["--1.sslip.io", ["::1"], "the same for IPv6"],
    ["localtest.me", ["127.0.0.1"], "a public name for this machine"],
    ["anything.lvh.me", ["127.0.0.1"], "another one"],
    ["kubernetes.default.svc", ["10.96.0.1"], "the API of a cluster by the search list"],
    ["inside.example", ["127.0.0.1"], "anybody's name for this machine"],
    ["inside.example.", ["127.0.0.1"], "the same with a trailing dot"],
    ["ｉｎｓｉｄｅ。example", ["127.0.0.1"], "the same in full-width letters"],
    ["127.0.0.1.inside.example", ["127.0.0.1"], "an address as a label"],
    ["127.0.0.1..", ["127.0.0.1"], "an address with two trailing dots is a name, which some resolvers forgive"],
  ]),
  ...named(
    false,
    [
      ["six.example", ["::1"], "loopback over IPv6"],
      ["mapped.example", ["::ffff:127.0.0.1"], "mapped"],
      ["compatible.example", ["::7f00:1"], "compatible"],
      ["nat64.example", ["64:ff9b::7f00:1"], "NAT64"],
      ["tunnel.example", ["2002:7f00:1::"], "6to4"],
      ["teredo.example", ["2001:0:7f00:1::"], "Teredo"],
      ["zone.example", ["fe80::1%lo"], "link-local with a zone"],
      ["local.example", ["fd00::1"], "unique local"],
      ["meta.example", ["169.254.169.254"], "metadata"],
      ["nat.example", ["100.64.0.1"], "carrier-grade NAT"],
      ["nothing.example", ["0.0.0.0"], "what filters answer, and the machine itself on Linux"],
      ["mixed.example", [PUBLIC, "127.0.0.1"], "public first, loopback second"],
      ["mixed-back.example", ["127.0.0.1", PUBLIC], "loopback first"],
      ["mixed-six.example", ["2606:4700::1111", "::1"], "public and loopback over IPv6"],
      ["mixed-many.example", [PUBLIC, "1.1.1.1", "8.8.8.8", "9.9.9.9", "10.0.0.1"], "private behind many public ones"],
      ["odd.example", ["2130706433"], "an answer that is no address"],
      ["odd-hex.example", ["0x7f.1"], "an answer that only some parsers take"],
      ["odd-name.example", ["localhost"], "a name as an answer"],
      ["odd-empty.example", [PUBLIC, ""], "an empty answer among others"],
    ],
    "answer",
  ),
];

const rebinding: InsideUrl[] = (
  [
    ["rebind.example", [[PUBLIC], ["127.0.0.1"]], "public when it is checked, loopback when it is called"],
    ["rebind-six.example", [[PUBLIC], ["::1"]], "the same over IPv6"],
    ["rebind-meta.example", [[PUBLIC], ["169.254.169.254"]], "public first, metadata next"],
    ["rebind-mixed.example", [[PUBLIC], [PUBLIC, "127.0.0.1"]], "public first, both next"],
    ["7f000001.5db8d822.rbndr.us", [[PUBLIC], ["127.0.0.1"], [PUBLIC], ["127.0.0.1"]], "back and forth"],
  ] as const
).map(([host, turns, why]) => ({ kind: "rebinding", url: `https://${host}${PORT}/hooks`, why, turns, seen: false }));

/** The whole list. */
export const insideUrls: readonly InsideUrl[] = [...spellings, ...names, ...rebinding];

/** Beginnings of an address that only lead inside together with the address they stand in: for Location and href. */
export const insideLinks: readonly (readonly [link: string, why: string])[] = [
  ["//127.0.0.1:4711/", "the scheme of the page"],
  ["\\\\127.0.0.1:4711\\", "the same with backslashes"],
  ["/\\127.0.0.1:4711/", "a slash and a backslash"],
  ["/\t/127.0.0.1:4711/", "a tab between the slashes"],
  ["///127.0.0.1:4711/", "three slashes"],
  ["https:\\/127.0.0.1:4711/", "mixed slashes behind the scheme"],
];

/** Addresses that are public however they look: [address, what its name is answered with, or none]. */
export const outsideUrls: readonly (readonly [url: string, answers: readonly string[]])[] = [
  ...[PUBLIC, "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"],
  ...["128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0"],
  ...["192.0.1.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255"],
  ...["134744072", "0x08080808", "010.010.010.010", "8.2056", "８.8.8.8", "[::ffff:93.184.216.34]"],
  ...["[2606:4700::1111]", "[2a00:1450:4001::1]", "[2001:4860:4860::8888]", "[2001:200::1]", "[2003::1]"],
]
  .map((host): readonly [string, readonly string[]] => [`https://${host}${PORT}/hooks`, []])
  .concat([
    ["https://outside.example/hooks", [PUBLIC]],
    ["https://outside.example./hooks", [PUBLIC]],
    ["https://both.example:4711/hooks", ["2606:4700::1111", PUBLIC]],
    ["https://bücher.example/hooks", [PUBLIC]],
    ["https://8.8.8.8.nip.io/hooks", ["8.8.8.8"]],
    ["https://localhost.example/hooks", [PUBLIC]],
    ["https://127.0.0.1.outside.example/hooks", [PUBLIC]],
    ["https://internal.example/hooks", [PUBLIC]],
    ["https://outside.example\\@127.0.0.1/hooks", [PUBLIC]],
    ["https://outside.example/http://127.0.0.1/", [PUBLIC]],
    ["https://outside.example/?to=http://169.254.169.254/", [PUBLIC]],
  ]);

/** One of the addresses with another port where something listens, and in plain http where it is https. */
export function variant(url: string, port: number, scheme: "http" | "https" = "https"): string {
  const at = url.replace(PORT, `:${port}`);
  return scheme === "http" ? at.replace(/^https:/, "http:") : at;
}

/** An address or link as a header can carry it: whatever is no visible ASCII percent-encoded, tabs left. */
export const asHeader = (text: string): string => text.trim().replace(/[^\t\x21-\x7e]/gu, encodeURIComponent);

/** What the names of all lists are answered with, as a resolver is asked for them; ENOTFOUND for any other. */
export function insideResolver(): (hostname: string) => Promise<readonly string[]> {
  const known = new Map<string, readonly (readonly string[])[]>();
  const asked = new Map<string, number>();
  const add = (url: string, turns: readonly (readonly string[])[]) => {
    if (turns.length > 0) known.set(new URL(url).hostname, turns);
  };
  for (const { url, turns } of insideUrls) add(url, turns);
  for (const [url, answers] of outsideUrls) add(url, answers.length > 0 ? [answers] : []);
  return async (hostname) => {
    const turns = known.get(hostname);
    const turn = asked.get(hostname) ?? 0;
    asked.set(hostname, turn + 1);
    const answers = turns?.[Math.min(turn, turns.length - 1)];
    if (!answers) throw Object.assign(new Error(`Nobody knows ${hostname}.`), { code: "ENOTFOUND" });
    return [...answers];
  };
}
