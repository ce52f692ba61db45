import { type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";

/**
 * `column in (…ids)` as one parameter, so that lists of any length are one prepared statement. An empty list matches
 * nothing. Written as `= any(array)`, because an index serves an array, while a joined list makes Postgres read the
 * employer's whole table until its statistics are fresh.
 */
export const amongIds = (column: AnyPgColumn, ids: readonly string[]): SQL =>
  sql`${column} = any((select array_agg(value::uuid) from json_array_elements_text(${JSON.stringify(ids)}::json))::uuid[])`;
