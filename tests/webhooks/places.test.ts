import { describe, expect, it, onTestFinished, vi } from "vitest";
import { setEnvironment } from "#app/platform/env.server.ts";
import { startDeliveries } from "#app/services/delivery-engine.server.ts";
import { testDatabase } from "#tests/support/database.ts";
import { allowEgress, makeSender, type Sender } from "#tests/support/deliveries.ts";
import { startReceiver } from "#tests/support/receiver.ts";

await testDatabase();

describe("an employer that found no place free", () => {
  it("is served although those who held the places found nothing to send", async () => {
    setEnvironment({ PATCHBAY_WORKER_DELIVERIES: "1" });
    const receiver = await startReceiver();
    allowEgress(receiver.host);
    const idle = [await makeSender(receiver.url), await makeSender(receiver.url)];
    const sender = await makeSender(receiver.url);
    const engine = await startDeliveries();
    onTestFinished(() => engine.stop());
    const made = await sender.emit();
    const due = ({ actor, endpointId }: Sender) => ({ employerId: actor.employerId, endpointId });
    engine.wake([...idle, sender].map(due));
    await vi.waitFor(async () => expect((await sender.look(made)).delivery.state).toBe("delivered"), {
      timeout: 15_000,
      interval: 200,
    });
  });
});
