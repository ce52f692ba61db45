import { IntegrationError } from "../contract/errors.ts";
import type { Environment, Manifest } from "../contract/manifest.ts";

/**
 * Where requests really go. `sandbox`: `https://host/path` becomes `<origin>/<vendor id>/<host>/path`. `origin`: path
 * and query stay, and the vendor's host travels in `x-forwarded-host`.
 */
export type Rewrite = { kind: "sandbox"; origin: string } | { kind: "origin"; origin: string };

export interface UrlMap {
  /** Parses a vendor URL and refuses hosts outside the manifest. Kind config. */
  check(url: string): URL;
  /** A checked vendor URL as it is called, with the headers that the rewrite asks for. `host` is the environment's. */
  toWire(url: URL): { url: URL; host: string; headers: Record<string, string> };
  /** A link out of an answer to `from`, back on the vendor's production host and checked. */
  fromWire(link: string, from: URL): URL;
  /** Whether the host is one that the person typed. */
  typed(url: URL): boolean;
}

export function createUrlMap(options: {
  manifest: Pick<Manifest, "id" | "name" | "hosts">;
  config: Readonly<Record<string, unknown>>;
  environment?: Environment | undefined;
  rewrite?: Rewrite | undefined;
}): UrlMap {
  const { manifest, config, environment, rewrite } = options;
  const typedHosts = new Set<string>();
  const fixed: string[] = [];
  for (const pattern of manifest.hosts) {
    const field = /^\{(.+)\}$/.exec(pattern)?.[1];
    if (field === undefined) fixed.push(pattern.toLowerCase());
    else typedHosts.add(hostOf(config[field]) ?? "");
  }
  typedHosts.delete("");
  const back = new Map(Object.entries(environment?.hostMap ?? {}).map(([production, other]) => [other, production]));

  const allowed = (url: URL) => typedHosts.has(url.host) || fixed.some((pattern) => matches(pattern, url.host));
  const check = (raw: string): URL => {
    const url = URL.canParse(raw) ? new URL(raw) : null;
    if (url?.protocol !== "https:" || url.username || url.password || !allowed(url))
      throw new IntegrationError(
        "config",
        `${url?.host ?? "This address"} is not among the hosts that ${manifest.name} may be called on.`,
      );
    return url;
  };

  return {
    check,
    typed: (url) => typedHosts.has(url.host) && !fixed.some((pattern) => matches(pattern, url.host)),
    toWire(url) {
      const real = new URL(url);
      real.host = environment?.hostMap?.[url.host] ?? url.host;
      if (!rewrite) return { url: real, host: real.host, headers: {} };
      const origin = new URL(rewrite.origin).origin;
      if (rewrite.kind === "sandbox")
        return {
          url: new URL(`${origin}/${manifest.id}/${real.host}${real.pathname}${real.search}`),
          host: real.host,
          headers: {},
        };
      return {
        url: new URL(`${origin}${real.pathname}${real.search}`),
        host: real.host,
        headers: { "x-forwarded-host": real.host },
      };
    },
    fromWire(link, from) {
      if (!URL.canParse(link, from.href))
        throw new IntegrationError("contract", `${manifest.name} gave a next page that is not an address.`);
      const url = new URL(link, from.href);
      if (rewrite && url.origin === new URL(rewrite.origin).origin) {
        const inside = new RegExp(`^/${manifest.id}/([^/]+)(/.*)?$`).exec(url.pathname);
        url.protocol = "https:";
        if (rewrite.kind === "sandbox" && inside?.[1]) {
          url.host = inside[1];
          if (!inside[1].includes(":")) url.port = "";
          url.pathname = inside[2] ?? "/";
        } else {
          url.host = from.host;
          url.port = from.port;
        }
      }
      url.host = back.get(url.host) ?? url.host;
      url.hash = "";
      return check(url.href);
    },
  };
}

/** The host of a URL or bare host name that a person typed, or null. */
function hostOf(value: unknown): string | null {
  if (typeof value !== "string" || value.trim() === "") return null;
  const text = value.includes("://") ? value.trim() : `https://${value.trim()}`;
  return URL.canParse(text) ? new URL(text).host : null;
}

/** `*.` matches one or more labels. */
function matches(pattern: string, host: string): boolean {
  if (!pattern.startsWith("*.")) return pattern === host;
  const suffix = pattern.slice(1);
  return host.endsWith(suffix) && host.length > suffix.length && !host.startsWith(".");
}
