import { sql } from "drizzle-orm";
import type { EmployerTx } from "#db/client.server.ts";

/** Lets one transaction at a time past the same word; freed by commit or rollback. */
export async function lockWord(tx: EmployerTx, word: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${word}, 0))`);
}
