import type postgres from "postgres";
import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";

/** Stands in every free text of a filled employer: no other employer's page may ever show it. */
export const MARK = "Only for the other employer";

const columnSchema = z.object({
  table: z.string(),
  name: z.string(),
  type: z.string(),
  required: z.boolean(),
  /** Table that a foreign key of this column leads to. */
  target: z.string().nullable(),
});
type Column = z.output<typeof columnSchema>;

/** Every table with an employer_id, partitions apart, by name. */
export async function employerTables(client: postgres.Sql): Promise<string[]> {
  const rows = await client<{ name: string }[]>`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'employer_id'
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1`;
  return rows.map(({ name }) => name);
}

/** Texts that a CHECK limits to a list: the first of the list. */
async function allowedWords(client: postgres.Sql): Promise<Map<string, string>> {
  const rows = await client<{ table: string; column: string; definition: string }[]>`
    select c.conrelid::regclass::text as table, a.attname as column, pg_get_constraintdef(c.oid) as definition
    from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    where c.contype = 'c' and array_length(c.conkey, 1) = 1 and c.connamespace = 'public'::regnamespace`;
  const words = rows.map(
    ({ table, column, definition }) => [`${table}.${column}`, /'([^']*)'::text/.exec(definition)?.[1] ?? ""] as const,
  );
  return new Map(words.filter(([, word]) => word !== ""));
}

async function columnsOf(client: postgres.Sql): Promise<Column[]> {
  const rows = await client`
    select c.relname as table, a.attname as name, format_type(a.atttypid, null) as type,
      a.attnotnull as required, (
        select f.confrelid::regclass::text from pg_constraint f
        where f.contype = 'f' and f.conrelid = c.oid and f.conkey[array_upper(f.conkey, 1)] = a.attnum limit 1) as target
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and a.attnum > 0 and not a.attisdropped order by c.relname, a.attnum`;
  return z.array(columnSchema).parse([...rows]);
}

/**
 * Writes one row into every table that has an employer_id and none of this employer yet, from the catalogue alone, so that
 * a new table is covered the day it is made. Foreign keys lead to the employer's own rows. Needs a superuser's client.
 * Returns the row's id by table.
 */
export async function fillEmployer(
  client: postgres.Sql,
  employer: { employerId: string; userId: string },
): Promise<Record<string, string>> {
  const tables = await employerTables(client);
  const ids: Record<string, string> = Object.fromEntries(tables.map((table) => [table, newId()]));
  Object.assign(ids, { employer: employer.employerId, user: employer.userId });
  const words = await allowedWords(client);
  const columns = await columnsOf(client);
  await client.begin(async (tx) => {
    await tx.unsafe("set local session_replication_role = replica");
    for (const table of tables) {
      const [known] = await tx.unsafe(`select * from "${table}" where employer_id = $1 limit 1`, [employer.employerId]);
      if (known) {
        ids[table] = z.looseObject({ id: z.string().optional() }).parse(known).id ?? newId();
        continue;
      }
      const mine = columns.filter((column) => column.table === table);
      const values = mine.map((column) => textFor(column, ids, words));
      const names = mine.map(({ name }) => `"${name}"`).join(", ");
      const places = mine.map(({ type }, index) => `$${index + 1}::text::${type}`).join(", ");
      await tx.unsafe(`insert into "${table}" (${names}) overriding system value values (${places})`, values);
    }
  });
  return ids;
}

/** Of a column's value, the text that Postgres casts to the column's type. */
function textFor(column: Column, ids: Record<string, string>, words: Map<string, string>): string | null {
  const { table, name, type } = column;
  if (name === "employer_id") return ids.employer ?? null;
  if (type === "uuid") {
    if (name === "id") return ids[table] ?? newId();
    if (column.target !== null && ids[column.target]) return ids[column.target] ?? null;
    return ids[name.replace(/_id$/, "")] ?? newId();
  }
  const word = words.get(`${table}.${name}`);
  if (word !== undefined) return word;
  if (!column.required) return null;
  if (type === "boolean") return "false";
  if (type === "jsonb") return "{}";
  if (type === "bytea") return "\\x00";
  if (type.startsWith("timestamp") || type === "date") return new Date().toISOString();
  if (["smallint", "integer", "bigint", "real", "double precision", "numeric"].includes(type)) return "1";
  return `${MARK} ${name} ${ids.employer}`;
}

/** One checksum over every row that belongs to an employer, table by table. */
export async function checksums(client: postgres.Sql, employerId: string): Promise<Record<string, string>> {
  const sums: Record<string, string> = {};
  for (const table of await employerTables(client)) {
    const [row] = await client.unsafe<{ sum: string | null; count: number }[]>(
      `select md5(string_agg(t::text, '|' order by t::text)) as sum, count(*)::int as count from "${table}" t where employer_id = $1`,
      [employerId],
    );
    sums[table] = `${row?.count ?? 0} ${row?.sum ?? ""}`;
  }
  return sums;
}
