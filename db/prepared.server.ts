import type { Sql, TransactionSql } from "postgres";

/** Longer statements are bulk inserts whose text differs with the number of rows; they would fill the statement cache. */
const LONGEST_PREPARED = 4_000;

export interface PrepareOptions {
  /** False behind a pooler that cannot keep prepared statements. */
  prepare: boolean;
  /** A statement without parameters, sent first in every transaction and not awaited, so that it costs no round trip. */
  first?: string;
}

/**
 * The same client with two differences in what it sends. drizzle asks for every query to be unprepared, which costs a
 * second round trip and forbids pipelining; here each query is prepared, also inside transactions and savepoints. And a
 * transaction opens with `first`.
 */
export function preparing(client: Sql, options: PrepareOptions): Sql {
  return new Proxy(client, {
    get(target, name) {
      if (name === "begin") return begin(target, options);
      return common(target, name, options.prepare);
    },
  });
}

const common = (target: Sql | TransactionSql, name: string | symbol, prepare: boolean): unknown =>
  name === "unsafe" ? unsafe(target, prepare) : Reflect.get(target, name);

const unsafe =
  (target: Sql | TransactionSql, prepare: boolean): Sql["unsafe"] =>
  (query, parameters, options) =>
    target.unsafe(query, parameters, { ...options, prepare: prepare && query.length <= LONGEST_PREPARED });

const begin =
  (target: Sql, { prepare, first }: PrepareOptions) =>
  <T>(work: (tx: TransactionSql) => Promise<T>) =>
    target.begin(async (tx) => {
      const opening = first === undefined ? undefined : tx.unsafe(first).execute();
      // A failed opening aborts the transaction, so the work fails too and reports it: this only keeps it handled.
      opening?.catch(() => undefined);
      const result = await work(preparingInside(tx, prepare));
      await opening;
      return result;
    });

function preparingInside(tx: TransactionSql, prepare: boolean): TransactionSql {
  return new Proxy(tx, {
    get(target, name) {
      if (name === "savepoint") {
        return <T>(work: (inner: TransactionSql) => Promise<T>) =>
          target.savepoint((inner) => work(preparingInside(inner, prepare)));
      }
      return common(target, name, prepare);
    },
  });
}
