interface Held<T> {
  item: T;
  /** Goes back when it has not begun by then, milliseconds of the engine's clock. */
  until: number;
}

export interface HandOptions {
  /** Takes a place for one request to this endpoint; false when none is free. */
  begin(endpointId: string): boolean;
  /** Whether no place is free for anybody. */
  isFull(): boolean;
}

/**
 * Requests that are claimed and wait for a place, so that places do not stand empty while the next claim is made. Endpoints
 * take turns; what waits too long goes back.
 */
export function createHand<T>({ begin, isFull }: HandOptions) {
  /** In the order of their turns. */
  const queues = new Map<string, Held<T>[]>();

  return {
    add(endpointId: string, item: T, until: number): void {
      const queue = queues.get(endpointId) ?? [];
      queues.set(endpointId, queue);
      queue.push({ item, until });
    },

    /** The next request that has found its place. */
    next(): T | undefined {
      if (isFull()) return undefined;
      for (const [endpointId, queue] of queues) {
        const [first] = queue;
        if (!first || !begin(endpointId)) continue;
        queue.shift();
        queues.delete(endpointId);
        if (queue.length > 0) queues.set(endpointId, queue);
        return first.item;
      }
      return undefined;
    },

    /** All that wait for this endpoint; they wait no longer. */
    takeBack(endpointId: string): T[] {
      const queue = queues.get(endpointId) ?? [];
      queues.delete(endpointId);
      return queue.map(({ item }) => item);
    },

    /** What has waited until `now`; it waits no longer. */
    takeStale(now: number): T[] {
      const stale: T[] = [];
      for (const [endpointId, queue] of queues) {
        const fresh = queue.filter((held) => held.until > now);
        for (const held of queue) if (held.until <= now) stale.push(held.item);
        if (fresh.length > 0) queues.set(endpointId, fresh);
        else queues.delete(endpointId);
      }
      return stale;
    },
  };
}
