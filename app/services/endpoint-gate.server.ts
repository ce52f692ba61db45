import { log } from "#app/platform/log.server.ts";

export interface GateOptions {
  /** Slots that one key may hold at once. */
  most: () => number;
  /** Beyond this many waiting, the rest is left to whoever looks for due rows. */
  waitingAtMost: number;
}

/**
 * Lets a few pieces of work per key run at once, so that one hanging endpoint never fills the pool. What comes while the
 * key's slots are taken is remembered and the call returns; a slot that ends its own work goes on with what waits. A
 * remembered piece is lost when the process dies, so it must be findable elsewhere.
 */
export function createGate<Work>(run: (work: Work) => Promise<void>, { most, waitingAtMost }: GateOptions) {
  const keys = new Map<string, { busy: number; waiting: Map<string, Work> }>();

  return async (key: string, id: string, work: Work, signal?: AbortSignal): Promise<void> => {
    const state = keys.get(key) ?? { busy: 0, waiting: new Map<string, Work>() };
    keys.set(key, state);
    if (state.busy >= most()) {
      if (state.waiting.size < waitingAtMost) state.waiting.set(id, work);
      return;
    }
    state.busy += 1;
    try {
      await run(work);
    } finally {
      await drain(state.waiting, signal);
      state.busy -= 1;
      if (state.busy === 0) keys.delete(key);
    }
  };

  async function drain(waiting: Map<string, Work>, signal?: AbortSignal): Promise<void> {
    while (!signal?.aborted) {
      const [next] = waiting;
      if (!next) return;
      waiting.delete(next[0]);
      await run(next[1]).catch((error: unknown) => log().warn({ err: error }, "A waiting delivery was not attempted."));
    }
  }
}

/** Runs at most `width` pieces of work of one key at once; the others wait in order. */
export function createLanes(width: () => number) {
  const lanes = new Map<string, { busy: number; waiting: (() => void)[] }>();

  return async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const state = lanes.get(key) ?? { busy: 0, waiting: [] };
    lanes.set(key, state);
    if (state.busy >= width()) await new Promise<void>((resolve) => state.waiting.push(resolve));
    else state.busy += 1;
    try {
      return await work();
    } finally {
      const next = state.waiting.shift();
      if (next) next();
      else state.busy -= 1;
      if (state.busy === 0) lanes.delete(key);
    }
  };
}
