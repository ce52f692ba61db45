import { createHmac, randomUUID } from "node:crypto";
import type { World } from "../../framework.ts";
import type { Account, Job, State, Task } from "./state.ts";

const DAY = 86_400_000;
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

export const jobOf = (state: State, clientId: string, id: string): Job | undefined =>
  state.jobs.findLast((one) => one.clientId === clientId && one.externalJobPostingId === id);

/** The address that a job gives for applications, if it has one. */
const webhookOf = (element: Record<string, unknown>): string | null => {
  const apply = element.onsiteApplyConfiguration;
  if (typeof apply !== "object" || apply === null || !("jobApplicationWebhookUrl" in apply)) return null;
  return textOf(apply.jobApplicationWebhookUrl) || null;
};

/** Asks an address for the HMAC of a fresh code under the application's secret, as before the first application. */
const answersChallenge = async (world: World<State>, own: Account, url: string): Promise<boolean> => {
  const challengeCode = randomUUID();
  const asked = new URL(url);
  asked.searchParams.set("challengeCode", challengeCode);
  asked.searchParams.set("applicationId", own.applicationId);
  try {
    const answer = await world.fetch(asked.href, { signal: AbortSignal.timeout(3_000) });
    const body: unknown = await answer.json();
    const expected = createHmac("sha256", own.clientSecret).update(challengeCode).digest("hex");
    return (
      answer.status === 200 &&
      typeof body === "object" &&
      body !== null &&
      "challengeResponse" in body &&
      body.challengeResponse === expected
    );
  } catch {
    return false;
  }
};

const write = (world: World<State>, task: Task, before: Job | undefined): Job => {
  const { element } = task;
  const expireAt = typeof element.expireAt === "number" ? element.expireAt : world.now().getTime() + 180 * DAY;
  const webhookUrl = webhookOf(element);
  const fresh = {
    title: textOf(element.title),
    applyUrl: textOf(element.companyApplyUrl),
    webhookUrl,
    applyStatus: webhookUrl ? ("IN_PROGRESS" as const) : ("NOT_ENABLED" as const),
    expireAt,
  };
  if (before && !before.closed) {
    const anew = before.listing === "NOT_LISTED";
    return Object.assign(before, fresh, {
      writes: before.writes + 1,
      ...(anew ? { listing: "IN_PROGRESS" as const, problem: null, since: world.now().toISOString() } : {}),
    });
  }
  const made: Job = {
    ...fresh,
    clientId: task.clientId,
    externalJobPostingId: task.externalJobPostingId,
    number: 4_200_000_000 + world.state.jobs.length,
    listing: "IN_PROGRESS",
    closed: false,
    problem: null,
    since: world.now().toISOString(),
    writes: 1,
  };
  world.state.jobs.push(made);
  return made;
};

const fail = (task: Task, errorMessage: string) => Object.assign(task, { status: "FAILED", errorMessage });

/** Does what one task asks for. */
const carryOut = (world: World<State>, task: Task, refusal: string | null): void => {
  const before = jobOf(world.state, task.clientId, task.externalJobPostingId);
  if (refusal !== null) return void fail(task, refusal);
  const open = before && !before.closed;
  if (task.operation === "CREATE" && open && before.listing !== "NOT_LISTED")
    return void fail(task, `Job posting with externalJobPostingId ${task.externalJobPostingId} already exists`);
  if (task.operation !== "CREATE" && !before)
    return void fail(task, `No job posting with externalJobPostingId ${task.externalJobPostingId}`);
  if ((task.operation === "UPDATE" || task.operation === "RENEW") && !open)
    return void fail(task, "The job posting is closed");
  if (task.operation === "CLOSE" && before)
    Object.assign(before, { listing: "NOT_LISTED", closed: true, problem: null });
  if (task.operation === "RENEW" && before) before.expireAt += 30 * DAY;
  const job = task.operation === "CREATE" || task.operation === "UPDATE" ? write(world, task, before) : before;
  Object.assign(task, { status: "SUCCEEDED", jobPosting: job ? `urn:li:jobPosting:${job.number}` : null });
};

/** Works off tasks in their order and lists jobs, those that are due or all of them. */
export const advance = async (world: World<State>, all = false): Promise<{ tasks: number; listed: number }> => {
  const { state, now } = world;
  const isDue = (since: string, seconds: number) => all || now().getTime() - Date.parse(since) >= seconds * 1000;
  let tasks = 0;
  for (const task of state.tasks) {
    if (task.status !== "IN_PROGRESS" || !isDue(task.createdAt, state.taskSeconds)) continue;
    const refusal = task.operation === "CLOSE" ? null : state.rejectNext;
    if (refusal !== null) state.rejectNext = null;
    carryOut(world, task, refusal);
    tasks++;
  }
  let listed = 0;
  for (const job of state.jobs) {
    const own = state.accounts.find((one) => one.clientId === job.clientId);
    if (job.applyStatus === "IN_PROGRESS" && job.webhookUrl && own)
      job.applyStatus = (await answersChallenge(world, own, job.webhookUrl)) ? "ENABLED" : "NOT_ENABLED";
    if (job.listing !== "IN_PROGRESS" || !isDue(job.since, state.listSeconds)) continue;
    job.listing = "LISTED";
    listed++;
  }
  return { tasks, listed };
};
