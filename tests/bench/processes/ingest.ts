import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import postgres from "postgres";
import { z } from "zod";
import type { Upsert } from "#app/integrations/contract/capabilities.ts";
import { personColumns, upsertSyncedCandidates } from "#app/services/synced-people.server.ts";
import { closeDatabase, withEmployer } from "#db/client.server.ts";

/**
 * Writes candidates of about 1 KB page by page, one transaction a page: by the sync engine, or by a bare bulk upsert of
 * the same rows into a table of the same columns. Answers once, with the seconds spent writing and the memory on the way.
 */
const settings = z
  .object({
    side: z.enum(["ours", "bare"]),
    bareUrl: z.string(),
    employerId: z.string(),
    connectionId: z.string(),
    page: z.number(),
    records: z.number(),
    /** After this many records memory is looked at for the first time; the second time is at the end. */
    firstLook: z.number(),
  })
  .parse(JSON.parse(process.argv[2] ?? ""));
const { side, page, records, employerId, connectionId } = settings;

const bare = postgres(settings.bareUrl, { max: 1, onnotice: () => {} });
const words = "a recruiter would read this line about what the person did last and what they would like to do next ";

function candidate(number: number): Upsert<"candidates"> {
  const tag = `${connectionId.slice(-8)}-${number}`;
  return {
    externalId: String(number),
    version: "1",
    updatedAt: new Date(),
    data: {
      firstName: `First ${number}`,
      lastName: `Last ${tag}`,
      emails: [`${tag}@example.com`],
      phones: [`+1 555 ${number}`],
      headline: `${tag} ${words.repeat(8)}`.slice(0, 780),
      links: [`https://example.com/people/${tag}`],
    },
  };
}

const byEngine = (rows: Upsert<"candidates">[]) =>
  withEmployer(employerId, (tx) =>
    upsertSyncedCandidates(tx, employerId, connectionId, rows, { announce: false, changedBy: "Bench" }),
  );

const byHand = (rows: Upsert<"candidates">[]) =>
  bare.begin(async (tx) => {
    const input = rows.map((row) => ({ external_id: row.externalId, ...personColumns(row.data) }));
    await tx`
      insert into bare_candidate
      select ${connectionId}::uuid, r.* from jsonb_to_recordset(${JSON.stringify(input)}::text::jsonb) as r(
        external_id text, first_name text, last_name text, email text, emails jsonb, phones jsonb, headline text,
        links jsonb)
      on conflict (connection_id, external_id) do update set
        first_name = excluded.first_name, last_name = excluded.last_name, email = excluded.email,
        emails = excluded.emails, phones = excluded.phones, headline = excluded.headline, links = excluded.links`;
  });

setFlagsFromString("--expose-gc");
const collect: unknown = runInNewContext("gc");
function memory() {
  if (typeof collect === "function") collect();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed / 1024 ** 2, rss: rss / 1024 ** 2 };
}

let seconds = 0;
let early: ReturnType<typeof memory> | undefined;
for (let number = 0; number < records; number += page) {
  const rows = Array.from({ length: page }, (_, index) => candidate(number + index));
  const began = performance.now();
  await (side === "ours" ? byEngine(rows) : byHand(rows));
  seconds += (performance.now() - began) / 1000;
  if (early === undefined && number + page >= settings.firstLook) early = memory();
}
process.send?.({ seconds, early: early ?? memory(), late: memory() });
await bare.end();
await closeDatabase();
