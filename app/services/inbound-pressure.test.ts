import { describe, expect, it } from "vitest";
import { BehindError, DeadlineError, pressureGate } from "./inbound-pressure.server.ts";

const bounds = { most: 2, bytes: 100, waitMs: 1_000, deadlineMs: 60_000 };

/** A gate with a clock of its own, and work that ends when it is told to. */
function gateAt(changes: Partial<typeof bounds> = {}) {
  let now = 0;
  const gate = pressureGate({ ...bounds, ...changes }, () => now);
  const enter = (size = 1) => {
    let end: () => void = () => undefined;
    const done = gate.run(size, () => new Promise<void>((resolve) => (end = resolve)));
    return { done, end: () => end() };
  };
  return { gate, enter, pass: (ms: number) => (now += ms) };
}

describe("the gate before Postgres", () => {
  it("turns away what comes while too many wait, before any work is done, and lets in again afterwards", async () => {
    const { gate, enter } = gateAt();
    const [first, second] = [enter(), enter()];
    let began = false;
    await expect(
      gate.run(1, async () => {
        began = true;
      }),
    ).rejects.toBeInstanceOf(BehindError);
    expect(began).toBe(false);
    first.end();
    await first.done;
    await expect(gate.run(1, async () => "in")).resolves.toBe("in");
    second.end();
    await second.done;
  });

  it("turns away what would hold too many bytes", async () => {
    const { gate, enter } = gateAt();
    const first = enter(80);
    await expect(gate.run(21, async () => "in")).rejects.toBeInstanceOf(BehindError);
    await expect(gate.run(20, async () => "in")).resolves.toBe("in");
    first.end();
    await first.done;
  });

  it("turns away while the oldest has waited too long, though there is room", async () => {
    const { gate, enter, pass } = gateAt();
    const first = enter();
    pass(1_001);
    await expect(gate.run(1, async () => "in")).rejects.toBeInstanceOf(BehindError);
    first.end();
    await first.done;
    await expect(gate.run(1, async () => "in")).resolves.toBe("in");
  });

  it("stops waiting at the deadline, and keeps the place until the work has really ended", async () => {
    const { gate, enter } = gateAt({ most: 1, deadlineMs: 5 });
    const first = enter();
    await expect(first.done).rejects.toBeInstanceOf(DeadlineError);
    await expect(gate.run(1, async () => "in")).rejects.toBeInstanceOf(BehindError);
    first.end();
    await new Promise((resolve) => setImmediate(resolve));
    await expect(gate.run(1, async () => "in")).resolves.toBe("in");
  });

  it("hands on what the work threw, and frees its place", async () => {
    const { gate } = gateAt({ most: 1 });
    await expect(gate.run(1, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await expect(gate.run(1, async () => "in")).resolves.toBe("in");
  });
});
