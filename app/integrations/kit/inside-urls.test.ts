import { request } from "undici";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import {
  asHeader,
  insideLinks,
  insideResolver,
  insideUrls,
  kinds,
  outsideUrls,
  PUBLIC,
} from "#tests/support/inside-urls.ts";
import { playInternet } from "#tests/support/played-internet.ts";
import { isPublic } from "#tests/support/special-addresses.ts";
import { createEgress, EgressError } from "./egress.server.ts";

const internet = await playInternet((hostname) => resolve(hostname));
let resolve = insideResolver();
beforeEach(() => {
  internet.forget();
  resolve = insideResolver();
});
afterAll(() => internet.close());

/** The phase that a call ended in, "answered", or the name of another error. */
const endOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "answered",
    (error: unknown) => (error instanceof EgressError ? error.phase : String(error)),
  );

/** One call on a socket of its own. */
async function call(url: string): Promise<string> {
  const egress = createEgress(internet.options);
  try {
    return await endOf(egress.request(url, { method: "POST", body: "{}" }));
  } finally {
    await egress.close();
  }
}

describe("the list of addresses that lead inside", () => {
  it("holds at least 150 of all kinds, each once and with its reason", () => {
    expect(insideUrls.length).toBeGreaterThanOrEqual(150);
    expect(new Set(insideUrls.map(({ url }) => url)).size).toBe(insideUrls.length);
    expect(insideUrls.filter(({ why }) => why.length < 4)).toEqual([]);
    expect(kinds.filter((kind) => insideUrls.filter((one) => one.kind === kind).length < 3)).toEqual([]);
  });

  it("asks only for names that lead inside", () => {
    const turned = insideUrls.filter(({ turns }) => turns.length > 0);
    expect(turned.filter(({ turns }) => turns.every((answers) => answers.every(isPublic)))).toEqual([]);
  });
});

describe("the guard", () => {
  it("dials none of them", async () => {
    for (const { url, turns } of insideUrls) {
      // A name that changes is public once, and that once it may be called.
      for (const answers of turns.slice(0, -1))
        if (answers.every(isPublic)) expect([url, await call(url)]).toEqual([url, "answered"]);
        else expect([url, await call(url)]).toEqual([url, "blocked"]);
      internet.forget();
      expect([url, await call(url)]).toEqual([url, "blocked"]);
      expect([url, internet.dialled]).toEqual([url, []]);
    }
  });

  it("dials none of them for a library that goes to the agent itself", async () => {
    const egress = createEgress(internet.options);
    for (const { url, turns } of insideUrls) {
      if (!URL.canParse(url)) continue;
      internet.forget();
      const asked = async () => (await request(url, { dispatcher: egress.dispatcher })).body.dump();
      for (const _ of [url, ...turns]) await endOf(asked());
      expect([url, internet.inside()]).toEqual([url, []]);
    }
    await egress.close();
  });

  it("follows no redirect to any of them, whatever its status and spelling", async () => {
    const locations = [...insideUrls.map(({ url }) => url), ...insideLinks.map(([link]) => link)];
    for (const [index, location] of locations.entries()) {
      const status = [301, 302, 303, 307, 308][index % 5] ?? 302;
      internet.answer((_request, response) => response.writeHead(status, { location: asHeader(location) }).end());
      expect([location, await call("https://outside.example/hooks")]).toEqual([location, "answered"]);
      expect([location, internet.dialled.splice(0)]).toEqual([location, [PUBLIC]]);
    }
  });

  it("calls nothing but http and https, also where the host is public", async () => {
    for (const scheme of ["blob:https", "ftp", "ws", "wss", "gopher"]) {
      const url = `${scheme}://outside.example/hooks`;
      expect([url, await call(url), internet.dialled]).toEqual([url, "blocked", []]);
    }
  });

  it("dials what is public, at the first address that it has, however it looks", async () => {
    for (const [url, answers] of outsideUrls) {
      const [first = new URL(url).hostname.replace(/^\[|\]$/g, "")] = answers;
      expect([url, await call(url)]).toEqual([url, "answered"]);
      expect([url, internet.dialled.splice(0)]).toEqual([url, [first]]);
    }
  });
});
