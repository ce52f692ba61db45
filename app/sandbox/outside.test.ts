import { describe, expect, it } from "vitest";
import { insideUrls, outsideUrls } from "#tests/support/inside-urls.ts";
import { Refusal } from "./framework.ts";
import { loopbackFetch } from "./outside.ts";

const PORTAL = "https://portal.example";
/** Ends whatever is let through before it begins. */
const ended = AbortSignal.abort(new Error("let through"));

const endOf = (url: string): Promise<string> =>
  loopbackFetch(
    PORTAL,
    ended,
  )(url).then(
    () => "answered",
    (error: unknown) => (error instanceof Refusal ? "refused" : error instanceof Error ? error.message : String(error)),
  );

/** This machine by its loopback, however it is spelled; nothing that has to be looked up but localhost. */
const thisMachine = (url: string): boolean =>
  URL.canParse(url) &&
  /^https?:$/.test(new URL(url).protocol) &&
  /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(new URL(url).hostname);

describe("what the sandbox sends by itself", () => {
  it("goes to this machine and to the portal", async () => {
    const own = ["http://127.0.0.1:4711/", "http://localhost:4711/", "http://[::1]:4711/", `${PORTAL}/feeds/acme.xml`];
    for (const url of own) expect([url, await endOf(url)]).toEqual([url, "let through"]);
  });

  it("goes nowhere else, neither inside nor outside", async () => {
    const others = [...insideUrls.map(({ url }) => url), ...outsideUrls.map(([url]) => url)];
    for (const url of others.filter((one) => URL.canParse(one) && !thisMachine(one)))
      expect([url, await endOf(url)]).toEqual([url, "refused"]);
  });
});
