import { sql } from "drizzle-orm";
import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import { withSystem } from "#db/client.server.ts";
import { AppError } from "./errors.ts";

export interface Allowance {
  limit: number;
  /** Length of the window. */
  seconds: number;
}

export interface Spent extends Allowance {
  allowed: boolean;
  remaining: number;
  /** Whole seconds until the window begins anew. */
  reset: number;
}

const rowSchema = z.object({ count: z.coerce.number(), started: z.coerce.number() });

/**
 * Counts one use of `key` in a fixed window that begins with the first use, for all processes together. Says what is left;
 * refuses nothing.
 */
export async function spend(key: string, allowance: Allowance): Promise<Spent> {
  const now = Date.now();
  const windowStart = now - allowance.seconds * 1000;
  const rows = await withSystem((tx) =>
    tx.execute(sql`
      insert into rate_limit as r (id, key, count, last_request) values (${newId()}, ${key}, 1, ${now})
      on conflict (key) do update set
        count = case when r.last_request <= ${windowStart} then 1 else r.count + 1 end,
        last_request = case when r.last_request <= ${windowStart} then ${now} else r.last_request end
      returning count, last_request as started`),
  );
  const { count, started } = rowSchema.parse(rows[0]);
  return {
    ...allowance,
    allowed: count <= allowance.limit,
    remaining: Math.max(0, allowance.limit - count),
    reset: Math.max(1, Math.ceil((started + allowance.seconds * 1000 - now) / 1000)),
  };
}

/** Counts one use of `key`; throws rate-limited, with the seconds to wait, once more than `limit` fell in one window. */
export async function throttle(key: string, allowance: Allowance): Promise<void> {
  const spent = await spend(key, allowance);
  if (spent.allowed) return;
  throw new AppError("rate-limited", `Too many tries. Wait ${inWords(spent.reset)}, then try again.`, {
    retryAfter: spent.reset,
  });
}

const inWords = (seconds: number): string =>
  seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;

/** Forgets the uses of `key`: after a sign-in that succeeded. */
export async function forgive(key: string): Promise<void> {
  await withSystem((tx) => tx.execute(sql`delete from rate_limit where key = ${key}`));
}
