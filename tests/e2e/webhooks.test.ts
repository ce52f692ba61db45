import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningWeb, startWeb } from "#app/cli/web.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { attemptDelivery } from "#app/services/deliveries.server.ts";
import { sendTestEvent } from "#app/services/delivery-log.server.ts";
import { createEndpoint, rotateSecret } from "#app/services/endpoints.server.ts";
import { storeInbound } from "#app/services/inbound-store.server.ts";
import { closeBrowser, expectNoAxeViolations, openPage, type PageOptions } from "#tests/support/browser.ts";
import { makeConnection } from "#tests/support/connections.ts";
import { testDatabase } from "#tests/support/database.ts";
import { PASSWORD, type TestMember, testMember } from "#tests/support/people.ts";
import { type Receiver, startReceiver } from "#tests/support/receiver.ts";

await testDatabase();
let web: RunningWeb;
let member: TestMember;
let receiver: Receiver;
let endpointId = "";
let connectionId = "";
const deliveryIds: string[] = [];

beforeAll(async () => {
  receiver = await startReceiver();
  setEnvironment({ PATCHBAY_ALLOW_LOOPBACK_EGRESS: receiver.host });
  web = await startWeb(0, "127.0.0.1");
  setEnvironment({ PATCHBAY_URL: web.url });
  member = await testMember({ instanceAdmin: true });
  const { actor, employerId } = member;
  await createEndpoint(actor, { url: "https://hooks.example.com/payroll", eventTypes: ["job.closed"] });
  endpointId = (await createEndpoint(actor, { url: receiver.url, legacySignature: true })).id;
  const statuses = [200, 200, 503, 301, 204];
  for (const [index, type] of (["application.received", "job.posted", "job.closed"] as const).entries()) {
    receiver.answer((response) => response.writeHead(statuses[index] ?? 200, { location: "/away" }).end("{}"));
    const { deliveryId } = await sendTestEvent(actor, endpointId, type);
    await attemptDelivery({ employerId, deliveryId, endpointId });
    deliveryIds.push(deliveryId);
  }
  connectionId = await makeConnection(employerId, { vendorId: "greenhouse", label: "Greenhouse" });
  const raw = { method: "POST", url: "/webhooks/greenhouse/x", headers: { a: "b" }, body: Buffer.from("{}") };
  await storeInbound({ employerId, id: connectionId, vendorId: "greenhouse" }, { parse: () => [] }, raw);
});
afterAll(async () => {
  await closeBrowser();
  await web.stop();
});

const pages = () => [
  "/webhooks",
  "/webhooks/new",
  "/webhooks/events",
  `/webhooks/endpoints/${endpointId}`,
  `/webhooks/endpoints/${endpointId}/secrets`,
  `/webhooks/endpoints/${endpointId}/code`,
  `/webhooks/endpoints/${endpointId}/settings`,
  `/webhooks/deliveries/${deliveryIds.at(-1)}`,
  `/integrations/${connectionId}/deliveries`,
  "/settings/unclaimed",
];

async function signedIn(look: PageOptions) {
  const page = await openPage({ ...look, baseURL: web.url });
  await page.goto("/login?next=/webhooks");
  await page.fill("input[name=email]", member.email);
  await page.fill("input[name=password]", PASSWORD);
  await page.click("button[value=password]");
  await page.waitForURL((address) => address.pathname === "/webhooks");
  return page;
}

describe.each([
  { theme: "light" as const, width: 1280 },
  { theme: "dark" as const, width: 390 },
])("the webhook pages in $theme at $width", ({ theme, width }) => {
  it("break no rule of accessibility and never scroll sideways", async () => {
    const page = await signedIn({ theme, width });
    for (const path of pages()) {
      await page.goto(path);
      expect(new URL(page.url()).pathname).toBe(path);
      await expectNoAxeViolations(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      expect([path, wide]).toEqual([path, false]);
    }
    await page.context().close();
  });
});

describe.each([{ width: 1280 }, { width: 390 }])("the overlap of two secrets at $width", ({ width }) => {
  it("is told in words without script, and counts down with it, without moving anything", async () => {
    const { id } = await createEndpoint(member.actor, { url: "https://hooks.example.com/rotated" });
    await rotateSecret(member.actor, id, "standard", "overlap");
    const look = async (javaScript: boolean, shown: RegExp) => {
      const page = await signedIn({ width, javaScript });
      await page.goto(`/webhooks/endpoints/${id}/secrets`);
      const clock = page.locator(".countdown > [aria-hidden]");
      await expect.poll(() => clock.textContent()).toMatch(shown);
      expect(await page.locator(".countdown > .sr-only").textContent()).toBe("in 1 day");
      expect(await page.locator("main [aria-live], main [role=timer], main [role=status]").count()).toBe(0);
      const first = await clock.textContent();
      const box = await page.locator(".countdown").boundingBox();
      if (javaScript) {
        await expect.poll(() => clock.textContent(), { timeout: 10_000 }).not.toBe(first);
        expect(await layoutShifts(page)).toEqual([]);
      }
      await page.context().close();
      return { width: box?.width, height: box?.height };
    };
    const still = await look(false, /^in 1 day$/);
    expect(await look(true, /^in (23:59:\d\d|24:00:00)$/)).toEqual(still);
  });
});

/** What moved below the top bar since the page was opened, by Chromium's own account. */
const layoutShifts = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<string[]>((resolve) => {
        const bar = document.querySelector("header")?.getBoundingClientRect().bottom ?? 0;
        const moved: string[] = [];
        const note = (entry: PerformanceEntry) => {
          const { sources }: { sources: readonly { currentRect: DOMRect }[] } = entry.toJSON();
          if (sources.some(({ currentRect }) => currentRect.bottom > bar)) moved.push(JSON.stringify(entry));
        };
        const observer = new PerformanceObserver((list) => list.getEntries().forEach(note));
        observer.observe({ type: "layout-shift", buffered: true });
        setTimeout(() => resolve(moved), 200);
      }),
  );
