import type { Page } from "playwright-core";
import { expect } from "vitest";
import { z } from "zod";
import { axeFaults, expectNoAxeViolations, openPage, type PageOptions } from "./browser.ts";
import { type Instance, startInstance } from "./instance.ts";

export interface Story extends Instance {
  /** A page of Mara at one of her employers; her session remembers the last one, so use one employer at a time. */
  open(options?: PageOptions & { employer?: "Hollin Verge" | "Birch Works" }): Promise<Page>;
  /** A call to a simulated vendor's control page, for example ("google-calendar", "credentials"). */
  control(vendorId: string, path: string, body?: unknown): Promise<unknown>;
  /** What a simulated vendor hands to a newcomer: the values of its form. */
  credentials(vendorId: string, name?: string): Promise<Record<string, string>>;
}

const handedOut = z.record(z.string(), z.object({ config: z.record(z.string(), z.string()) }));

/** Starts the product with its story and signs Mara in by the printed link, with a browser. */
export async function startStory(): Promise<Story> {
  const instance = await startInstance();
  const first = await openPage({ baseURL: instance.url });
  await first.goto(instance.signInLink);
  await expectNoAxeViolations(first);
  await first.getByRole("button", { name: "Sign in" }).click();
  await first.waitForURL((address) => address.pathname === "/integrations");
  const cookies = await first.context().cookies();
  await first.context().close();
  let current = "Hollin Verge";
  const control = (vendorId: string, path: string, body?: unknown) =>
    askJson(`${instance.sandbox}/_control/${vendorId}/${path}`, body);
  return {
    ...instance,
    control,
    async open({ employer = "Hollin Verge", ...options } = {}) {
      const page = await openPage({ baseURL: instance.url, ...options });
      await page.context().addCookies(cookies);
      if (employer !== current) await switchTo(page, employer);
      current = employer;
      return page;
    },
    async credentials(vendorId, name = "good") {
      return handedOut.parse(await control(vendorId, "credentials"))[name]?.config ?? {};
    },
  };
}

async function switchTo(page: Page, employer: string): Promise<void> {
  await page.goto("/search");
  await page.locator("summary.switch", { hasText: "switch employer" }).click();
  await page.getByRole("button", { name: employer }).first().click();
  await page.waitForURL((address) => address.pathname === "/integrations");
}

/** GET, or POST of JSON when there is a body; throws on any answer that is no success. */
export async function askJson(url: string, body?: unknown): Promise<unknown> {
  const headers = { "content-type": "application/json", accept: "application/json" };
  const answer = await fetch(url, body === undefined ? {} : { method: "POST", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text}`);
  return text === "" ? null : JSON.parse(text);
}

const RAW = /\bundefined\b|\bNaN\b|\[object |\bnull\b|Invalid Date/;

/** The value that no reader should see, such as `NaN`, when the page's words hold one. Quoted code may. */
export async function rawValue(page: Page): Promise<string[]> {
  const words = await page.evaluate(() => {
    const copy = document.createElement("div");
    copy.innerHTML = document.querySelector("main")?.innerHTML ?? document.body.innerHTML;
    for (const quoted of copy.querySelectorAll("pre, code, script, style, template, noscript")) quoted.remove();
    return copy.textContent ?? "";
  });
  const found = RAW.exec(words)?.[0];
  return found === undefined ? [] : [`shows a raw value: ${found}`];
}

/** Waits for colours on their way from one theme to the other: they belong to neither. */
export async function settleColours(page: Page): Promise<void> {
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter((one) => one instanceof CSSTransition)
        .map((one) => one.finished),
    ),
  );
}

/** How far the page scrolls sideways, and what is to blame; nothing when it fits. */
export async function sidewaysScroll(page: Page): Promise<string[]> {
  const { over, widest } = await page.evaluate(() => {
    const over = document.documentElement.scrollWidth - window.innerWidth;
    const out = [...document.querySelectorAll("main *")].filter(
      (one) => one.getBoundingClientRect().right > window.innerWidth + 1,
    );
    return { over, widest: over > 0 ? out.slice(0, 3).map((one) => `${one.tagName} ${one.className}`) : [] };
  });
  return over > 0 ? [`is ${over} px too wide at ${page.viewportSize()?.width}: ${widest.join(" | ")}`] : [];
}

/** The page breaks no rule on a light desk and a dark phone, fits 1280, 390 and 320 pixels, and shows no raw value. */
export async function expectSound(page: Page): Promise<void> {
  const faults = await rawValue(page);
  for (const [width, colorScheme] of [
    [1280, "light"],
    [390, "dark"],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    await settleColours(page);
    faults.push(...(await sidewaysScroll(page)), ...(await axeFaults(page)));
  }
  await page.setViewportSize({ width: 320, height: 900 });
  faults.push(...(await sidewaysScroll(page)));
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
  expect(faults, page.url()).toEqual([]);
}

/** Waits until the page shows it: live with script, by looking again without. */
export async function eventually(page: Page, selector: string, javaScript = true): Promise<void> {
  if (javaScript) {
    await page.waitForSelector(selector);
    return;
  }
  await expect
    .poll(
      async () => {
        if ((await page.locator(selector).count()) > 0) return true;
        await page.reload();
        return (await page.locator(selector).count()) > 0;
      },
      { timeout: 30_000, interval: 500 },
    )
    .toBe(true);
}
