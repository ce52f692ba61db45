import type postgres from "postgres";

/** The tables with daily partitions. */
export const dailyTables = ["attempt", "delivery", "event", "inbound_delivery"] as const;

/** The day that lies `days` back, as the names of partitions say it. */
export const dayName = (days: number): string =>
  new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10).replaceAll("-", "");

/** Makes the daily partitions of the last `days` days, as if this instance had run so long. */
export async function makePastDays(client: postgres.Sql, days: number): Promise<void> {
  for (const table of dailyTables)
    await client`
      select make_partition(${table}, (now() at time zone 'UTC')::date - n) from generate_series(1, ${days}::int) n`;
}

/**
 * Writes what `days` full days leave behind, `perDay` of each: events of 1 KB, a delivery to the endpoints in turn, and an
 * attempt, delivered except every tenth. Ids and times lie in their day; nothing is due. Needs a superuser's client.
 */
export async function fillPastDays(
  admin: postgres.Sql,
  {
    employerId,
    endpointIds,
    days,
    perDay,
  }: { employerId: string; endpointIds: string[]; days: number; perDay: number },
): Promise<void> {
  const connectionId = endpointIds[0] ?? "";
  for (let day = days; day >= 1; day -= 1) {
    await admin`
      with made as materialized (
        select n, t.at, now() - t.at as age,
          (${`{${endpointIds.join(",")}}`}::text::uuid[])[1 + n % ${endpointIds.length}::int] as endpoint_id
        from generate_series(0, ${perDay - 1}::int) n, lateral (
          select date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' - ${day}::int * interval '1 day'
            + n * (interval '86390 seconds' / ${perDay}::int) as at) t
      ), ids as materialized (
        select *, uuidv7(-age) as event_id, uuidv7(-age) as delivery_id, uuidv7(-age) as attempt_id, uuidv7(-age) as inbound_id
        from made
      ), events as (
        insert into event (employer_id, id, type, body, created_at)
        select ${employerId}::uuid, event_id, 'job.closed', rpad('{"data":"' || n, 1000, 'x') || '"}', at from ids
      ), deliveries as (
        insert into delivery (employer_id, id, endpoint_id, event_id, event_type, state, attempts, last_status, created_at, finished_at)
        select ${employerId}::uuid, delivery_id, endpoint_id, event_id, 'job.closed',
          case when n % 10 = 9 then 'failed' else 'delivered' end, 1, case when n % 10 = 9 then 500 else 200 end, at, at from ids
      ), inbound as (
        insert into inbound_delivery (employer_id, id, connection_id, vendor_id, dedupe_key, key_id, nonce, ciphertext, bytes, type, state, received_at)
        select ${employerId}::uuid, inbound_id, ${connectionId}::uuid, 'greenhouse', n::text, 'k1', '\\x00', '\\x00', 1, 'ping', 'processed', at
        from ids where n % 10 = 0
      )
      insert into attempt (employer_id, id, delivery_id, endpoint_id, number, started_at, milliseconds, outcome, status,
        request_headers, response_headers, response_body)
      select ${employerId}::uuid, attempt_id, delivery_id, endpoint_id, 1, at, 20 + n % 80,
        case when n % 10 = 9 then 'http' else 'delivered' end, case when n % 10 = 9 then 500 else 200 end,
        '{"content-type":"application/json","user-agent":"Patchbay-Webhooks/1","webhook-id":"x","webhook-signature":"v1,x"}',
        '{"content-type":"text/plain"}', 'ok' from ids`;
  }
}
