import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningWeb, startWeb } from "#app/cli/web.ts";
import { closeBrowser, expectNoAxeViolations, openPage, type PageOptions } from "#tests/support/browser.ts";

let web: RunningWeb;

beforeAll(async () => {
  web = await startWeb(0, "127.0.0.1");
});
afterAll(async () => {
  await closeBrowser();
  await web.stop();
});

async function sheet(options: PageOptions): Promise<Page> {
  const page = await openPage({ ...options, baseURL: web.url });
  await page.goto("/__gallery", { waitUntil: "networkidle" });
  return page;
}

describe("the pattern sheet", () => {
  for (const theme of ["light", "dark"] as const) {
    it.each([390, 820, 1280])(
      `breaks no rule of WCAG AA in ${theme} at %i px, and nothing sticks out`,
      async (width) => {
        const page = await sheet({ theme, width });
        await expectNoAxeViolations(page);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(over).toBe(0);
        await page.context().close();
      },
    );
  }

  it("reflows at 320 px without scrolling sideways", async () => {
    const page = await sheet({ width: 320 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
    await page.context().close();
  });

  it("keeps the theme that a reader without script chooses", async () => {
    const page = await sheet({ javaScript: false });
    await page.click("summary[aria-label=Theme]");
    await page.click("button[value=dark]");
    expect(await page.getAttribute("html", "data-theme")).toBe("dark");
    expect(page.url()).toBe(`${web.url}/__gallery`);
    await page.context().close();
  });

  it("opens the palette by keyboard, types into it, and gives the page back on Escape", async () => {
    const page = await sheet({});
    await page.keyboard.press("Control+k");
    await page.waitForSelector("dialog.palette[open]");
    await page.keyboard.type("heal");
    await page.waitForSelector("[cmdk-item][data-selected=true]:has-text('Health')");
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog.palette", { state: "detached" });
    await page.context().close();
  });

  it("says what was done in a toast with a way back", async () => {
    const page = await sheet({});
    await page.click("text=Pause HackerRank");
    await page.waitForSelector(".toast >> text=Undo");
    await page.context().close();
  });
});

describe("an address that nothing answers", () => {
  it("is a 404 with a page of words and the security headers", async () => {
    const answer = await fetch(`${web.url}/no/such/place`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get("content-security-policy")).toMatch(/script-src 'nonce-[^']+' 'strict-dynamic'/);
    expect(await answer.text()).toContain("Nothing lives here");
  });
});
