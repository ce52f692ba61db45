import { sql as statement } from "drizzle-orm";
import { catalog } from "#app/integrations/catalog.ts";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer, withSystem } from "#db/client.server.ts";
import type { Actor } from "./actor.ts";
import { type Issue, listIssues } from "./issues.server.ts";

export interface VendorHealth {
  vendorId: string;
  name: string;
  color: string | null;
  connections: number;
  calls: number;
  rate: number | null;
  /** Mean milliseconds of a call in the last day; null without calls. */
  meanMs: number | null;
}

export interface Health {
  open: Issue[];
  snoozed: Issue[];
  lastHealed: Issue | null;
  /** Seconds that the oldest job that could run has waited; 0 when none waits. */
  queueSeconds: number;
  waitingJobs: number;
  /** Received and not processed yet: the oldest, in seconds; 0 when none. */
  webhookSeconds: number;
  tokensEnding: { connectionId: string; label: string; endsAt: Date }[];
  vendors: VendorHealth[];
}

const manifests = new Map(catalog.map((manifest) => [manifest.id, manifest]));

/**
 * How things are: issues, how old the oldest waiting work is, sign-ins that end within two weeks, and calls per vendor in
 * the last day. A fixed number of statements.
 */
export async function health(actor: Actor): Promise<Health> {
  allow(actor, "connections:read");
  const { employerId } = actor;
  const issues = await listIssues(actor);
  const [queue] = await withSystem((tx) =>
    tx.execute<{ waiting: number; seconds: number }>(statement`
      select count(*)::int as waiting, coalesce(extract(epoch from now() - min(run_at)), 0)::int as seconds
      from graphile_worker.jobs where run_at <= now() and locked_at is null and attempts < max_attempts`),
  );
  return withEmployer(employerId, async (tx) => {
    const [webhook] = await tx.execute<{ seconds: number }>(statement`
      select coalesce(extract(epoch from now() - min(received_at)), 0)::int as seconds from inbound_delivery
      where employer_id = ${employerId} and state = 'received'`);
    const ending = await tx.execute<{ connectionId: string; label: string; endsAt: string }>(statement`
      select id as "connectionId", label, "grant" ->> 'signInEndsAt' as "endsAt" from connection
      where employer_id = ${employerId} and ("grant" ->> 'signInEndsAt')::timestamptz < now() + interval '14 days'
      order by 3`);
    const vendors = await tx.execute<{
      id: string;
      connections: number;
      ok: number;
      bad: number;
      ms: number;
    }>(statement`
      select c.vendor_id as id, count(distinct c.id)::int as connections, coalesce(sum(s.succeeded), 0)::int as ok,
        coalesce(sum(s.failed), 0)::int as bad, coalesce(sum(s.milliseconds), 0)::float as ms
      from connection c left join call_stat s on s.employer_id = c.employer_id and s.connection_id = c.id
        and s.hour > now() - interval '1 day'
      where c.employer_id = ${employerId} group by c.vendor_id order by c.vendor_id`);
    return {
      ...issues,
      queueSeconds: queue?.seconds ?? 0,
      waitingJobs: queue?.waiting ?? 0,
      webhookSeconds: webhook?.seconds ?? 0,
      tokensEnding: ending.map((row) => ({
        connectionId: row.connectionId,
        label: row.label,
        endsAt: new Date(row.endsAt),
      })),
      vendors: vendors.map((row) => {
        const calls = row.ok + row.bad;
        return {
          vendorId: row.id,
          name: manifests.get(row.id)?.name ?? row.id,
          color: manifests.get(row.id)?.brand.color ?? null,
          connections: row.connections,
          calls,
          rate: calls === 0 ? null : Math.round((row.ok / calls) * 1000) / 10,
          meanMs: calls === 0 ? null : Math.round(row.ms / calls),
        };
      }),
    };
  });
}
