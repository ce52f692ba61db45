import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { setEnvironment } from "#app/platform/env.server.ts";
import { createEndpoint } from "#app/services/endpoints.server.ts";
import { expireRecords } from "#app/services/retention.server.ts";
import { dailyTables, fillPastDays, makePastDays } from "#tests/support/past-days.ts";
import { type TestMember, testMember } from "#tests/support/people.ts";
import { type Bench, clock, keeping, type Row, round } from "../bench.ts";
import { cookieOf, startWebProcess } from "../web.ts";
import { startWorld, type World } from "../world.ts";
import { timePage } from "./pages.ts";

const DAYS = 30;
const ENDPOINTS = 10;
/** For a day of all four tables. */
const DROP_MS = 1_000;

/**
 * Thirty full days of events, deliveries and attempts (a million of each in full size): the page of one endpoint, held
 * against milliseconds and shown beside the same page of an employer who has just begun, and the expiry of the oldest day, by
 * Postgres' own counters.
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
      const cookie = await cookieOf(web.url, member);
      return timePage(world, name, `${web.url}/webhooks/endpoints/${endpointIds[0]}`, cookie, long ? 500 : 200);
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
      await expiry(world, { attempts: counted?.attempts ?? 0, perDay }),
      await churn(world, young, long ? 1_000_000 : 100_000),
    ];
  });

/** Deliveries of one transaction, as the engine claims and records them. */
const ROUND = 200;
/** Autovacuum looks once a minute. */
const PATIENCE_MS = 180_000;
const DEAD_SHARE = 0.02;

/** Writes today's deliveries, claims and records each, as the engine does; then what autovacuum has left of the dead rows. */
async function churn({ admin }: World, { employerId, endpointIds }: Filled, count: number): Promise<Row> {
  await admin`
    insert into delivery (employer_id, id, endpoint_id, event_id, event_type, next_attempt_at)
    select ${employerId}::uuid, uuidv7(), ${endpointIds[0] ?? ""}::uuid, uuidv7(), 'job.closed', now() from generate_series(1, ${count}::int)`;
  const [before] = await admin<{ megabytes: number }[]>`${todaysSize(admin)}`;
  const began = clock();
  await admin.unsafe(`do $$ declare ids uuid[]; begin loop
    select array(select id from delivery where next_attempt_at is not null and leased_until is null limit ${ROUND}) into ids;
    exit when cardinality(ids) = 0;
    update delivery set state = 'sending', leased_until = now() + interval '30 seconds' where id = any(ids);
    commit;
    update delivery set state = 'delivered', attempts = 1, next_attempt_at = null, leased_until = null, finished_at = now() where id = any(ids);
    commit;
  end loop; end $$`);
  const seconds = (clock() - began) / 1000;
  const counters = async () =>
    (
      await admin<{ dead: number; vacuums: number; updated: number }[]>`
        select n_dead_tup::int as dead, autovacuum_count::int as vacuums, n_tup_upd::int as updated from pg_stat_user_tables
        where relname = 'delivery_' || to_char(now() at time zone 'UTC', 'YYYYMMDD')`
    )[0] ?? { dead: count, vacuums: 0, updated: 0 };
  let after = await counters();
  const isClean = () => after.vacuums > 0 && after.dead <= count * DEAD_SHARE;
  for (const end = clock() + PATIENCE_MS; !isClean() && clock() < end; after = await counters()) await sleep(1_000);
  const [size] = await admin<{ megabytes: number }[]>`${todaysSize(admin)}`;
  return {
    name: "retention, dead rows of a day",
    holds: isClean(),
    ours: round((100 * after.dead) / count),
    unit: "% dead after autovacuum",
    target: `≤ ${DEAD_SHARE * 100} %`,
    figures: {
      ...{ deliveries: count, updates: after.updated, "deliveries/s": Math.round(count / seconds) },
      ...{ "dead rows": after.dead, "autovacuum runs": after.vacuums },
      ...{ "MB written first": before?.megabytes ?? 0, "MB with indexes now": size?.megabytes ?? 0 },
    },
  };
}

const todaysSize = (admin: postgres.Sql) => admin`
  select (pg_total_relation_size(('delivery_' || to_char(now() at time zone 'UTC', 'YYYYMMDD'))::regclass) / 1048576)::int as megabytes`;

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

async function expiry(world: World, { attempts, perDay }: { attempts: number; perDay: number }): Promise<Row> {
  const days = String(DAYS - 1);
  setEnvironment({
    ...{ PATCHBAY_KEEP_EVENTS_DAYS: days, PATCHBAY_KEEP_DELIVERIES_DAYS: days },
    ...{ PATCHBAY_KEEP_ATTEMPTS_DAYS: days, PATCHBAY_KEEP_INBOUND_DAYS: days },
  });
  const began = clock();
  const { partitions } = await expireRecords();
  const milliseconds = clock() - began;
  await world.admin`select pg_stat_force_next_flush()`;
  const [dead] = await world.admin<{ rows: number; deleted: number }[]>`
    select coalesce(sum(n_dead_tup), 0)::int as rows, coalesce(sum(n_tup_del), 0)::int as deleted
    from pg_stat_user_tables where relname ~ '^(attempt|delivery|event|inbound_delivery)_'`;
  const [left] = await world.admin<{ attempts: number }[]>`select count(*)::int as attempts from attempt`;
  const gone = attempts - (left?.attempts ?? 0);
  const clean = dead?.rows === 0 && dead.deleted === 0;
  return {
    name: "retention, expiry of a day",
    holds: clean && partitions.length === dailyTables.length && gone === perDay && milliseconds < DROP_MS,
    ours: round(milliseconds),
    unit: "ms for a day of all tables",
    target: `< ${DROP_MS} ms, no dead row`,
    figures: {
      ...{ partitions: partitions.length, "attempts gone": gone, "attempts before": attempts },
      ...{ "dead rows": dead?.rows ?? -1, "rows deleted": dead?.deleted ?? -1 },
    },
  };
}
