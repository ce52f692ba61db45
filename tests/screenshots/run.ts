import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { inProject } from "#app/platform/paths.server.ts";
import { closeBrowser, openPage, shot } from "#tests/support/browser.ts";
import { startInstance } from "#tests/support/instance.ts";
import { liveWithWebhooks, type WebhookLife } from "./webhook-life.ts";

/*
 * `npm run screenshots`: the main pages of the story, on a desk in light and dark and on a phone, into docs/screenshots.
 * `-- --url … --link …` looks at an instance that runs already and changes nothing there, so that the pages of one endpoint
 * are left out; `--out` names another folder; paths as arguments replace all.
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

interface View {
  name: string;
  open(page: Page, url: string): Promise<unknown>;
}

/** The main pages; what depends on the story's ids is found by following the page's own links. */
const pages: readonly View[] = [
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

const at = (name: string, path: string): View => ({ name, open: (page, url) => page.goto(url + path) });

/** The pages of one endpoint, once something has happened there. */
const pagesOf = ({ endpoint, inbox }: WebhookLife): View[] => [
  at("webhook-endpoint", endpoint),
  { name: "webhook-delivery", open: (page, url) => follow(page, url + endpoint, 'tr:has-text("2 of 8") th a') },
  at("webhook-secrets", `${endpoint}/secrets`),
  at("webhook-inbox", inbox),
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
  const life = instance ? await liveWithWebhooks(first, url, instance.sandbox) : null;
  if (instance) await first.waitForTimeout(20_000);
  const wanted = positionals.map((path) => at(path.replaceAll("/", "-").replace(/^-/, ""), path));
  for (const { name, open } of wanted.length > 0 ? wanted : [...pages, ...(life ? pagesOf(life) : [])]) {
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
