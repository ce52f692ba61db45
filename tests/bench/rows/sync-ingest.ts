import postgres from "postgres";
import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import { makeConnection, makeEmployer } from "#tests/support/connections.ts";
import { type Bench, inTurn, keeping, median, type Row, ratioOf, round } from "../bench.ts";
import { startHelper } from "../children.ts";
import { startWorld } from "../world.ts";

const TARGET = 0.5;
/** What a process that forgets what it wrote may still grow by: code that warms up, pages that V8 keeps. */
const FLAT_MB = 32;

const look = z.object({ heap: z.number(), rss: z.number() });
const done = z.object({ seconds: z.number(), early: look, late: look });

/**
 * Pages of candidates of about 1 KB through the sync engine (compared with what is known, linked, upserted in bulk under
 * row-level security) against a bare bulk upsert of the same rows. Then one long run, whose memory must not grow.
 */
export const syncIngest: Bench = ({ long }) =>
  keeping(async (keep) => {
    const world = await keep(startWorld());
    const bareUrl = await world.bareDatabase("bare_ingest");
    const bare = postgres(bareUrl, { max: 1, onnotice: () => {} });
    await bare`create table bare_candidate (connection_id uuid, external_id text, first_name text, last_name text,
      email text, emails jsonb, phones jsonb, headline text, links jsonb, primary key (connection_id, external_id))`;
    await bare.end();
    const employerId = await makeEmployer("Bench");
    const write = async (side: "ours" | "bare", page: number, records: number) => {
      const connectionId =
        side === "ours" ? await makeConnection(employerId, { vendorId: "greenhouse", label: "Bench" }) : newId();
      await world.admin`checkpoint`;
      const settings = { side, bareUrl, employerId, connectionId, page, records, firstLook: 10_000 };
      const child = await startHelper("ingest", settings);
      await child.stop();
      return { ...done.parse(child.hello), records };
    };
    const rows: Row[] = [];
    for (const page of [100, 500]) {
      const records = long ? 50_000 : 10_000;
      const sides = await inTurn(
        3,
        () => write("ours", page, records),
        () => write("bare", page, records),
      );
      const rates = (of: typeof sides.ours) => of.map((side) => side.records / side.seconds);
      const ratio = round(ratioOf(rates(sides.ours), rates(sides.baseline)));
      rows.push({
        name: `sync-ingest pages of ${page}`,
        holds: ratio >= TARGET,
        ratio,
        ours: Math.round(median(rates(sides.ours))),
        baseline: Math.round(median(rates(sides.baseline))),
        unit: "records/s",
        target: `≥ ${TARGET} ×`,
        figures: { records },
      });
    }
    const many = await write("ours", 500, long ? 1_000_000 : 100_000);
    const growth = many.late.rss - many.early.rss;
    rows.push({
      name: "sync-ingest memory",
      holds: growth <= FLAT_MB,
      ours: round(many.late.rss),
      baseline: round(many.early.rss),
      unit: "MB resident, at the end and after 10 k",
      target: `grows by ≤ ${FLAT_MB} MB`,
      figures: { records: many.records, "heap MB": `${round(many.early.heap)} then ${round(many.late.heap)}` },
    });
    return rows;
  });
