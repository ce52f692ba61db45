import type { Page, PullQuery, RemoteFile, Sync, Upsert } from "../../contract/capabilities.ts";
import type { OwnResource } from "../../contract/manifest.ts";
import { countAfter, countAt } from "../../kit/position.server.ts";
import { pageOf } from "../../kit/pull.server.ts";
import { type JobviteCtx, read } from "./api.server.ts";
import type { manifest } from "./manifest.ts";
import { pullOnboardings } from "./onboarding.server.ts";
import * as wire from "./wire.ts";

type Own = OwnResource<typeof manifest>;

/** 500 are allowed; each row may carry the text of a résumé. */
const PAGE = 100;
const JOBS = 500;
const DAY_MS = 86_400_000;

/** Filters go by day, and which date they test is not documented: two days are read again. */
function since(query: PullQuery): Date | null {
  return query.checkpoint ? new Date(new Date(query.checkpoint).getTime() - 2 * DAY_MS) : null;
}

const dayOf = (date: Date) => date.toISOString().slice(0, 10);

/** `start` counts from 1; `total` cannot be trusted, so a short page is the last. */
const startOf = (cursor: string | null) => countAt(cursor?.split(" ")[0], 1);

/** Jobs have no documented filter by date: all are read, and what is old is passed over here. */
async function pullJobs(ctx: JobviteCtx, query: PullQuery): Promise<Page> {
  const start = startOf(query.cursor);
  const rows = (await read(ctx, "job", { start, count: JOBS }, wire.jobPage)).requisitions ?? [];
  const from = since(query);
  const all = rows.map(wire.jobToDomain);
  const upserts = from === null ? all : all.filter((row) => row.updatedAt >= from);
  return pageOf(upserts, countAfter(start, rows.length, JOBS));
}

/** The cursor keeps the last person's id too: one with several applications comes several times, side by side. */
async function pullPeople(ctx: JobviteCtx, query: PullQuery<"candidates" | "applications">): Promise<Page> {
  const start = startOf(query.cursor);
  const from = since(query);
  const window =
    from === null ? {} : { datestart: dayOf(from), dateend: dayOf(new Date(ctx.now().getTime() + DAY_MS)) };
  const asked = { start, count: PAGE, ...window, ...(from === null ? {} : { dateFormat: "yyyy-MM-dd" }) };
  const rows = (await read(ctx, "candidate", asked, wire.candidatePage)).candidates ?? [];
  const next = countAfter(start, rows.length, PAGE);
  const cursor = next && `${next} ${rows.at(-1)?.eId ?? ""}`;
  const shown = rows.filter(wire.isActive);
  const hidden = rows.filter((row) => !wire.isActive(row));
  if (query.resource === "applications") {
    const upserts = shown.flatMap((row) => wire.applicationToDomain(row, ctx.config.files !== "off") ?? []);
    return pageOf(upserts, cursor, { deletedIds: hidden.flatMap((row) => row.application?.eId ?? []) });
  }
  const before = query.cursor?.split(" ")[1];
  const people = new Map(
    shown.filter((row) => row.eId !== before).map((row) => [row.eId, wire.candidateToDomain(row)]),
  );
  const gone = hidden.map((row) => row.eId).filter((id) => !people.has(id));
  return pageOf([...people.values()], cursor, { deletedIds: [...new Set(gone)] });
}

async function pull(ctx: JobviteCtx, query: PullQuery<Own>): Promise<Page> {
  switch (query.resource) {
    case "jobs":
      return pullJobs(ctx, query);
    case "candidates":
    case "applications":
      return pullPeople(ctx, { ...query, resource: query.resource });
    case "onboardings":
      return pullOnboardings(ctx, query);
  }
}

/**
 * The row of one application or person. A filter that Jobvite did not heed finds somebody else and counts as none, as does
 * somebody who no longer lets the employer process their data.
 */
async function oneRow(ctx: JobviteCtx, by: "candidateId" | "applicationId", id: string): Promise<wire.Row | null> {
  const { candidates } = await read(ctx, "candidate", { [by]: id, start: 1, count: PAGE }, wire.candidatePage);
  const idOf = (row: wire.Row) => (by === "candidateId" ? row.eId : row.application?.eId);
  const found = candidates?.find((row) => idOf(row) === id);
  return found && wire.isActive(found) ? found : null;
}

async function oneJob(ctx: JobviteCtx, id: string): Promise<Upsert | null> {
  const { requisitions } = await read(ctx, "job", { ids: id, start: 1, count: JOBS }, wire.jobPage);
  const found = requisitions?.find((row) => row.eId === id);
  return found ? wire.jobToDomain(found) : null;
}

async function fetchOne(ctx: JobviteCtx, resource: Own, externalId: string): Promise<Upsert | null> {
  switch (resource) {
    case "jobs":
      return oneJob(ctx, externalId);
    case "candidates": {
      const row = await oneRow(ctx, "candidateId", externalId);
      return row && wire.candidateToDomain(row);
    }
    case "applications": {
      const row = await oneRow(ctx, "applicationId", externalId);
      return row && wire.applicationToDomain(row, ctx.config.files !== "off");
    }
    case "onboardings":
      return (await pullOnboardings(ctx, { cursor: null }, externalId)).upserts[0] ?? null;
  }
}

async function files(ctx: JobviteCtx, applicationExternalId: string): Promise<readonly RemoteFile[]> {
  const row = await oneRow(ctx, "applicationId", applicationExternalId);
  return row ? wire.remoteFiles(row) : [];
}

export const sync: Sync = { pull, fetch: fetchOne, files };
