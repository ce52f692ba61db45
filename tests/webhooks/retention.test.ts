import { eq } from "drizzle-orm";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { newId } from "#app/platform/crypto.server.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { attemptDelivery } from "#app/services/deliveries.server.ts";
import { getDelivery, listDeliveries } from "#app/services/delivery-log.server.ts";
import { replayDelivery } from "#app/services/delivery-replay.server.ts";
import { endpointFigures } from "#app/services/endpoint-figures.server.ts";
import { ERASED, erasePayloads } from "#app/services/erasure.server.ts";
import { eventCatalog } from "#app/services/event-catalog.ts";
import { emitEvent } from "#app/services/events.server.ts";
import { EXPIRED, expireRecords } from "#app/services/retention.server.ts";
import { closeDatabase, sql, withEmployer } from "#db/client.server.ts";
import { delivery, event } from "#db/schema/webhooks.ts";
import expireTask from "#jobs/tasks/expire-records.ts";
import makePartitions from "#jobs/tasks/make-partitions.ts";
import { testDatabase } from "#tests/support/database.ts";
import { allowEgress, makeSender, type Sender } from "#tests/support/deliveries.ts";
import { measured } from "#tests/support/measured.ts";
import { dailyTables, dayName, fillPastDays, makePastDays } from "#tests/support/past-days.ts";
import { type Receiver, startReceiver } from "#tests/support/receiver.ts";

const database = await testDatabase();
const admin = postgres(database.adminUrl, { max: 3, onnotice: () => {} });
afterAll(() => admin.end());

const DAYS = 30;
const PER_DAY = 100;
const KEPT = 20;
let receiver: Receiver;
let sender: Sender;

beforeAll(async () => {
  await asOwner((owner) => makePastDays(owner, DAYS));
  receiver = await startReceiver();
  allowEgress(receiver.host);
  sender = await makeSender(receiver.url);
  await fillPastDays(admin, { ...own(), endpointIds: [sender.endpointId], days: DAYS, perDay: PER_DAY });
  keep({ EVENTS: KEPT, DELIVERIES: KEPT, ATTEMPTS: KEPT, INBOUND: KEPT });
});

const eqId = (id: string) => eq(event.id, id);
const eqDelivery = (id: string) => eq(delivery.id, id);
const own = () => ({ employerId: sender.actor.employerId });
const keep = (days: Record<string, number>) =>
  setEnvironment(
    Object.fromEntries(Object.entries(days).map(([what, many]) => [`PATCHBAY_KEEP_${what}_DAYS`, String(many)])),
  );

async function asOwner<T>(work: (owner: postgres.Sql) => Promise<T>): Promise<T> {
  const owner = postgres(database.ownerUrl, { max: 1, onnotice: () => {} });
  return work(owner).finally(() => owner.end());
}

const partitions = async () =>
  (
    await admin<{ name: string }[]>`
      select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
        and relname ~ '^(attempt|delivery|event|inbound_delivery)_([0-9]{8}|other)$' order by 1`
  ).map(({ name }) => name);

/** What Postgres counted of the days before today, once the sessions have told: rows written, deleted and dead. */
async function counted() {
  await closeDatabase();
  await admin`select pg_stat_force_next_flush()`;
  const [row] = await admin<{ written: number; deleted: number; dead: number }[]>`
    select sum(n_tup_ins)::int as written, sum(n_tup_del)::int as deleted, sum(n_dead_tup)::int as dead
    from pg_stat_user_tables
    where relname ~ '^(attempt|delivery|event|inbound_delivery)_[0-9]{8}$' and right(relname, 8) < ${dayName(0)}`;
  return row ?? { written: 0, deleted: 0, dead: 0 };
}

/** How often each partition was looked into so far, by name. */
async function looks(): Promise<Map<string, number>> {
  await closeDatabase();
  const rows = await admin<{ name: string; looks: number }[]>`
    select relname as name, (coalesce(seq_scan, 0) + coalesce(idx_scan, 0))::int as looks from pg_stat_user_tables
    where relname ~ '^(attempt|delivery|event)_'`;
  return new Map(rows.map((row) => [row.name, row.looks]));
}

describe("the daily partitions", () => {
  it("are made ahead, closed to everybody, and vacuumed eagerly", async () => {
    await makePartitions();
    const rows = await admin<{ name: string; options: string[]; forced: boolean; readable: boolean }[]>`
      select relname as name, coalesce(reloptions, '{}') as options, relrowsecurity and relforcerowsecurity as forced,
        has_table_privilege('patchbay_app', oid, 'select, insert, update, delete') as readable
      from pg_class where relnamespace = 'public'::regnamespace and relispartition and relkind = 'r'
        and relname ~ '^(attempt|delivery|event|inbound_delivery)_'`;
    expect(rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining([`attempt_${dayName(-14)}`, `event_${dayName(30)}`]),
    );
    for (const { name, options, forced, readable } of rows) {
      expect({ name, forced, readable }).toEqual({ name, forced: true, readable: false });
      expect(options).toEqual(
        expect.arrayContaining(["autovacuum_vacuum_scale_factor=0.01", "autovacuum_vacuum_cost_delay=0"]),
      );
    }
  });

  it("take over what came while they were missing", async () => {
    const late = newId();
    const future = `${(Date.now() + 40 * 86_400_000).toString(16).padStart(12, "0")}`;
    const id = `${future.slice(0, 8)}-${future.slice(8)}${late.slice(13)}`;
    await withEmployer(own().employerId, (tx) =>
      tx.insert(event).values({ ...own(), id, type: "job.closed", body: "{}" }),
    );
    const where = async () =>
      (await admin<{ name: string }[]>`select tableoid::regclass::text as name from event where id = ${id}`)[0]?.name;
    expect(await where()).toBe("event_other");
    await asOwner((owner) => owner`select make_partition('event', (now() at time zone 'UTC')::date + 40)`);
    expect(await where()).toBe(`event_${dayName(-40)}`);
    const seen = await withEmployer(own().employerId, (tx) => tx.select().from(event).where(eqId(id)));
    expect(seen).toHaveLength(1);
    await asOwner((owner) => owner.unsafe(`drop table event_${dayName(-40)}`));
  });
});

describe("a page", () => {
  it("opens the partitions that it shows and no others", async () => {
    const before = await looks();
    const { deliveries } = await listDeliveries(sender.actor, { endpointId: sender.endpointId });
    expect(deliveries).toHaveLength(25);
    await endpointFigures(sender.actor, [sender.endpointId]);
    const detail = await getDelivery(sender.actor, deliveries[0]?.id ?? "");
    expect(detail).toMatchObject({ bodyGone: null, attempts: [{ number: 1 }] });
    const after = await looks();
    const opened = [...after].filter(([name, many]) => many > (before.get(name) ?? 0)).map(([name]) => name);
    // The figures of what waits ask every day of deliveries, each by an index that holds nothing else.
    const elsewhere = opened.filter((name) => !name.startsWith("delivery_"));
    measured({ "partitions of events and attempts opened": elsewhere.length, of: after.size });
    expect(elsewhere.length).toBeGreaterThan(0);
    expect(elsewhere.length).toBeLessThanOrEqual(6);
    for (const name of elsewhere) expect(name.slice(-8) >= dayName(2)).toBe(true);
  });

  it("goes on into older days where one ends, without a gap", async () => {
    const ids: string[] = [];
    for (let before: string | undefined, more = true; more; ) {
      const page = await listDeliveries(sender.actor, { limit: 300, ...(before ? { before } : {}) });
      ids.push(...page.deliveries.map(({ id }) => id));
      before = page.older ?? undefined;
      more = page.older !== null;
    }
    expect(new Set(ids).size).toBe(DAYS * PER_DAY);
    expect(ids).toEqual([...ids].sort().reverse());
  });
});

describe("what is older than its days", () => {
  it("goes as whole partitions, without a dead row, while others read and write", async () => {
    const { written } = await counted();
    expect(written).toBeGreaterThanOrEqual(DAYS * PER_DAY * 3);
    const before = await partitions();
    // Somebody reads for a while: nobody else has to wait for the drop that waits for them.
    let end = () => {};
    const reading = admin.begin(async (tx) => {
      await tx`select count(*) from attempt`;
      await new Promise<void>((resolve) => {
        end = resolve;
      });
    });
    await vi.waitFor(async () =>
      expect(await admin`select 1 from pg_locks where relation = 'attempt'::regclass and granted`).not.toHaveLength(0),
    );
    const expiring = expireTask();
    const during = await sender.emit();
    await sender.attempt(during);
    expect((await sender.look(during)).delivery.state).toBe("delivered");
    expect(await partitions()).toContain(`attempt_${dayName(DAYS)}`);
    end();
    await Promise.all([reading, expiring]);

    const gone = before.filter((name) => /_\d{8}$/.test(name) && name.slice(-8) < dayName(KEPT));
    expect(gone).toHaveLength((DAYS - KEPT) * dailyTables.length);
    expect(await partitions()).toEqual(before.filter((name) => !gone.includes(name)));
    const { deleted, dead } = await counted();
    expect({ deleted, dead }).toEqual({ deleted: 0, dead: 0 });
    measured({ "partitions dropped": gone.length, "rows deleted": deleted, "dead rows": dead });
    const [left] =
      await admin`select count(*)::int as rows from attempt where started_at < now() - ${KEPT + 1} * interval '1 day'`;
    expect(left).toEqual({ rows: 0 });
  });

  it("is never of the last week, whatever is asked", async () => {
    await expect(sql`select detach_partition(${`attempt_${dayName(6)}`}, 1)`).rejects.toThrow(
      "not an expired partition",
    );
    await expect(sql`select detach_partition('employer_20200101', 90)`).rejects.toThrow("not an expired partition");
    await expect(sql`select make_partition('employer', current_date)`).rejects.toThrow("no daily partitions");
  });

  it("says so on the page of a delivery that outlives its event, and is not sent again", async () => {
    keep({ EVENTS: 7 });
    const old = (await listDeliveries(sender.actor, { limit: 1_000 })).deliveries.at(-1);
    const waiting = (await listDeliveries(sender.actor, { limit: 900 })).deliveries.at(-1);
    if (!old || !waiting) throw new Error("there is no old delivery");
    await withEmployer(own().employerId, (tx) =>
      tx
        .update(delivery)
        .set({ state: "retrying", nextAttemptAt: new Date(), finishedAt: null })
        .where(eqDelivery(waiting.id)),
    );
    const { settled } = await expireRecords();
    expect(settled).toBe(1);
    expect(await getDelivery(sender.actor, old.id)).toMatchObject({ body: null, bodyGone: "expired", attempts: [{}] });
    expect((await getDelivery(sender.actor, waiting.id)).delivery).toMatchObject({
      state: "not_sent",
      lastError: EXPIRED,
    });
    await expect(replayDelivery(sender.actor, old.id)).rejects.toThrow(EXPIRED);
  });

  it("is given up when it comes due without its event, instead of being tried for ever", async () => {
    const made = await sender.emit();
    await withEmployer(own().employerId, (tx) => tx.delete(event).where(eqId(made.eventId)));
    const before = receiver.arrived.length;
    await attemptDelivery({ ...own(), deliveryId: made.id, endpointId: made.endpointId });
    expect((await sender.look(made)).delivery).toMatchObject({ state: "not_sent", nextAttemptAt: null, attempts: 0 });
    expect(receiver.arrived).toHaveLength(before);
  });
});

describe("the payloads about a person", () => {
  const applied = eventCatalog["application.received"].sample;
  const emitAbout = async (id: string) => {
    await withEmployer(own().employerId, (tx) =>
      emitEvent(tx, own().employerId, "application.received", id, {
        ...applied,
        candidate: { ...applied.candidate, email: "to.be.forgotten@example.com" },
      }),
    );
    const [made] = (await listDeliveries(sender.actor)).deliveries;
    if (!made) throw new Error("no delivery was written");
    return made;
  };

  it("are erased with them, while it stays known what was sent and how that ended", async () => {
    receiver.answer((response) => response.end("thank you, to.be.forgotten@example.com"));
    const [application, other] = [newId(), newId()];
    const sent = await emitAbout(application);
    await sender.attempt(sent);
    const untouched = await emitAbout(other);
    await sender.attempt(untouched);
    const waiting = await emitAbout(application);

    const stranger = await makeSender(receiver.url);
    const byStranger = await withEmployer(stranger.actor.employerId, (tx) =>
      erasePayloads(tx, stranger.actor.employerId, [application]),
    );
    expect(byStranger).toEqual({ events: 0, attempts: 0 });
    const erased = await withEmployer(own().employerId, (tx) => erasePayloads(tx, own().employerId, [application]));
    expect(erased).toEqual({ events: 2, attempts: 1 });

    const look = await sender.look(sent);
    expect(look).toMatchObject({ body: null, bodyGone: "erased", delivery: { state: "delivered", attempts: 1 } });
    expect(look.attempts).toMatchObject([{ number: 1, outcome: "delivered", status: 200, responseBody: null }]);
    expect((await sender.look(waiting)).delivery).toMatchObject({ state: "not_sent", lastError: ERASED });
    await expect(replayDelivery(sender.actor, sent.id)).rejects.toThrow(ERASED);
    expect((await sender.look(untouched)).body).toContain("to.be.forgotten@example.com");
    const kept = await admin`
      select 1 from event where subject_id = ${application} and body <> ''
      union all select 1 from attempt where delivery_id = ${sent.id} and response_body is not null`;
    expect(kept).toHaveLength(0);
  });
});
