import { z } from "zod";
import type { Page, PullQuery, Upsert } from "../../contract/capabilities.ts";
import type { OnboardingRecord, OnboardingTask } from "../../contract/domain.ts";
import { countAfter, countAt } from "../../kit/position.server.ts";
import { everyPage, pageOf, upsertOf } from "../../kit/pull.server.ts";
import { listUnder, looseTime, trimmed } from "../../kit/shapes.ts";
import { type JobviteCtx, readSealed } from "./api.server.ts";

const PAGE = 100;
const TASKS = 500;

const process = z.object({
  id: z.string().min(1),
  status: trimmed,
  hireDate: looseTime,
  applicationId: trimmed,
  firstName: trimmed,
  lastName: trimmed,
  email: trimmed,
});
const task = z.object({
  id: z.string().min(1),
  processInstanceId: trimmed,
  name: trimmed,
  type: trimmed,
  status: trimmed,
  dueDate: looseTime,
  completedDate: looseTime,
});

function statusOf(text: string): OnboardingRecord["status"] {
  if (/cancel|withdr|terminat|abort/i.test(text)) return "cancelled";
  return /complet|done|finish|closed/i.test(text) ? "done" : "open";
}

function taskToDomain(row: z.output<typeof task>): OnboardingTask {
  return {
    externalId: row.id,
    name: row.name || row.type || "Task",
    ...(row.type ? { kind: row.type } : {}),
    status: statusOf(row.status),
    ...(row.dueDate ? { dueAt: row.dueDate } : {}),
    ...(row.completedDate ? { completedAt: row.completedDate } : {}),
  };
}

/** The tasks of these processes. Their files (tax forms, proofs of identity) are never asked for. */
async function tasksOf(ctx: JobviteCtx, processIds: readonly string[]): Promise<z.output<typeof task>[]> {
  if (processIds.length === 0) return [];
  const filter = { task: { processInstanceId: { in: processIds } } };
  return everyPage(async (cursor) => {
    const start = countAt(cursor, 1);
    const body = { filter, start, count: TASKS, returnFileInfo: false };
    const rows = await readSealed(ctx, "task", body, listUnder(task, "tasks", "task", "data"));
    return { rows, next: countAfter(start, rows.length, TASKS) };
  });
}

/** A page of onboardings with their tasks, or the one that is named. Nothing while onboarding is switched off. */
export async function pullOnboardings(ctx: JobviteCtx, query: Pick<PullQuery, "cursor">, only?: string): Promise<Page> {
  if (ctx.config.onboarding !== "on") return pageOf([], null);
  const start = countAt(query.cursor, 1);
  const filter = only === undefined ? {} : { process: { id: { eq: only } } };
  const body = { filter, start, count: PAGE, defaultSortType: "ASC" };
  const rows = await readSealed(ctx, "process", body, listUnder(process, "processes", "process", "data"));
  const wanted = only === undefined ? rows : rows.filter((row) => row.id === only);
  const tasks = await tasksOf(
    ctx,
    wanted.map((row) => row.id),
  );
  const upserts = wanted.map((row): Upsert<"onboardings"> => {
    const own = tasks.filter((one) => one.processInstanceId === row.id).map(taskToDomain);
    const done = own.flatMap((one) => one.completedAt?.getTime() ?? []);
    // Neither has a time of its last change: what it says now is its version.
    const version = `${row.status}:${own.map((one) => one.status).join(",")}`.slice(0, 200);
    const data: OnboardingRecord = {
      ...(row.applicationId ? { applicationExternalId: row.applicationId } : {}),
      person: { firstName: row.firstName, lastName: row.lastName, ...(row.email ? { email: row.email } : {}) },
      status: statusOf(row.status),
      ...(row.hireDate ? { startsOn: row.hireDate } : {}),
      tasks: own,
    };
    return upsertOf(row.id, new Date(Math.max(0, ...done)), data, version);
  });
  const next = only === undefined ? countAfter(start, rows.length, PAGE) : null;
  return pageOf(upserts, next);
}
