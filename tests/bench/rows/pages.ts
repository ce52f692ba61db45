import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { inProject } from "#app/platform/paths.server.ts";
import { type Bench, keeping, median, percentile, type Row, round } from "../bench.ts";
import { bigEmployer } from "../big-employer.ts";
import { timedGet } from "../http.ts";
import { cookieOf, startWebProcess } from "../web.ts";
import { startWorld, type World } from "../world.ts";

const P95_MS = 50;
const SCRIPT_KB = 170;

/**
 * The first byte of the pages that grow with an employer, one request after another in a browser's session, with 200
 * connections, 10,000 jobs and a lot of activity; the statements that each costs; the script it makes a browser load.
 */
export const pages: Bench = ({ long }) =>
  keeping(async (keep) => {
    const activity = long ? 1_000_000 : 100_000;
    const world = await keep(startWorld({ statements: true }));
    const { member, connectionId } = await bigEmployer(world, { jobs: 10_000, activity, feedItems: 2_000 });
    const web = await keep(startWebProcess(world));
    const cookie = await cookieOf(web.url, member);
    const paths = {
      marketplace: "/integrations",
      connection: `/integrations/${connectionId}`,
      activity: "/activity",
      jobs: "/jobs",
      distribution: "/jobs/distribution",
      webhooks: "/webhooks",
    };
    const rows: Row[] = [];
    const scripts = new Map<string, number>();
    for (const [name, path] of Object.entries(paths)) {
      const row = await timePage(world, name, web.url + path, cookie, long ? 200 : 60);
      rows.push({ ...row, figures: { ...row.figures, "activity rows": activity } });
      const page = await timedGet(web.url + path, { cookie }, true);
      if (page.status === 200) scripts.set(name, scriptKilobytes(page.text));
    }
    const most = Math.max(...scripts.values());
    rows.push({
      name: "pages script",
      holds: scripts.size > 0 && most <= SCRIPT_KB,
      ours: round(most),
      unit: "kB gzipped, heaviest first view",
      target: `≤ ${SCRIPT_KB} kB`,
      figures: Object.fromEntries([...scripts].map(([name, kilobytes]) => [name, round(kilobytes)])),
    });
    return rows;
  });

/** The first byte of one page, asked for `times` times, and what it costs in Postgres. */
export async function timePage(world: World, name: string, url: string, cookie: string, times: number): Promise<Row> {
  const warm = 15;
  for (let turn = 0; turn < warm; turn += 1) await timedGet(url, { cookie });
  await world.admin`select pg_stat_statements_reset()`;
  const answers = [];
  for (let turn = 0; turn < times; turn += 1) answers.push(await timedGet(url, { cookie }));
  const [counted] = await world.admin`
    select coalesce(sum(calls), 0)::int as calls, coalesce(sum(total_exec_time), 0)::float as ms from pg_stat_statements
    where userid = 'patchbay_app'::regrole`;
  const [slowest] = await world.admin`
    select total_exec_time / ${times} as ms, regexp_replace(query, '\\s+', ' ', 'g') as query from pg_stat_statements
    where userid = 'patchbay_app'::regrole order by total_exec_time desc limit 1`;
  const waits = answers.map((answer) => answer.firstByte);
  const bad = answers.find((answer) => answer.status !== 200);
  const p95 = round(percentile(waits, 95));
  return {
    name: `pages ${name}`,
    holds: !bad && p95 <= P95_MS,
    ours: p95,
    unit: "ms to the first byte, p95",
    target: `≤ ${P95_MS} ms`,
    figures: {
      ...(bad ? { "answered with": bad.status } : {}),
      requests: times,
      p50: round(median(waits)),
      "whole page p50": round(median(answers.map((answer) => answer.whole))),
      kB: Math.round((answers[0]?.bytes ?? 0) / 1024),
      "statements each": round(Number(counted?.calls ?? 0) / times),
      "ms in Postgres each": round(Number(counted?.ms ?? 0) / times),
      ...(slowest ? { [`of these ${round(Number(slowest.ms))} by`]: String(slowest.query).slice(0, 120) } : {}),
    },
  };
}

/** Every script of the build that the page names (preloads, entry, route modules), each once, gzipped. */
function scriptKilobytes(html: string): number {
  const names = new Set(html.match(/\/assets\/[\w.$~()[\]-]+\.js/g) ?? []);
  const sizes = [...names].map((name) => gzipSync(readFileSync(inProject("build", "client", name))).length);
  return sizes.reduce((sum, size) => sum + size, 0) / 1024;
}
