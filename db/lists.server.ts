import { type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";

/** Ids as one parameter of type uuid[], so that lists of any length are one prepared statement. */
export const idArray = (ids: readonly string[]): SQL => sql`${`{${ids.join(",")}}`}::uuid[]`;

/**
 * `column in (…ids)` with the list as one parameter. An empty list matches nothing. Written as `= any(array)`, because an
 * index serves an array, while a joined list makes Postgres read the employer's whole table until its statistics are
 * fresh.
 */
export const amongIds = (column: AnyPgColumn, ids: readonly string[]): SQL => sql`${column} = any(${idArray(ids)})`;

/** Texts as one parameter of type text[], for the same reason. */
export const textArray = (texts: readonly string[]): SQL =>
  sql`(select coalesce(array_agg(value), '{}') from json_array_elements_text(${JSON.stringify(texts)}::json))::text[]`;
