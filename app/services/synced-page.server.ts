import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Upsert } from "#app/integrations/contract/capabilities.ts";
import type { ResourceName } from "#app/integrations/contract/manifest.ts";
import { newId, sha256Hex } from "#app/platform/crypto.server.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { textArray } from "#db/lists.server.ts";
import { lockWord } from "./lock.server.ts";
import { stableJson } from "./stable-json.ts";

/** What a page of a vendor's rows did to ours. Ids are our rows' ids. */
export interface SyncedPage {
  created: string[];
  changed: string[];
  /** Rows that say what we hold already. */
  unchanged: number;
  /** Rows that cannot be used yet, each with a plain reason. */
  rejects: { externalId: string; reason: string }[];
}

export interface SyncOptions {
  /** The run of a complete scan: every row of the page is marked as seen by it. */
  runId?: string | null;
  /** Whether changes become events. False for the first copy of a connection: an old applicant is no news. */
  announce: boolean;
  /** Who the events name as the author: the ATS's name. */
  changedBy: string;
}

export interface PageScope {
  tx: EmployerTx;
  employerId: string;
  connectionId: string;
  resource: ResourceName;
  runId: string | null;
}

/** A vendor's row that has to be written. */
export interface TodoRow<R extends ResourceName> {
  row: Upsert<R>;
  hash: string;
  /** Our row's id; a fresh one when `isNew`. */
  localId: string;
  isNew: boolean;
}

const knownRow = z.object({
  external_id: z.string(),
  local_id: z.string(),
  content_hash: z.string(),
  version: z.string(),
  gone: z.boolean(),
});

/** Values of a page as one parameter, so that every page is the same prepared statement. */
export const asJson = (rows: unknown) => sql`${JSON.stringify(rows)}::text::jsonb`;

/**
 * Compares a page with what is known and returns the rows that differ. Rows that say nothing new are not written; only
 * their version, or the scan that saw them, is noted where it moved. A page that names one row twice keeps the last.
 * Two writers of one connection and resource (a run and a webhook) wait for each other.
 */
async function splitPage<R extends ResourceName>(
  scope: PageScope,
  rows: readonly Upsert<R>[],
): Promise<{ todo: TodoRow<R>[]; unchanged: number }> {
  const { tx, employerId, connectionId, resource, runId } = scope;
  const latest = [...new Map(rows.map((row) => [row.externalId, row])).values()];
  if (latest.length === 0) return { todo: [], unchanged: 0 };
  // Sent together: Postgres runs them in this order, and the second sees what whoever held the lock has written.
  const [, found] = await Promise.all([
    lockWord(tx, `${connectionId}:${resource}`),
    tx.execute(sql`
      select external_id, local_id, content_hash, version, deleted_at is not null as gone from external_record
      where employer_id = ${employerId} and connection_id = ${connectionId} and resource = ${resource}
        and external_id = any(${textArray(latest.map((row) => row.externalId))})`),
  ]);
  const known = new Map(found.map((record) => knownRow.parse(record)).map((record) => [record.external_id, record]));
  const todo: TodoRow<R>[] = [];
  const touched: { external_id: string; version: string }[] = [];
  for (const row of latest) {
    const hash = sha256Hex(stableJson(row.data));
    const record = known.get(row.externalId);
    if (!record || record.content_hash !== hash || record.gone) {
      todo.push({ row, hash, localId: record?.local_id ?? newId(), isNew: !record });
    } else if (runId !== null || record.version !== row.version) {
      touched.push({ external_id: row.externalId, version: row.version });
    }
  }
  await touch(scope, touched);
  return { todo, unchanged: latest.length - todo.length };
}

async function touch(scope: PageScope, rows: readonly { external_id: string; version: string }[]): Promise<void> {
  if (rows.length === 0) return;
  await scope.tx.execute(sql`
    update external_record e set version = i.version, seen_run_id = coalesce(${scope.runId}::uuid, e.seen_run_id)
    from jsonb_to_recordset(${asJson(rows)}) as i(external_id text, version text)
    where e.employer_id = ${scope.employerId} and e.connection_id = ${scope.connectionId}
      and e.resource = ${scope.resource} and e.external_id = i.external_id
      and (e.version <> i.version or e.seen_run_id is distinct from coalesce(${scope.runId}::uuid, e.seen_run_id))`);
}

/**
 * How a page of one resource is written: known rows are passed over, and `write` gets the others, tells which of them it
 * wrote and why it could not use the rest.
 */
export const pageWriter =
  <R extends ResourceName>(
    resource: R,
    write: (
      scope: PageScope,
      todo: readonly TodoRow<R>[],
      options: SyncOptions,
    ) => Promise<{ written: readonly TodoRow<R>[]; rejects?: SyncedPage["rejects"] }>,
  ) =>
  async (
    tx: EmployerTx,
    employerId: string,
    connectionId: string,
    rows: readonly Upsert<R>[],
    options: SyncOptions,
  ): Promise<SyncedPage> => {
    const scope: PageScope = { tx, employerId, connectionId, resource, runId: options.runId ?? null };
    const { todo, unchanged } = await splitPage(scope, rows);
    if (todo.length === 0) return pageResult([], unchanged);
    const { written, rejects } = await write(scope, todo, options);
    return pageResult(written, unchanged, rejects);
  };

/** The columns of a page's `input` that every resource has. */
export const linkOf = (todo: TodoRow<ResourceName>) => ({
  external_id: todo.row.externalId,
  version: todo.row.version,
  hash: todo.hash,
  local_id: todo.localId,
});

/** The part of a page's statement that writes vendor id ↔ our id; `input` is the statement's first CTE. */
export const linkInput = (scope: PageScope) => sql`
  insert into external_record
    (employer_id, connection_id, resource, external_id, local_id, version, content_hash, seen_run_id)
  select ${scope.employerId}, ${scope.connectionId}, ${scope.resource}, external_id, local_id, version, hash,
    ${scope.runId}::uuid
  from input
  on conflict (employer_id, connection_id, resource, external_id) do update set
    local_id = excluded.local_id, version = excluded.version, content_hash = excluded.content_hash,
    seen_run_id = coalesce(excluded.seen_run_id, external_record.seen_run_id), deleted_at = null, updated_at = now()`;

/** Sums a page up. `todo` are the rows that were written. */
function pageResult(
  todo: readonly TodoRow<ResourceName>[],
  unchanged: number,
  rejects: SyncedPage["rejects"] = [],
): SyncedPage {
  return {
    created: todo.filter((row) => row.isNew).map((row) => row.localId),
    changed: todo.filter((row) => !row.isNew).map((row) => row.localId),
    unchanged,
    rejects,
  };
}
