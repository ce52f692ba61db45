import { buildConnector } from "undici";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { deliver } from "#app/integrations/kit/deliver.server.ts";
import { createEgress, type Egress, type EgressOptions } from "#app/integrations/kit/egress.server.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { startDeliveries } from "#app/services/delivery-engine.server.ts";
import { makeAuthority } from "#tests/support/certificate.ts";
import { testDatabase } from "#tests/support/database.ts";
import { allowEgress, makeSender } from "#tests/support/deliveries.ts";
import { type Behaviour, behaviours, startHostile } from "#tests/support/hostile.ts";
import { measured } from "#tests/support/measured.ts";

await testDatabase();

/** A timer of this length, and how late this busy machine makes it. */
async function control(milliseconds: number): Promise<number> {
  const began = performance.now();
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return performance.now() - began - milliseconds;
}

describe("a receiver that sends headers at once and then a byte every half second for ever", () => {
  it("is left at 15 s, as a time-out of the body; its slot is free and nothing is sent before the next step", async () => {
    // One place for each endpoint: were it not given back, nothing more would go out.
    setEnvironment({ PATCHBAY_WORKER_DELIVERIES: "2" });
    onTestFinished(() => setEnvironment({ PATCHBAY_WORKER_DELIVERIES: undefined }));
    let behave: Behaviour = behaviours.drips;
    const receiver = await startHostile((socket) => behave(socket));
    allowEgress(receiver.host);
    const engine = await startDeliveries();
    onTestFinished(() => engine.stop());
    const sender = await makeSender(receiver.url);
    const delivery = await sender.emit();
    await vi.waitFor(() => expect(receiver.accepted()).toBe(1), { timeout: 20_000 });
    const ended = vi.waitFor(async () => expect((await sender.look(delivery)).attempts).toHaveLength(1), {
      ...{ timeout: 60_000, interval: 250 },
    });
    const [late] = await Promise.all([control(15_000), ended]);

    const { delivery: after, attempts } = await sender.look(delivery);
    expect(attempts).toMatchObject([{ outcome: "timeout", phase: "body", number: 1 }]);
    const milliseconds = attempts[0]?.milliseconds ?? 0;
    expect(milliseconds).toBeGreaterThanOrEqual(14_500);
    expect(milliseconds).toBeLessThanOrEqual(15_500 + late);
    measured({ "real attempt": `${milliseconds} ms`, "a bare timer late by": `${Math.round(late)} ms` });
    await vi.waitFor(() => expect(receiver.open()).toBe(0), { timeout: 10_000 });

    expect(after.state).toBe("retrying");
    const wait = (after.nextAttemptAt?.getTime() ?? 0) - (attempts[0]?.startedAt.getTime() ?? 0) - milliseconds;
    expect(wait).toBeGreaterThanOrEqual(48_000);
    await engine.sweep();
    await sender.attempt(delivery);
    await engine.sweep();
    expect(receiver.accepted()).toBe(1);

    behave = behaviours["takes it"];
    const next = await sender.emit();
    await vi.waitFor(async () => expect((await sender.look(next)).delivery.state).toBe("delivered"), {
      ...{ timeout: 30_000, interval: 250 },
    });
    expect(receiver.accepted()).toBe(2);
  });
});

describe("the one deadline, made shorter,", () => {
  const NAME = "receiver.example";
  const authority = makeAuthority();

  function egress(options: EgressOptions): Egress {
    const made = createEgress(options);
    onTestFinished(() => made.close());
    return made;
  }
  const never = () => new Promise<never>(() => {});
  const wayTo = (port: number, more: EgressOptions = {}) =>
    egress({ allow: [`${NAME}:${port}`], resolver: async () => ["127.0.0.1"], ...more });

  interface Case {
    what: string;
    phase: string;
    at: string;
    make(): Promise<{ url: string; way: Egress }>;
  }
  const behaving = (behave: Behaviour) => async () => {
    const { port } = await startHostile(behave);
    return { url: `http://${NAME}:${port}/`, way: wayTo(port) };
  };
  const cases: Case[] = [
    {
      ...{ what: "a name that nobody resolves", phase: "timeout", at: "dns" },
      make: async () => ({ url: `http://${NAME}/`, way: egress({ resolver: never }) }),
    },
    {
      ...{ what: "a port that swallows", phase: "timeout", at: "connect" },
      make: async () => ({ url: `http://${NAME}:9/`, way: wayTo(9, { connect: () => {} }) }),
    },
    {
      ...{ what: "four addresses that swallow", phase: "timeout", at: "connect" },
      make: async () => ({
        url: `http://${NAME}:9/`,
        way: wayTo(9, {
          connect: () => {},
          resolver: async () => ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"],
        }),
      }),
    },
    {
      ...{ what: "an encrypted greeting that is not answered", phase: "timeout", at: "tls" },
      make: async () => {
        const { port } = await startHostile(behaviours.hangs);
        const connect = buildConnector({ allowH2: false, ca: authority.cert, timeout: 10_000 });
        return { url: `https://${NAME}:${port}/`, way: wayTo(port, { connect }) };
      },
    },
    { ...{ what: "a request that is not answered", phase: "timeout", at: "ttfb" }, make: behaving(behaviours.hangs) },
    {
      ...{ what: "headers a line at a time", phase: "timeout", at: "ttfb" },
      make: behaving(behaviours["drips headers"]),
    },
    { ...{ what: "a body a byte at a time", phase: "timeout", at: "body" }, make: behaving(behaviours.drips) },
  ];

  it.each(cases)("counts $what", async ({ phase, at, make }) => {
    const { url, way } = await make();
    const limit = 700;
    const [late, outcome] = await Promise.all([
      control(limit),
      deliver(way, url, { headers: {}, body: "{}", timeoutMs: limit }),
    ]);
    expect(outcome).toMatchObject({ answered: false, phase, trace: { at } });
    expect(outcome.ms).toBeGreaterThanOrEqual(limit - 50);
    expect(outcome.ms).toBeLessThanOrEqual(limit + 500 + late);
    measured({ [`${at} ended at`]: `${outcome.ms} of ${limit} ms` });
  });

  it("gives up connecting before the deadline of the whole, whatever it waits for", async () => {
    const way = egress({ resolver: never, connectTimeoutMs: 200 });
    const outcome = await deliver(way, `http://${NAME}/`, { headers: {}, body: "{}", timeoutMs: 60_000 });
    expect(outcome).toMatchObject({ answered: false, phase: "dns", trace: { at: "dns" } });
    const swallowed = egress({ resolver: async () => ["1.1.1.1"], connect: () => {}, connectTimeoutMs: 200 });
    expect(await deliver(swallowed, `http://${NAME}/`, { headers: {}, body: "{}", timeoutMs: 60_000 })).toMatchObject({
      ...{ answered: false, phase: "connect", trace: { at: "connect" } },
    });
  });
});
