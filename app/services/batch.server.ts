interface Waiting<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export interface BatchOptions {
  /** How long the first item waits for company, milliseconds; while one batch runs the next one gathers anyway. */
  windowMs: number;
  /** Items of one batch at most. */
  most: number;
}

/**
 * Turns calls for one item each into few calls for many: items of one employer that come within the window, or while the
 * batch before is still being written, go together. `flush` answers in the order of its items. A batch that fails is
 * repeated item by item, so that one bad item fails alone.
 */
export function batched<Item, Result>(
  flush: (employerId: string, items: readonly Item[]) => Promise<readonly Result[]>,
  { windowMs, most }: BatchOptions,
): (employerId: string, item: Item) => Promise<Result> {
  const queues = new Map<string, Waiting<Item, Result>[]>();

  const drain = async (employerId: string, queue: Waiting<Item, Result>[]): Promise<void> => {
    while (queue.length > 0) await settle(employerId, queue.splice(0, most));
    queues.delete(employerId);
  };

  const settle = async (employerId: string, batch: Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await flush(
        employerId,
        batch.map(({ item }) => item),
      );
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index];
        if (result === undefined) reject(new Error("A batch answered fewer results than it was given items."));
        else resolve(result);
      }
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error);
      else for (const one of batch) await settle(employerId, [one]);
    }
  };

  return (employerId, item) =>
    new Promise((resolve, reject) => {
      const waiting = { item, resolve, reject };
      const queue = queues.get(employerId);
      if (queue) {
        queue.push(waiting);
        return;
      }
      const fresh = [waiting];
      queues.set(employerId, fresh);
      if (windowMs === 0) setImmediate(() => void drain(employerId, fresh));
      else setTimeout(() => void drain(employerId, fresh), windowMs);
    });
}
