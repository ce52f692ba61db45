import { sql } from "drizzle-orm";
import { pgPolicy } from "drizzle-orm/pg-core";

/** The setting that `withEmployer` fills for one transaction and that every policy reads. */
export const EMPLOYER_SETTING = "app.employer_id";

/**
 * The policy that every tenant table carries, as the array which `pgTable` takes for its extras:
 * `pgTable("posting", columns, (t) => [primaryKey({ columns: [t.employerId, t.id] }), ...tenantPolicy()])`.
 *
 * It binds the column `employer_id` (uuid) to the employer of the transaction, for reads and writes. It names no role,
 * so that it holds for whoever connects. The sub-select is evaluated once per statement and serves as an index
 * condition; `nullif` is needed because the setting reads '' after its first use on a connection.
 * Forcing row security on the table's owner is done by a custom migration, because drizzle-kit does not emit it.
 */
export const tenantPolicy = () => [
  pgPolicy("tenant", { as: "permissive", for: "all", using: ownRowsOnly, withCheck: ownRowsOnly }),
];

const ownRowsOnly = sql.raw(`employer_id = (select nullif(current_setting('${EMPLOYER_SETTING}', true), '')::uuid)`);
