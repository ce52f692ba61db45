import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { axeFaults, closeBrowser, openPage, type PageOptions } from "#tests/support/browser.ts";
import { everyPlace, type Place, pageRoutes, signedInByLink } from "#tests/support/every-page.ts";
import { type Instance, startInstance } from "#tests/support/instance.ts";
import { rawValue, settleColours, sidewaysScroll } from "#tests/support/story.ts";

/*
 * Looks at every page of the product: each is loaded once at 1280 and once at 390 pixels with a touch screen, checked in
 * light, and again in dark by the rules that depend on colour; and once on a phone without script.
 */

let story: Instance;
let places: Record<string, readonly Place[]>;
beforeAll(async () => {
  story = await startInstance();
  places = await everyPlace(story, await signedInByLink(story));
});
afterAll(async () => {
  await closeBrowser();
  await story.stop();
});

/** The pattern sheet is no page of the product; its own test looks at it. */
const ELSEWHERE = ["[__gallery]"];

/**
 * Opens every place in the given look and returns what `check` finds wrong, each with its address. `first` is false for
 * the second and later places of a route: the same page in another state.
 */
async function faultsOf(
  look: PageOptions,
  check: (page: Page, first: boolean) => Promise<string[]>,
): Promise<string[]> {
  const pages = new Map<Place["as"], Page>();
  const faults: string[] = [];
  for (const [route, all] of Object.entries(places)) {
    for (const [index, { path, as, status = 200 }] of all.entries()) {
      const broken = status >= 500;
      const page = broken
        ? await pageOf({ ...look, failsWith: status }, as)
        : (pages.get(as) ?? (await pageOf(look, as)));
      if (!broken) pages.set(as, page);
      const answer = await page.goto(path);
      const found = await check(page, index === 0 || route === "sandbox");
      if (answer?.status() !== status || page.url() !== new URL(path, story.url).href)
        found.push(`answers ${answer?.status()} at ${page.url()}`);
      faults.push(...found.map((fault) => `${route} ${path} at ${look.width}: ${fault}`));
      if (broken) await page.context().close();
    }
  }
  for (const page of pages.values()) await page.context().close();
  return faults;
}

async function pageOf(look: PageOptions, as: Place["as"]): Promise<Page> {
  const page = await openPage({ ...look, baseURL: story.url });
  const cookies = [...(as?.cookies ?? [])].map(([name, value]) => ({ name, value, url: story.url }));
  await page.context().addCookies(cookies);
  return page;
}

it("knows every page there is", () => {
  const known = Object.keys(places).filter((name) => name !== "sandbox");
  expect([...known, ...ELSEWHERE].sort()).toEqual(pageRoutes());
  for (const [name, all] of Object.entries(places)) expect(all.length, name).toBeGreaterThan(0);
});

/** Rules that say nothing about colour are checked once; a page's other states are looked at light on a desk, dark on a phone. */
async function faultsInBothThemes(page: Page, width: number, first: boolean): Promise<string[]> {
  const faults = [...(await sidewaysScroll(page)), ...(await rawValue(page))];
  if (!first) return [...faults, ...(await axeFaults(page))];
  faults.push(...(await axeFaults(page)));
  const other = width < 768 ? "light" : "dark";
  await page.emulateMedia({ colorScheme: other });
  await settleColours(page);
  faults.push(...(await axeFaults(page, "colour")).map((fault) => `in ${other}, ${fault}`));
  await page.emulateMedia({ colorScheme: width < 768 ? "dark" : "light" });
  return faults;
}

it("finds no broken rule of accessibility, no sideways scroll and no raw value, in light and dark", {
  timeout: 900_000,
}, async () => {
  const looks = [
    { width: 1280, theme: "light" },
    { width: 390, theme: "dark" },
  ] as const;
  const faults = await Promise.all(
    looks.map((look) => faultsOf(look, (page, first) => faultsInBothThemes(page, look.width, first))),
  );
  expect(faults.flat()).toEqual([]);
});

it("shows every page without script: one title, words, no sideways scroll at 320, no button that only script could work", {
  timeout: 300_000,
}, async () => {
  const check = async (page: Page) => [
    ...(await sidewaysScroll(page)),
    ...(await page.evaluate(() => {
      const seen = (one: Element) => one.checkVisibility({ visibilityProperty: true });
      const titles = [...document.querySelectorAll("h1")].filter(seen);
      const dead = [...document.querySelectorAll("button")].filter(
        (one) => seen(one) && (one.type !== "submit" || !one.form),
      );
      return [
        ...(titles.length === 1 && titles[0]?.textContent ? [] : [`has ${titles.length} titles`]),
        ...dead.map((one) => `has a button that needs script: ${one.outerHTML.slice(0, 120)}`),
      ];
    })),
  ];
  expect(await faultsOf({ width: 320, javaScript: false }, check)).toEqual([]);
});
