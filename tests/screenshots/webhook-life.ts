import type { Page } from "playwright-core";

/** Addresses of what the pictures of the webhook pages show. */
export interface WebhookLife {
  endpoint: string;
  inbox: string;
}

/**
 * Gives the story what its webhook pages are made for, by the buttons that a person presses: deliveries that fail at first, a
 * secret in rotation, and an address of our own with a right and a wrong signature.
 */
export async function liveWithWebhooks(page: Page, url: string, sandbox: string): Promise<WebhookLife> {
  const press = (name: string) => page.getByRole("button", { name, exact: true }).first().click();
  const path = () => new URL(page.url()).pathname;

  await fetch(`${sandbox}/_receiver/hollin-verge/fail`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ count: 2, status: 500 }),
  });
  await page.goto(`${url}/webhooks`);
  await page.locator('main a[href^="/webhooks/endpoints/"]').first().click();
  await page.waitForURL(/\/webhooks\/endpoints\//);
  const endpoint = path();
  await press("Send test event");
  await page.waitForURL(/\/webhooks\/deliveries\//);

  await page.goto(`${url}${endpoint}/secrets`);
  await press("Make a new secret");
  await page.locator(".countdown").waitFor();

  await page.goto(`${url}/webhooks/receive`);
  await page.fill("#name", "Trying out payroll");
  await press("Make address");
  await page.waitForURL(/\/webhooks\/receive\/./);
  const inbox = path();
  const address = (await page.locator("pre.code").first().textContent()) ?? "";
  await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ type: "job.closed" }),
  });
  await press("Add an endpoint that sends here");
  await page.waitForURL(/\/webhooks\/endpoints\//);
  await press("Send test event");
  await page.waitForURL(/\/webhooks\/deliveries\//);
  return { endpoint, inbox };
}
