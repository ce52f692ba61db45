import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { inProject } from "#app/platform/paths.server.ts";
import { closeBrowser, openPage, shot } from "#tests/support/browser.ts";
import { startInstance } from "#tests/support/instance.ts";

/*
 * `npm run screenshots`: the eight main pages of the story, on a desk in light and dark and on a phone, into
 * docs/screenshots. `-- --url … --link …` looks at an instance that runs already; `--out` names another folder; paths as
 * arguments replace the eight.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { url: { type: "string" }, link: { type: "string" }, out: { type: "string" } },
});

const views = [
  { name: "light", theme: "light", width: 1280 },
  { name: "dark", theme: "dark", width: 1280 },
  { name: "phone", theme: "light", width: 390 },
] as const;

/** The eight main pages; what depends on the story's ids is found by following the page's own links. */
const pages: readonly { name: string; open(page: Page, url: string): Promise<unknown> }[] = [
  { name: "marketplace", open: (page, url) => page.goto(`${url}/integrations`) },
  { name: "connect", open: (page, url) => page.goto(`${url}/integrations/connect/greenhouse`) },
  {
    name: "connection",
    open: (page, url) => follow(page, `${url}/integrations`, 'a[href^="/integrations/0"]:has-text("Greenhouse")'),
  },
  { name: "distribution", open: (page, url) => page.goto(`${url}/jobs/distribution`) },
  { name: "applicants", open: (page, url) => page.goto(`${url}/applicants`) },
  { name: "interviews", open: (page, url) => page.goto(`${url}/interviews`) },
  { name: "webhooks", open: (page, url) => page.goto(`${url}/webhooks`) },
  { name: "health", open: (page, url) => page.goto(`${url}/health`) },
];

async function follow(page: Page, from: string, selector: string): Promise<void> {
  await page.goto(from);
  const href = await page.locator(selector).first().getAttribute("href");
  await page.goto(new URL(href ?? "/", from).href);
}

const instance = values.url && values.link ? null : await startInstance();
const url = values.url ?? instance?.url ?? "";
const link = values.link ?? instance?.signInLink ?? "";
const out = values.out ?? inProject("docs", "screenshots");
try {
  const first = await openPage({ baseURL: url });
  await first.goto(link);
  await first.getByRole("button", { name: /sign in/i }).click();
  await first.waitForURL((at) => !at.pathname.startsWith("/login"));
  const session = await first.context().storageState();
  if (instance) await first.waitForTimeout(20_000);
  const wanted = positionals.map((path) => ({
    name: path.replaceAll("/", "-").replace(/^-/, ""),
    open: (page: Page) => page.goto(url + path),
  }));
  for (const { name, open } of wanted.length > 0 ? wanted : pages) {
    for (const view of views) {
      const page = await openPage({ baseURL: url, theme: view.theme, width: view.width });
      await page.context().addCookies(session.cookies);
      await open(page, url);
      await page.waitForTimeout(300);
      await shot(page, `${out}/${name}-${view.name}.png`);
      await page.context().close();
    }
    console.log(`${name}: ${views.length} pictures`);
  }
} finally {
  await closeBrowser();
  await instance?.stop();
}
