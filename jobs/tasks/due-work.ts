import { sql, withSystem } from "#db/client.server.ts";
import { enqueueMany, type JobRequest } from "../enqueue.server.ts";

interface DueRow {
  kind: string;
  employer: string;
  id: string;
  name: string;
}

/** Rows of one kind and employer taken in one minute; what is left comes in the next. */
const MOST = 500;
/** Renewals are spread over the minute, so that instances started together do not ask together. */
const SPREAD_MS = 45_000;

/** Every minute: what is due by its own row becomes jobs, over all employers, with one wake-up. */
export default async function dueWork(): Promise<void> {
  const rows = await sql<DueRow[]>`select kind, employer, id, name from due_work(now(), ${MOST})`;
  const requests = rows.flatMap((row) => requestOf(row));
  if (requests.length > 0) await withSystem((tx) => enqueueMany(tx, requests));
}

function requestOf({ kind, employer: employerId, id, name }: DueRow): JobRequest[] {
  const spread = { runAt: new Date(Date.now() + Math.random() * SPREAD_MS) };
  switch (kind) {
    case "calendar":
      return [{ name: "calendar-pull", payload: { employerId, connectionId: id, calendarId: name } }];
    case "refresh":
      return [{ name: "token-refresh", payload: { employerId, connectionId: id }, ...spread }];
    case "sync":
      return [{ name: "sync-start", payload: { employerId, connectionId: id, resource: name } }];
    case "posting":
      return [{ name: "posting-reconcile", payload: { employerId, postingId: id } }];
    case "subscription":
      return [{ name: "subscription-renew", payload: { employerId, subscriptionId: id }, ...spread }];
    default:
      return [];
  }
}
