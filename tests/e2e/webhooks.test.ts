import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningWeb, startWeb } from "#app/cli/web.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { attemptDelivery } from "#app/services/deliveries.server.ts";
import { sendTestEvent } from "#app/services/delivery-log.server.ts";
import { createEndpoint } from "#app/services/endpoints.server.ts";
import { storeInbound } from "#app/services/inbound-store.server.ts";
import { closeBrowser, expectNoAxeViolations, openPage } from "#tests/support/browser.ts";
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

describe.each([
  { theme: "light" as const, width: 1280 },
  { theme: "dark" as const, width: 390 },
])("the webhook pages in $theme at $width", ({ theme, width }) => {
  it("break no rule of accessibility and never scroll sideways", async () => {
    const page = await openPage({ baseURL: web.url, theme, width });
    await page.goto("/login?next=/webhooks");
    await page.fill("input[name=email]", member.email);
    await page.fill("input[name=password]", PASSWORD);
    await page.click("button[value=password]");
    await page.waitForURL((address) => address.pathname === "/webhooks");
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
