import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, chromium, type Page } from "playwright-core";
import { findChromium } from "./chromium.ts";
import { isExpectedLine } from "./console.ts";

export interface PageOptions {
  theme?: "light" | "dark";
  /** CSS pixels; 390 is the phone of the design, 1280 the desk. */
  width?: number;
  height?: number;
  /** false shows the page as a reader without script sees it. */
  javaScript?: boolean;
  /** Prefix of relative addresses. */
  baseURL?: string;
  /** The status that a document fails with on purpose: Chromium's line about it says nothing about a fault. */
  failsWith?: number;
}

let running: Promise<Browser> | undefined;

/** The process's one browser. Web security and site isolation stay on. */
export function browser(): Promise<Browser> {
  running ??= launch();
  return running;
}

function launch(): Promise<Browser> {
  const home = findChromium();
  return chromium.launch({
    executablePath: home.executablePath,
    env: home.env,
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none"],
  });
}

/** Closes the browser, for `afterAll`. */
export async function closeBrowser(): Promise<void> {
  const open = running;
  running = undefined;
  await (await open)?.close();
}

/**
 * A page in a context of its own; close it by `page.context().close()`. What it writes to console.error, and what it
 * throws, goes to ours, which fails the test, except for the two lines that mean nothing.
 */
export async function openPage(options: PageOptions = {}): Promise<Page> {
  const { theme = "light", width = 1280, height = 900, javaScript = true, baseURL, failsWith } = options;
  const context = await (await browser()).newContext({
    viewport: { width, height },
    colorScheme: theme,
    javaScriptEnabled: javaScript,
    locale: "en-US",
    timezoneId: "America/New_York",
    reducedMotion: "reduce",
    hasTouch: width < 768,
    ...(baseURL ? { baseURL } : {}),
  });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() !== "error" || isExpectedLine(message.text())) return;
    if (
      failsWith &&
      message.text().startsWith(`Failed to load resource: the server responded with a status of ${failsWith} `)
    )
      return;
    complain(page, message.text());
  });
  page.on("pageerror", (error) => complain(page, error.stack ?? error.message));
  return page;
}

function complain(page: Page, text: string): void {
  console.error(`On ${page.url()}: ${text}`);
}

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
/** The rules whose outcome depends on the theme. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

/**
 * The rules of WCAG 2.2 AA, of those that a machine can check, that the page breaks, each with its place; only those of
 * colour when the same page was checked in the other theme before. Legacy mode stays in the page: there are no frames of
 * other origins to gather from, and no second tab is opened for each look.
 */
export async function axeFaults(page: Page, rules: "all" | "colour" = "all"): Promise<string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ["violations"] });
  const { violations } = await (rules === "all" ? axe.withTags(RULES) : axe.withRules(COLOUR_RULES)).analyze();
  return violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.target.join(" ")}\n  ${node.failureSummary ?? ""}`),
  );
}

/** Throws when the page breaks a rule of WCAG 2.2 AA that can be checked by machine, naming rule and place. */
export async function expectNoAxeViolations(page: Page): Promise<void> {
  const faults = await axeFaults(page);
  if (faults.length > 0) throw new Error(`${page.url()} breaks rules of accessibility:\n${faults.join("\n")}`);
}

/** Writes a picture of what a person sees first, fonts loaded. The path ends in .png. */
export async function shot(page: Page, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path });
}
