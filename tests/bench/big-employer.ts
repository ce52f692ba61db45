import { newId } from "#app/platform/crypto.server.ts";
import { type TestMember, testMember } from "#tests/support/people.ts";
import type { World } from "./world.ts";

export interface BigEmployer {
  member: TestMember;
  /** One of its connections, with its share of the activity. */
  connectionId: string;
  /** Of the board that crawls, with an item for each of `feedItems` jobs. */
  feedConnectionId: string;
}

/** An employer grown large: 200 connections of every vendor, jobs, a posting each on a crawled board, activity. */
export async function bigEmployer(
  { admin }: World,
  { jobs, activity, feedItems }: { jobs: number; activity: number; feedItems: number },
): Promise<BigEmployer> {
  const member = await testMember({ name: "Mara" });
  const { employerId } = member;
  const feedConnectionId = newId();
  await admin`
    insert into connection (employer_id, id, vendor_id, environment, label, state, config, setup, "grant", features,
      last_success_at)
    select ${employerId}, case when n = 1 then ${feedConnectionId}::uuid else uuidv7() end,
      case when n = 1 then 'indeed' else (array['greenhouse', 'ziprecruiter', 'weworkremotely', 'wellfound'])[n % 4 + 1] end,
      'production', 'Connection ' || n, 'active', '{}', '{}', '{}', '{}', now() - n * interval '1 minute'
    from generate_series(1, 200) n`;
  await admin`
    insert into job (employer_id, id, slug, title, description_html, status, departments, locations, remote, employment,
      origin, published_at)
    select ${employerId}, uuidv7(n * interval '-1 minute'), 'job-' || n, 'Senior engineer ' || n,
      '<p>' || repeat('What the person will do. ', 40) || '</p>', case when n % 3 = 0 then 'closed' else 'open' end,
      jsonb_build_array('Department ' || n % 12), jsonb_build_array(jsonb_build_object('city', 'City ' || n % 40)),
      'hybrid', 'full_time', 'portal', now() - n * interval '1 minute'
    from generate_series(1, ${Math.max(jobs, feedItems)}::int) n`;
  await admin`
    insert into posting (employer_id, id, job_id, connection_id, vendor_id, key, desired, desired_version,
      observed_version, state, source_token, feed_item, feed_version, live_at)
    select employer_id, uuidv7(), id, ${feedConnectionId}, 'indeed', 'key-' || slug, 'live', 1, 1, 'live',
      'token-' || slug, '<job><title>' || title || '</title><description>' || description_html || '</description></job>', 1,
      now()
    from job where employer_id = ${employerId} order by id desc limit ${feedItems}`;
  await admin`insert into feed (employer_id, connection_id, version, items, changed_at)
    values (${employerId}, ${feedConnectionId}, 1, ${feedItems}, now() - interval '1 hour')`;
  const connections = await admin<
    { id: string }[]
  >`select id from connection where employer_id = ${employerId} order by id`;
  const connectionId = connections.find(({ id }) => id !== feedConnectionId)?.id ?? "";
  const ids = connections.map(({ id }) => id);
  await admin`
    insert into activity (employer_id, id, at, connection_id, kind, tone, who, what)
    select ${employerId}, uuidv7(n * interval '-3 seconds'), now() - n * interval '3 seconds',
      (${ids}::uuid[])[n % ${ids.length}::int + 1], 'sync', 'ok', 'Greenhouse', 'brought ' || n || ' candidates'
    from generate_series(1, ${activity}::int) n`;
  await admin`
    insert into call_stat (employer_id, connection_id, hour, succeeded, failed, milliseconds)
    select ${employerId}, id, date_trunc('hour', now()) - h * interval '1 hour', 40, 1, 4000
    from connection, generate_series(0, 47) h where employer_id = ${employerId}`;
  await admin`vacuum analyze`;
  return { member, connectionId, feedConnectionId };
}
