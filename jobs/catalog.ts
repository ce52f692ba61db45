import { z } from "zod";

export interface TaskDefinition<Payload extends z.ZodType = z.ZodType> {
  /** Ids only: what they name is loaded when the task runs. Unknown keys are dropped, so a cron payload fits too. */
  payload: Payload;
  /** Two waiting jobs with one key are one job, the later replacing the earlier. */
  jobKey?(payload: z.output<Payload>): string;
  /** The wait before the n-th repetition is e^n seconds: 10 attempts last about 3.5 hours. */
  maxAttempts: number;
  /** In slots of their own, so that what takes long never stands before a webhook. */
  pool?: "deliveries";
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
  }),
  "connection-activate": defineTask({
    payload: ofConnection,
    jobKey: ({ connectionId }) => `connection-activate:${connectionId}`,
    maxAttempts: 8,
  }),
  "connection-disconnect": defineTask({
    payload: ofConnection.extend({ closingUntil: z.iso.datetime() }),
    jobKey: ({ connectionId }) => `connection-disconnect:${connectionId}`,
    maxAttempts: 6,
  }),
  "delivery-drain": defineTask({
    payload: z.object({
      employerId: z.uuid(),
      endpointIds: z.array(z.uuid()),
      /** When the first of what is due became so. */
      since: z.iso.datetime().optional(),
    }),
    maxAttempts: 3,
    pool: "deliveries",
  }),
  "disposition-send": defineTask({
    payload: ofConnection,
    jobKey: ({ connectionId }) => `disposition:${connectionId}`,
    maxAttempts: 10,
  }),
  "document-scan": defineTask({
    payload: z.object({ employerId: z.uuid(), documentId: z.uuid() }),
    jobKey: ({ documentId }) => `document-scan:${documentId}`,
    maxAttempts: 8,
  }),
  "document-wake": defineTask({ payload: nothing, jobKey: () => "document-wake", maxAttempts: 3 }),
  "due-work": defineTask({ payload: nothing, jobKey: () => "due-work", maxAttempts: 1 }),
  "expire-records": defineTask({ payload: nothing, jobKey: () => "expire-records", maxAttempts: 5 }),
  "feed-crawled": defineTask({
    payload: ofConnection,
    jobKey: ({ connectionId }) => `feed-crawled:${connectionId}`,
    maxAttempts: 8,
  }),
  "files-pull": defineTask({
    payload: ofConnection.extend({ application: z.string(), version: z.string() }),
    jobKey: ({ connectionId, application }) => `files:${connectionId}:${application}`,
    maxAttempts: 6,
  }),
  "inbound-process": defineTask({
    payload: z.object({ employerId: z.uuid(), deliveryId: z.uuid() }),
    jobKey: ({ deliveryId }) => `inbound:${deliveryId}`,
    maxAttempts: 10,
  }),
  "inbound-silence": defineTask({ payload: nothing, jobKey: () => "inbound-silence", maxAttempts: 3 }),
  "inbound-wake": defineTask({ payload: nothing, jobKey: () => "inbound-wake", maxAttempts: 3 }),
  "interview-write": defineTask({
    payload: z.object({ employerId: z.uuid(), interviewId: z.uuid() }),
    jobKey: ({ interviewId }) => `interview:${interviewId}`,
    maxAttempts: 8,
  }),
  "make-partitions": defineTask({ payload: nothing, jobKey: () => "make-partitions", maxAttempts: 5 }),
  "notification-send": defineTask({
    payload: z.object({ employerId: z.uuid(), notificationId: z.uuid() }),
    jobKey: ({ notificationId }) => `notification:${notificationId}`,
    maxAttempts: 10,
  }),
  "posting-reconcile": defineTask({
    payload: z.object({ employerId: z.uuid(), postingId: z.uuid() }),
    jobKey: ({ postingId }) => `posting:${postingId}`,
    maxAttempts: 10,
  }),
  "recovery-page": defineTask({
    payload: z.object({ employerId: z.uuid(), recoveryId: z.uuid(), after: z.guid() }),
    jobKey: ({ recoveryId, after }) => `recovery:${recoveryId}:${after}`,
    maxAttempts: 10,
  }),
  "recovery-wake": defineTask({ payload: nothing, jobKey: () => "recovery-wake", maxAttempts: 3 }),
  "subscription-renew": defineTask({
    payload: z.object({ employerId: z.uuid(), subscriptionId: z.uuid() }),
    jobKey: ({ subscriptionId }) => `subscription-renew:${subscriptionId}`,
    maxAttempts: 5,
  }),
  "sync-page": defineTask({
    payload: z.object({ employerId: z.uuid(), runId: z.uuid(), page: z.number().int().min(0) }),
    jobKey: ({ runId, page }) => `sync:${runId}:${page}`,
    maxAttempts: 10,
  }),
  "sync-push": defineTask({
    payload: z.object({ employerId: z.uuid(), connectionId: z.uuid() }),
    jobKey: ({ connectionId }) => `push:${connectionId}`,
    maxAttempts: 10,
  }),
  "sync-start": defineTask({
    payload: z.object({ employerId: z.uuid(), connectionId: z.uuid(), resource: z.string() }),
    jobKey: ({ connectionId, resource }) => `sync:${connectionId}:${resource}`,
    maxAttempts: 5,
  }),
  "tidy-people": defineTask({ payload: nothing, jobKey: () => "tidy-people", maxAttempts: 5 }),
  "tidy-queue": defineTask({ payload: nothing, jobKey: () => "tidy-queue", maxAttempts: 5 }),
  "token-refresh": defineTask({
    payload: ofConnection,
    jobKey: ({ connectionId }) => `token-refresh:${connectionId}`,
    maxAttempts: 3,
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
