import { z } from "zod";

/**
 * Every event that Patchbay tells others about. An event's `data` only ever gains fields; a new meaning is a new type.
 * `version` grows with each added field, so that a receiver can see which shape it was written for.
 */
export interface EventDefinition<Data extends z.ZodType = z.ZodType> {
  version: number;
  /** One line for the catalogue page. */
  summary: string;
  data: Data;
  sample: z.input<Data>;
  /** The part of `data` that it is about. */
  subject: Subject;
}

export type Subject =
  | "application"
  | "job"
  | "posting"
  | "message"
  | "connection"
  | "sync"
  | "interview"
  | "issue"
  | "endpoint";

/** Where the API tells of a subject as it is now; for the others the event itself is fetched. */
export const subjectPaths: Readonly<Partial<Record<Subject, string>>> = {
  application: "/api/v1/applications/",
  job: "/api/v1/jobs/",
};

const id = z.uuid();
const at = z.iso.datetime();
const job = z.object({ id, title: z.string() });
const candidate = z.object({ id, firstName: z.string(), lastName: z.string(), email: z.string().nullable() });
const connection = z.object({ id, vendor: z.string(), label: z.string() });
const applicationStatus = z.enum(["active", "hired", "rejected", "withdrawn"]);
const money = z.object({ amount: z.number().int().describe("Minor units"), currency: z.string().length(3) });
const interview = z.object({
  id,
  title: z.string(),
  start: at,
  end: at,
  timeZone: z.string(),
  joinUrl: z.string().nullable(),
});
const issue = z.object({
  id,
  type: z.string(),
  severity: z.enum(["warn", "bad"]),
  title: z.string(),
  detail: z.string(),
});
const posting = z.object({ id, board: z.string(), state: z.string(), url: z.string().nullable() });

const endpoint = z.object({ id, host: z.string(), description: z.string() });

const define = <Data extends z.ZodType>(definition: EventDefinition<Data>): EventDefinition<Data> => definition;

const sampleId = (n: number) => `01920000-0000-7000-8000-${String(n).padStart(12, "0")}`;
const sampleJob = { id: sampleId(1), title: "Senior Platform Engineer" };
const sampleCandidate = { id: sampleId(2), firstName: "Wen", lastName: "Li", email: "wen.li@example.com" };
const sampleConnection = { id: sampleId(3), vendor: "greenhouse", label: "Greenhouse" };
const samplePosting = {
  id: sampleId(4),
  board: "ziprecruiter",
  state: "live",
  url: "https://www.ziprecruiter.com/jobs/8841",
};
const sampleInterview = {
  id: sampleId(5),
  title: "Interview with Wen Li",
  start: "2026-09-24T08:30:00.000Z",
  end: "2026-09-24T09:15:00.000Z",
  timeZone: "Europe/Berlin",
  joinUrl: "https://meet.example.com/abc",
};
const sampleIssue = {
  id: sampleId(6),
  type: "sign_in",
  severity: "bad",
  title: "LinkedIn withdrew our permission",
  detail: "Postings wait, live ones stay. Sign in again.",
} as const;

const sampleEndpoint = { id: sampleId(9), host: "hooks.example.com", description: "Our data warehouse" };

const interviewData = z.object({ interview, candidate: candidate.nullable(), job: job.nullable() });
const interviewSample = { interview: sampleInterview, candidate: sampleCandidate, job: sampleJob };
const issueData = z.object({ issue, connection: connection.nullable() });

/** Type → shape and sample, in the order in which the catalogue page shows them. */
export const eventCatalog = {
  "application.received": define({
    version: 1,
    subject: "application",
    summary: "Somebody applied: by the career site, a board, the API or a synced ATS.",
    data: z.object({
      application: z.object({
        id,
        status: applicationStatus,
        stage: z.string().nullable(),
        source: z.string().describe("Vendor id of the board, career-site, api, or the ATS's own word"),
        appliedAt: at,
      }),
      job,
      candidate,
    }),
    sample: {
      application: {
        id: sampleId(7),
        status: "active",
        stage: "Applied",
        source: "ziprecruiter",
        appliedAt: "2026-09-21T13:33:20.000Z",
      },
      job: sampleJob,
      candidate: sampleCandidate,
    },
  }),
  "application.status_changed": define({
    version: 1,
    subject: "application",
    summary: "An application moved to another stage, or was hired, rejected or withdrawn.",
    data: z.object({
      application: z.object({
        id,
        status: applicationStatus,
        previousStatus: applicationStatus,
        stage: z.string().nullable(),
        previousStage: z.string().nullable(),
      }),
      job,
      candidate,
      changedBy: z.string(),
    }),
    sample: {
      application: {
        id: sampleId(7),
        status: "active",
        previousStatus: "active",
        stage: "Interview",
        previousStage: "Applied",
      },
      job: sampleJob,
      candidate: sampleCandidate,
      changedBy: "Mara Lindqvist",
    },
  }),
  "job.posted": define({
    version: 1,
    subject: "posting",
    summary: "A job is live on a board: we looked and it is there.",
    data: z.object({ job, posting: posting.extend({ cost: money.nullable() }) }),
    sample: { job: sampleJob, posting: { ...samplePosting, cost: { amount: 29900, currency: "USD" } } },
  }),
  "job.closed": define({
    version: 1,
    subject: "job",
    summary: "A job was closed and comes down everywhere.",
    data: z.object({ job, reason: z.string().nullable(), closedAt: at }),
    sample: { job: sampleJob, reason: "filled", closedAt: "2026-09-30T16:00:00.000Z" },
  }),
  "message.received": define({
    version: 1,
    subject: "message",
    summary: "A message for the team arrived by a connected chat or mailbox.",
    data: z.object({
      message: z.object({ id, channel: z.string(), from: z.string(), text: z.string(), receivedAt: at }),
      connection,
      candidate: candidate.nullable(),
    }),
    sample: {
      message: {
        id: sampleId(8),
        channel: "#hiring",
        from: "Jonas Weber",
        text: "Wen Li confirmed Tuesday.",
        receivedAt: "2026-09-22T07:12:00.000Z",
      },
      connection: { ...sampleConnection, vendor: "slack", label: "Slack" },
      candidate: null,
    },
  }),
  "connection.state_changed": define({
    version: 1,
    subject: "connection",
    summary: "A connection turned green, amber or red, was paused, resumed or removed.",
    data: z.object({
      connection: connection.extend({ state: z.string(), previousState: z.string(), detail: z.string().nullable() }),
    }),
    sample: {
      connection: {
        ...sampleConnection,
        state: "needs_reconnect",
        previousState: "active",
        detail: "Greenhouse no longer accepts the credential. Sign in again.",
      },
    },
  }),
  "posting.state_changed": define({
    version: 1,
    subject: "posting",
    summary: "One board's truth about one job changed: in review, live, rejected, expiring or closed.",
    data: z.object({ job, posting: posting.extend({ previousState: z.string(), reason: z.string().nullable() }) }),
    sample: {
      job: sampleJob,
      posting: {
        ...samplePosting,
        state: "rejected",
        previousState: "in_review",
        url: null,
        reason: "The title names a salary. Take it out and send again.",
      },
    },
  }),
  "interview.booked": define({
    version: 1,
    subject: "interview",
    summary: "An interview is on the calendars.",
    data: interviewData,
    sample: interviewSample,
  }),
  "interview.moved": define({
    version: 1,
    subject: "interview",
    summary: "An interview has another time.",
    data: interviewData.extend({ previousStart: at }),
    sample: { ...interviewSample, previousStart: "2026-09-24T07:00:00.000Z" },
  }),
  "interview.cancelled": define({
    version: 1,
    subject: "interview",
    summary: "An interview was called off.",
    data: interviewData,
    sample: interviewSample,
  }),
  "sync.completed": define({
    version: 1,
    subject: "sync",
    summary:
      "A copy from a connected tool brought changes, or could not finish. One that found nothing new is not told.",
    data: z.object({
      sync: z.object({
        id,
        resource: z.string(),
        mode: z.enum(["incremental", "full"]),
        status: z.enum(["succeeded", "partial", "failed", "held", "stopped"]),
        read: z.number().int(),
        written: z.number().int().describe("New or changed"),
        deleted: z.number().int(),
        skipped: z.number().int(),
        rejected: z.number().int().describe("Could not be used; the connection's page has each reason"),
        startedAt: at,
        finishedAt: at,
        error: z.string().nullable(),
      }),
      connection,
    }),
    sample: {
      sync: {
        ...{ id: sampleId(9), resource: "candidates", mode: "incremental", status: "partial" },
        ...{ read: 640, written: 412, deleted: 0, skipped: 226, rejected: 2 },
        startedAt: "2026-09-22T07:00:00.000Z",
        finishedAt: "2026-09-22T07:02:12.000Z",
        error: null,
      },
      connection: sampleConnection,
    },
  }),
  "issue.opened": define({
    version: 1,
    subject: "issue",
    summary: "Something needs a person, or was slow long enough to say so.",
    data: issueData,
    sample: { issue: sampleIssue, connection: { ...sampleConnection, vendor: "linkedin", label: "LinkedIn" } },
  }),
  "issue.resolved": define({
    version: 1,
    subject: "issue",
    summary: "An issue healed, by a person or by itself.",
    data: issueData,
    sample: { issue: sampleIssue, connection: { ...sampleConnection, vendor: "linkedin", label: "LinkedIn" } },
  }),
  "webhook.endpoint_failing": define({
    version: 1,
    subject: "endpoint",
    summary: "Another endpoint has taken nothing for a day, half of five days, three or four days.",
    data: z.object({ endpoint, failingSince: at, disabledFrom: at }),
    sample: {
      endpoint: sampleEndpoint,
      failingSince: "2026-09-21T13:33:20.000Z",
      disabledFrom: "2026-09-26T13:33:20.000Z",
    },
  }),
  "webhook.endpoint_disabled": define({
    version: 1,
    subject: "endpoint",
    summary: "Another endpoint was switched off: it answered 410, or took nothing for five days.",
    data: z.object({ endpoint, reason: z.enum(["gone", "failing"]), missedSince: at }),
    sample: { endpoint: sampleEndpoint, reason: "failing", missedSince: "2026-09-21T13:33:20.000Z" },
  }),
  "webhook.endpoint_recovered": define({
    version: 1,
    subject: "endpoint",
    summary: "Another endpoint that there was a warning about takes deliveries again.",
    data: z.object({ endpoint, recoveredAt: at }),
    sample: { endpoint: sampleEndpoint, recoveredAt: "2026-09-23T09:00:00.000Z" },
  }),
};

export type EventType = keyof typeof eventCatalog;
/** What `emitEvent` takes for a type. */
export type EventData<Type extends EventType> = z.input<(typeof eventCatalog)[Type]["data"]>;

const names = new Set<string>(Object.keys(eventCatalog));
export const isEventType = (name: string): name is EventType => names.has(name);
export const eventTypes = (): EventType[] => Object.keys(eventCatalog).filter(isEventType);

/** The definition of a type with its types forgotten: for pages and loops. */
export const eventDefinition = (type: EventType): EventDefinition => eventCatalog[type];

/** The outer shape of every body we send. */
const envelope = (type: EventType) =>
  z.object({
    id: z.uuid().describe("The same as the header webhook-id; the same for every retry and replay"),
    type: z.literal(type),
    timestamp: z.iso.datetime().describe("When it happened, not when it was sent"),
    employer: z.uuid(),
    test: z.literal(true).optional().describe("Only on test events"),
    data: eventDefinition(type).data,
  });

const schemas = new Map<EventType, Readonly<Record<string, unknown>>>();

/** JSON Schema (draft 2020-12) of the whole body of one type, for the catalogue page and the API. */
export function eventJsonSchema(type: EventType): Readonly<Record<string, unknown>> {
  const known = schemas.get(type) ?? makeSchema(type);
  schemas.set(type, known);
  return known;
}

function makeSchema(type: EventType): Record<string, unknown> {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(envelope(type), { target: "draft-2020-12", io: "input" });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: type,
    description: eventDefinition(type).summary,
    ...schema,
  };
}
