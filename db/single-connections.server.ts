import type postgres from "postgres";

export interface SingleConnections {
  /** Runs `work` on a connection that nobody else uses meanwhile; one that `isSpent` says ended is thrown away. */
  use<T>(work: (connection: postgres.Sql) => Promise<T>, isSpent: (error: unknown) => boolean): Promise<T>;
  end(): Promise<void>;
}

/**
 * At most `most` clients of one connection each, lent out one by one. The library's own `reserve` loses its place in the
 * queue, and with it a connection of the pool, when a connection ends while it is being handed over.
 */
export function singleConnections(open: () => postgres.Sql, most: number): SingleConnections {
  const all = new Set<postgres.Sql>();
  const free: postgres.Sql[] = [];
  const waiting: ((connection: postgres.Sql) => void)[] = [];

  const opened = (): postgres.Sql => {
    const made = open();
    all.add(made);
    return made;
  };
  const take = (): Promise<postgres.Sql> => {
    const ready = free.pop() ?? (all.size < most ? opened() : undefined);
    return ready ? Promise.resolve(ready) : new Promise((resolve) => waiting.push(resolve));
  };
  const give = (connection: postgres.Sql): void => {
    const next = waiting.shift();
    if (next) next(connection);
    else free.push(connection);
  };
  const close = (connection: postgres.Sql, timeout: number) => connection.end({ timeout }).catch(() => undefined);

  return {
    async use(work, isSpent) {
      const connection = await take();
      try {
        const result = await work(connection);
        give(connection);
        return result;
      } catch (error) {
        if (isSpent(error)) {
          all.delete(connection);
          void close(connection, 0);
          if (waiting.length > 0) give(opened());
        } else give(connection);
        throw error;
      }
    },
    async end() {
      await Promise.all([...all].map((connection) => close(connection, 5)));
    },
  };
}
