import postgres from "postgres";
import { setEnvironment } from "#app/platform/env.server.ts";
import { createEndpoint } from "#app/services/endpoints.server.ts";
import { expireRecords } from "#app/services/retention.server.ts";
import { fillPastDays, makePastDays } from "#tests/support/past-days.ts";
import { signedIn, type TestMember, testMember } from "#tests/support/people.ts";
import { type Bench, clock, keeping, type Row, round } from "../bench.ts";
import { startWebProcess } from "../web.ts";
import { startWorld, type World } from "../world.ts";
import { timePage } from "./pages.ts";

const DAYS = 30;
const ENDPOINTS = 10;
const DROP_MS = 1_000;

/**
 * Thirty full days of events, deliveries and attempts (a million of each in full size): the page of one endpoint beside
 * the same page of an employer who has just begun, and the expiry of the oldest day, by Postgres' own counters.
 */
export const retention: Bench = ({ long }) =>
  keeping(async (keep) => {
    const perDay = long ? 33_334 : 3_334;
    const world = await keep(startWorld({ statements: true }));
    const owner = postgres(world.server.ownerUrl, { max: 1, onnotice: () => {} });
    await makePastDays(owner, DAYS).finally(() => owner.end());
    const [old, young] = [await memberWithEndpoints(), await memberWithEndpoints()];
    await fillPastDays(world.admin, { ...old, days: DAYS, perDay });
    await fillPastDays(world.admin, { ...young, days: 1, perDay: 50 });
    await world.admin`vacuum analyze`;

    const web = await keep(startWebProcess(world));
    const page = async (name: string, { member, endpointIds }: Filled): Promise<Row> => {
      const visitor = await signedIn(web.url, member);
      const cookie = [...visitor.cookies].map(([key, value]) => `${key}=${value}`).join("; ");
      return timePage(world, name, `${web.url}/webhooks/endpoints/${endpointIds[0]}`, cookie, long ? 200 : 60);
    };
    const begun = await page("retention, page of a new employer", young);
    const full = await page("retention, endpoint page", old);
    const [counted] = await world.admin<{ attempts: number; megabytes: number }[]>`
      select (select count(*) from attempt)::int as attempts, (pg_database_size(current_database()) / 1048576)::int as megabytes`;
    return [
      {
        ...full,
        name: "retention, endpoint page",
        ratio: round(full.ours / begun.ours),
        baseline: begun.ours,
        figures: { ...full.figures, attempts: counted?.attempts ?? 0, "database MB": counted?.megabytes ?? 0 },
      },
      await expiry(world, counted?.attempts ?? 0),
    ];
  });

interface Filled {
  member: TestMember;
  employerId: string;
  endpointIds: string[];
}

async function memberWithEndpoints(): Promise<Filled> {
  const member = await testMember({ name: "Mara" });
  const endpointIds: string[] = [];
  for (let index = 0; index < ENDPOINTS; index += 1)
    endpointIds.push((await createEndpoint(member.actor, { url: `https://hooks.example.com/${index}` })).id);
  return { member, employerId: member.employerId, endpointIds };
}

async function expiry(world: World, attempts: number): Promise<Row> {
  const days = String(DAYS - 1);
  setEnvironment({
    ...{ PATCHBAY_KEEP_EVENTS_DAYS: days, PATCHBAY_KEEP_DELIVERIES_DAYS: days },
    ...{ PATCHBAY_KEEP_ATTEMPTS_DAYS: days, PATCHBAY_KEEP_INBOUND_DAYS: days },
  });
  const began = clock();
  const { partitions } = await expireRecords();
  const each = (clock() - began) / Math.max(1, partitions.length);
  await world.admin`select pg_stat_force_next_flush()`;
  const [dead] = await world.admin<{ rows: number; deleted: number }[]>`
    select coalesce(sum(n_dead_tup), 0)::int as rows, coalesce(sum(n_tup_del), 0)::int as deleted
    from pg_stat_user_tables where relname ~ '^(attempt|delivery|event|inbound_delivery)_'`;
  const [left] = await world.admin<{ attempts: number }[]>`select count(*)::int as attempts from attempt`;
  const gone = attempts - (left?.attempts ?? 0);
  const clean = dead?.rows === 0 && dead.deleted === 0;
  return {
    name: "retention, expiry of a day",
    holds: clean && partitions.length === 4 && gone > 0 && each < DROP_MS,
    ours: round(each),
    unit: "ms for each partition",
    target: `< ${DROP_MS} ms, no dead row`,
    figures: {
      ...{ partitions: partitions.length, "attempts gone": gone },
      ...{ "dead rows": dead?.rows ?? -1, "rows deleted": dead?.deleted ?? -1 },
    },
  };
}
