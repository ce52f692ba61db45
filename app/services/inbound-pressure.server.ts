export interface PressureBounds {
  /** Requests that wait for Postgres at once. */
  most: number;
  /** Bytes of their bodies together. */
  bytes: number;
  /** While the oldest of them has waited longer than this, milliseconds, nobody joins. */
  waitMs: number;
  /** What has not been stored by then is answered 503, milliseconds. */
  deadlineMs: number;
}

/** A process holds at most 64 MB of requests that Postgres has not taken yet. */
const bounds: PressureBounds = { most: 1_000, bytes: 64 * 1024 * 1024, waitMs: 4_000, deadlineMs: 10_000 };

/** Seconds after which a sender that was turned away may come again. */
export const COME_BACK = { behind: 5, unreachable: 30 } as const;

export class BehindError extends Error {}
export class DeadlineError extends Error {}

/**
 * Stands between vendors and Postgres: what Postgres takes too slowly piles up at the vendors, who keep it and come again,
 * and not in this process. `run` rejects with BehindError, before `work` began, while too many or too large requests wait or
 * the oldest waits too long; with DeadlineError when `work` takes longer than the deadline, whatever becomes of it later.
 */
export function pressureGate({ most, bytes, waitMs, deadlineMs }: PressureBounds = bounds, clock = () => Date.now()) {
  const waiting = new Map<symbol, number>();
  let held = 0;

  const behind = (size: number): boolean => {
    const [oldest] = waiting.values();
    return waiting.size >= most || held + size > bytes || (oldest !== undefined && clock() - oldest > waitMs);
  };

  return {
    async run<T>(size: number, work: () => Promise<T>): Promise<T> {
      if (behind(size)) throw new BehindError();
      const ticket = Symbol();
      waiting.set(ticket, clock());
      held += size;
      const done = work().finally(() => {
        waiting.delete(ticket);
        held -= size;
      });
      let late: NodeJS.Timeout | undefined;
      const deadline = new Promise<never>((_resolve, reject) => {
        late = setTimeout(() => reject(new DeadlineError("Postgres did not take it in time.")), deadlineMs);
      });
      try {
        return await Promise.race([done, deadline]);
      } finally {
        clearTimeout(late);
        // After the deadline nobody listens any more.
        done.catch(() => undefined);
      }
    },
  };
}
