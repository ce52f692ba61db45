import { describe, expect, it } from "vitest";
import { readLocale, readTheme, readTimeZone, safePath, writeTheme } from "./preferences.server.ts";

const asking = (headers: Record<string, string>) => new Request("http://here.invalid/", { headers });

describe("what a reader prefers", () => {
  it("reads back the theme it wrote, and takes an unknown one for the system's", async () => {
    const cookie = (value: unknown) => writeTheme(value).then((line) => line.split(";")[0] ?? "");
    expect(await readTheme(asking({ cookie: await cookie("dark") }))).toBe("dark");
    expect(await readTheme(asking({ cookie: await cookie("neon") }))).toBe("system");
    expect(await readTheme(asking({ cookie: "theme=rubbish" }))).toBe("system");
  });

  it("formats in a language that the runtime knows", () => {
    expect(readLocale(asking({ "accept-language": "de-AT,de;q=0.9" }))).toBe("de-AT");
    expect(readLocale(asking({ "accept-language": "*, not a tag" }))).toBe("en-US");
  });

  it("takes a time zone only when there is one of that name", () => {
    expect(readTimeZone(asking({ cookie: "tz=Europe%2FVienna" }))).toBe("Europe/Vienna");
    expect(readTimeZone(asking({ cookie: "tz=Middle%2FEarth" }))).toBe("UTC");
    expect(readTimeZone(asking({ cookie: "tz=%E0%A4%A" }))).toBe("UTC");
  });

  it.each([
    ["/jobs?tab=feeds", "/jobs?tab=feeds"],
    ["//elsewhere.example/x", "/"],
    ["/\\elsewhere.example", "/"],
    ["https://elsewhere.example", "/"],
    [null, "/"],
  ])("goes back to %s as %s", (value, path) => {
    expect(safePath(value)).toBe(path);
  });
});
