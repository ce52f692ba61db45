import { createCookie } from "@remix-run/node";
import { z } from "zod";
import type { Reader } from "./moments.ts";

/** What a reader chose about the look: kept in plain cookies, because nothing here is a secret. */
const YEAR = 365 * 24 * 60 * 60;
const options = { path: "/", sameSite: "lax", maxAge: YEAR } as const;

const themeCookie = createCookie("theme", { ...options, httpOnly: true });

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];
const themeSchema = z.enum(themes);

/** The theme by cookie; "system" when none was chosen. */
export async function readTheme(request: Request): Promise<Theme> {
  return themeSchema.catch("system").parse(await themeCookie.parse(request.headers.get("cookie")));
}

/** The Set-Cookie value that keeps a theme. An unknown name counts as "system". */
export async function writeTheme(value: unknown): Promise<string> {
  return themeCookie.serialize(themeSchema.catch("system").parse(value));
}

/** The first language of the reader that the runtime can format; "en-US" otherwise. */
export function readLocale(request: Request): string {
  const tags = (request.headers.get("accept-language") ?? "")
    .split(",")
    .map((part) => part.split(";")[0]?.trim() ?? "");
  for (const tag of tags) {
    if (isLocale(tag)) return tag;
  }
  return "en-US";
}

function isLocale(tag: string): boolean {
  try {
    return tag !== "" && tag !== "*" && Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
}

/** The reader of an employer's page: their language, and the zone the employer works in. */
export const readerOf = (request: Request, { timeZone }: { timeZone: string }): Reader => ({
  locale: readLocale(request),
  timeZone,
});

/** The reader's time zone: the browser writes it into a cookie once; UTC until then. */
export function readTimeZone(request: Request): string {
  const cookie = /(?:^|;\s*)tz=([^;]+)/.exec(request.headers.get("cookie") ?? "")?.[1];
  try {
    const timeZone = decodeURIComponent(cookie ?? "UTC");
    new Intl.DateTimeFormat("en-US", { timeZone });
    return timeZone;
  } catch {
    return "UTC";
  }
}

/** A path on this site to go back to; anything else leads to the start page. */
export function safePath(value: unknown): string {
  const path = z.string().catch("/").parse(value);
  if (!path.startsWith("/")) return "/";
  const url = new URL(path, "http://here.invalid");
  return url.origin === "http://here.invalid" ? `${url.pathname}${url.search}${url.hash}` : "/";
}
