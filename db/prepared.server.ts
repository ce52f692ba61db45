import type { Sql, TransactionSql } from "postgres";
import { isLostConnection } from "./lost-connection.server.ts";

/** Longer statements are bulk inserts whose text differs with the number of rows; they would fill the statement cache. */
const LONGEST_PREPARED = 4_000;

export interface PrepareOptions {
  /** False behind a pooler that cannot keep prepared statements. */
  prepare: boolean;
  /** A statement without parameters, sent first in every transaction and not awaited, so that it costs no round trip. */
  first?: string;
}

/**
 * The same client with three differences in what it sends. drizzle asks for every query to be unprepared, which costs a
 * second round trip and forbids pipelining; here each query is prepared, also inside transactions and savepoints. A
 * transaction opens with `first`, and says nothing once its connection has ended.
 */
export function preparing(client: Sql, options: PrepareOptions): Sql {
  return new Proxy(client, {
    get(target, name) {
      if (name === "begin") return begin(target, options);
      return name === "unsafe" ? unsafe(target, options.prepare) : Reflect.get(target, name);
    },
  });
}

const unsafe =
  (target: Sql | TransactionSql, prepare: boolean): Sql["unsafe"] =>
  (query, parameters, options) =>
    target.unsafe(query, parameters, { ...options, prepare: prepare && query.length <= LONGEST_PREPARED });

/** One transaction's connection. */
interface Line {
  /** What ended it; undefined while it stands. */
  lost: unknown;
  /** Fails the transaction, at once. */
  lose(error: unknown): void;
}

/**
 * The client answers a failed transaction with a rollback, also on a connection that has ended: that write kills the process,
 * or lands in the next transaction of the connection opened in its place. So of a lost connection the client hears nothing
 * more: the caller is told, the work's outcome is kept from the client, and what the work still asks is refused.
 */
const begin =
  (target: Sql, { prepare, first }: PrepareOptions) =>
  <T>(work: (tx: TransactionSql) => Promise<T>) => {
    const run = (mayRepeat: boolean) =>
      new Promise<T>((resolve, reject) => {
        let begun = false;
        const line: Line = {
          lost: undefined,
          lose(error) {
            line.lost ??= error;
            reject(error);
          },
        };
        const inside = async (tx: TransactionSql) => {
          begun = true;
          const opening = first === undefined ? undefined : watched(line, tx.unsafe(first)).execute();
          const result = await work(preparingInside(tx, prepare, line));
          await opening;
          return { result };
        };
        target
          .begin((tx) => whileItStands(line, () => inside(tx)))
          .then(
            ({ result }) => resolve(result),
            // A connection opened again says once more what ended the one before, and sends nothing.
            (error) => (mayRepeat && !begun && isLostConnection(error) ? resolve(run(false)) : line.lose(error)),
          );
      });
    return run(true);
  };

/** The work's outcome, or none ever once the connection is lost. */
const whileItStands = <T>(line: Line, work: () => Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const unlessLost =
      <V>(settle: (value: V) => void) =>
      (value: V) =>
        line.lost === undefined && settle(value);
    work().then(unlessLost(resolve), unlessLost(reject));
  });

/** The statement, whose end by a lost connection ends the transaction before the work can answer it. */
function watched<Q extends Promise<unknown>>(line: Line, statement: Q): Q {
  statement.catch((error: unknown) => isLostConnection(error) && line.lose(error));
  return statement;
}

function preparingInside(tx: TransactionSql, prepare: boolean, line: Line): TransactionSql {
  return new Proxy(tx, {
    get(target, name) {
      if (line.lost !== undefined) throw line.lost;
      if (name === "savepoint") {
        return <T>(work: (inner: TransactionSql) => Promise<T>) =>
          target.savepoint((inner) => whileItStands(line, () => work(preparingInside(inner, prepare, line))));
      }
      if (name === "unsafe") {
        const ask = unsafe(target, prepare);
        return (...asked: Parameters<typeof ask>) => watched(line, ask(...asked));
      }
      return Reflect.get(target, name);
    },
  });
}
