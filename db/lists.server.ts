import { type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";

/**
 * `column in (…ids)` as one parameter, so that lists of any length are one prepared statement. An empty list matches
 * nothing.
 */
export const amongIds = (column: AnyPgColumn, ids: readonly string[]): SQL =>
  sql`${column} in (select value::uuid from json_array_elements_text(${JSON.stringify(ids)}::json))`;
