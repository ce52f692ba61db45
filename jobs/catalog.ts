import { z } from "zod";

/** Which of the worker's pools runs a task: deliveries wait on other people's servers and must not hold up the rest. */
export type TaskPool = "deliveries" | "rest";

export interface TaskDefinition<Payload extends z.ZodType = z.ZodType> {
  /** Ids only: what they name is loaded when the task runs. Unknown keys are dropped, so a cron payload fits too. */
  payload: Payload;
  /** Two waiting jobs with one key are one job, the later replacing the earlier. */
  jobKey?(payload: z.output<Payload>): string;
  /** The wait before the n-th repetition is e^n seconds: 10 attempts last about 3.5 hours. */
  maxAttempts: number;
  pool: TaskPool;
}

const defineTask = <Payload extends z.ZodType>(definition: TaskDefinition<Payload>): TaskDefinition<Payload> =>
  definition;

const nothing = z.object({});
const ofConnection = z.object({ employerId: z.uuid(), connectionId: z.uuid() });

/** Every task there is, by name, alphabetical. Its function is `tasks/<name>.ts`, listed in `tasks/index.ts`. */
export const catalog = {
  "calendar-pull": defineTask({
    payload: ofConnection.extend({ calendarId: z.string() }),
    jobKey: ({ connectionId, calendarId }) => `calendar:${connectionId}:${calendarId}`,
    maxAttempts: 6,
    pool: "rest",
  }),
  "connection-activate": defineTask({
    payload: ofConnection,
    jobKey: ({ connectionId }) => `connection-activate:${connectionId}`,
    maxAttempts: 8,
    pool: "rest",
  }),
  "connection-disconnect": defineTask({
    payload: ofConnection.extend({ closingUntil: z.iso.datetime() }),
    jobKey: ({ connectionId }) => `connection-disconnect:${connectionId}`,
    maxAttempts: 6,
    pool: "rest",
  }),
  "delivery-attempt": defineTask({
    payload: z.object({ employerId: z.uuid(), deliveryId: z.uuid(), endpointId: z.uuid() }),
    jobKey: ({ deliveryId }) => `delivery:${deliveryId}`,
    maxAttempts: 10,
    pool: "deliveries",
  }),
  "delivery-wake": defineTask({ payload: nothing, jobKey: () => "delivery-wake", maxAttempts: 3, pool: "rest" }),
  "disposition-send": defineTask({
    payload: ofConnection,
    jobKey: ({ connectionId }) => `disposition:${connectionId}`,
    maxAttempts: 10,
    pool: "rest",
  }),
  "document-scan": defineTask({
    payload: z.object({ employerId: z.uuid(), documentId: z.uuid() }),
    jobKey: ({ documentId }) => `document-scan:${documentId}`,
    maxAttempts: 8,
    pool: "rest",
  }),
  "document-wake": defineTask({ payload: nothing, jobKey: () => "document-wake", maxAttempts: 3, pool: "rest" }),
  "due-work": defineTask({ payload: nothing, jobKey: () => "due-work", maxAttempts: 1, pool: "rest" }),
  "feed-crawled": defineTask({
    payload: ofConnection,
    jobKey: ({ connectionId }) => `feed-crawled:${connectionId}`,
    maxAttempts: 8,
    pool: "rest",
  }),
  "files-pull": defineTask({
    payload: ofConnection.extend({ application: z.string(), version: z.string() }),
    jobKey: ({ connectionId, application }) => `files:${connectionId}:${application}`,
    maxAttempts: 6,
    pool: "rest",
  }),
  "inbound-process": defineTask({
    payload: z.object({ employerId: z.uuid(), deliveryId: z.uuid() }),
    jobKey: ({ deliveryId }) => `inbound:${deliveryId}`,
    maxAttempts: 10,
    pool: "rest",
  }),
  "inbound-wake": defineTask({ payload: nothing, jobKey: () => "inbound-wake", maxAttempts: 3, pool: "rest" }),
  "interview-write": defineTask({
    payload: z.object({ employerId: z.uuid(), interviewId: z.uuid() }),
    jobKey: ({ interviewId }) => `interview:${interviewId}`,
    maxAttempts: 8,
    pool: "rest",
  }),
  "make-partitions": defineTask({ payload: nothing, jobKey: () => "make-partitions", maxAttempts: 5, pool: "rest" }),
  "notification-send": defineTask({
    payload: z.object({ employerId: z.uuid(), notificationId: z.uuid() }),
    jobKey: ({ notificationId }) => `notification:${notificationId}`,
    maxAttempts: 10,
    pool: "rest",
  }),
  "posting-reconcile": defineTask({
    payload: z.object({ employerId: z.uuid(), postingId: z.uuid() }),
    jobKey: ({ postingId }) => `posting:${postingId}`,
    maxAttempts: 10,
    pool: "rest",
  }),
  "subscription-renew": defineTask({
    payload: z.object({ employerId: z.uuid(), subscriptionId: z.uuid() }),
    jobKey: ({ subscriptionId }) => `subscription-renew:${subscriptionId}`,
    maxAttempts: 5,
    pool: "rest",
  }),
  "sync-page": defineTask({
    payload: z.object({ employerId: z.uuid(), runId: z.uuid(), page: z.number().int().min(0) }),
    jobKey: ({ runId, page }) => `sync:${runId}:${page}`,
    maxAttempts: 10,
    pool: "rest",
  }),
  "sync-push": defineTask({
    payload: z.object({ employerId: z.uuid(), connectionId: z.uuid() }),
    jobKey: ({ connectionId }) => `push:${connectionId}`,
    maxAttempts: 10,
    pool: "rest",
  }),
  "sync-start": defineTask({
    payload: z.object({ employerId: z.uuid(), connectionId: z.uuid(), resource: z.string() }),
    jobKey: ({ connectionId, resource }) => `sync:${connectionId}:${resource}`,
    maxAttempts: 5,
    pool: "rest",
  }),
  "tidy-people": defineTask({ payload: nothing, jobKey: () => "tidy-people", maxAttempts: 5, pool: "rest" }),
  "tidy-queue": defineTask({ payload: nothing, jobKey: () => "tidy-queue", maxAttempts: 5, pool: "rest" }),
  "token-refresh": defineTask({
    payload: ofConnection,
    jobKey: ({ connectionId }) => `token-refresh:${connectionId}`,
    maxAttempts: 3,
    pool: "rest",
  }),
};

export type TaskName = keyof typeof catalog;
/** What `enqueue` takes for a task. */
export type TaskInput<Name extends TaskName> = z.input<(typeof catalog)[Name]["payload"]>;
/** What the task's function gets. */
export type TaskPayload<Name extends TaskName> = z.output<(typeof catalog)[Name]["payload"]>;

const names = new Set<string>(Object.keys(catalog));
export const isTaskName = (name: string): name is TaskName => names.has(name);
export const taskNames = (): TaskName[] => Object.keys(catalog).filter(isTaskName);
