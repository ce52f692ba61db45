import { inWriting, momentWords } from "#app/platform/moments.ts";

/** What a template may name, by event type, and the words a rule begins with. Browser-safe: the rules page shows it. */
export interface NotificationTemplate {
  label: string;
  title: string;
  body: string;
  /** Where the button leads: a path of the portal with placeholders. */
  link: { label: string; path: string };
  placeholders: readonly string[];
  /** Whether a chat connection starts with this rule. */
  fromTheStart: boolean;
}

const candidate = ["candidate.firstName", "candidate.lastName", "candidate.email"];
const interview = [...candidate, "job.title", "interview.title", "interview.start", "interview.joinUrl"];
const posting = ["job.title", "posting.board", "posting.url"];

export const notificationTemplates: Readonly<Record<string, NotificationTemplate>> = {
  "application.received": {
    label: "Somebody applies",
    title: "New applicant: {{candidate.firstName}} {{candidate.lastName}}",
    body: "{{candidate.firstName}} {{candidate.lastName}} applied for {{job.title}}. Source: {{application.source}}.",
    link: { label: "Open the application", path: "/applicants/{{application.id}}" },
    placeholders: [...candidate, "job.title", "application.source", "application.stage"],
    fromTheStart: true,
  },
  "application.status_changed": {
    label: "An application moves",
    title: "{{candidate.firstName}} {{candidate.lastName}}: {{application.stage}}",
    body: "{{changedBy}} moved {{candidate.firstName}} {{candidate.lastName}} ({{job.title}}) from {{application.previousStage}} to {{application.stage}}.",
    link: { label: "Open the application", path: "/applicants/{{application.id}}" },
    placeholders: [
      ...candidate,
      "job.title",
      "application.stage",
      "application.previousStage",
      "application.status",
      "changedBy",
    ],
    fromTheStart: false,
  },
  "job.posted": {
    label: "A job goes live on a board",
    title: "Live: {{job.title}}",
    body: "{{job.title}} is live on {{posting.board}}. {{posting.url}}",
    link: { label: "Open the job", path: "/jobs/{{job.id}}" },
    placeholders: posting,
    fromTheStart: true,
  },
  "posting.state_changed": {
    label: "A posting changes its state",
    title: "{{job.title}} on {{posting.board}}: {{posting.state}}",
    body: "It was {{posting.previousState}}. {{posting.reason}}",
    link: { label: "Open the job", path: "/jobs/{{job.id}}" },
    placeholders: [...posting, "posting.state", "posting.previousState", "posting.reason"],
    fromTheStart: false,
  },
  "job.closed": {
    label: "A job is closed",
    title: "Closed: {{job.title}}",
    body: "{{job.title}} takes no more applications and comes down everywhere. Reason: {{reason}}.",
    link: { label: "Open the job", path: "/jobs/{{job.id}}" },
    placeholders: ["job.title", "reason"],
    fromTheStart: false,
  },
  "interview.booked": {
    label: "An interview is booked",
    title: "Interview booked: {{candidate.firstName}} {{candidate.lastName}}",
    body: "{{interview.title}} ({{job.title}}) on {{interview.start}}. {{interview.joinUrl}}",
    link: { label: "Open the interview", path: "/interviews/{{interview.id}}" },
    placeholders: interview,
    fromTheStart: true,
  },
  "interview.moved": {
    label: "An interview is moved",
    title: "Interview moved: {{candidate.firstName}} {{candidate.lastName}}",
    body: "{{interview.title}} is now on {{interview.start}}; it was on {{previousStart}}.",
    link: { label: "Open the interview", path: "/interviews/{{interview.id}}" },
    placeholders: [...interview, "previousStart"],
    fromTheStart: true,
  },
  "interview.cancelled": {
    label: "An interview is cancelled",
    title: "Interview cancelled: {{candidate.firstName}} {{candidate.lastName}}",
    body: "{{interview.title}} on {{interview.start}} does not take place.",
    link: { label: "Open the interview", path: "/interviews/{{interview.id}}" },
    placeholders: interview,
    fromTheStart: true,
  },
  "webhook.endpoint_failing": {
    label: "A webhook endpoint fails",
    title: "{{endpoint.host}} takes no webhooks",
    body: "Every delivery has failed since {{failingSince}}. From {{disabledFrom}} on the next failure switches it off.",
    link: { label: "Open the endpoint", path: "/webhooks/endpoints/{{endpoint.id}}" },
    placeholders: ["endpoint.host", "endpoint.description", "failingSince", "disabledFrom"],
    fromTheStart: false,
  },
  "webhook.endpoint_disabled": {
    label: "A webhook endpoint is switched off",
    title: "{{endpoint.host}} is switched off",
    body: "It takes no more webhooks. What it missed since {{missedSince}} is kept and can be recovered.",
    link: { label: "Open the endpoint", path: "/webhooks/endpoints/{{endpoint.id}}" },
    placeholders: ["endpoint.host", "endpoint.description", "reason", "missedSince"],
    fromTheStart: false,
  },
  "webhook.endpoint_recovered": {
    label: "A webhook endpoint heals",
    title: "{{endpoint.host}} takes webhooks again",
    body: "Deliveries arrive again since {{recoveredAt}}.",
    link: { label: "Open the endpoint", path: "/webhooks/endpoints/{{endpoint.id}}" },
    placeholders: ["endpoint.host", "endpoint.description", "recoveredAt"],
    fromTheStart: false,
  },
  "issue.opened": {
    label: "Something needs a person",
    title: "{{issue.title}}",
    body: "{{issue.detail}}",
    link: { label: "Open Health", path: "/health" },
    placeholders: ["issue.title", "issue.detail", "connection.label"],
    fromTheStart: false,
  },
  "issue.resolved": {
    label: "An issue heals",
    title: "Healed: {{issue.title}}",
    body: "Nothing to do any more.",
    link: { label: "Open Health", path: "/health" },
    placeholders: ["issue.title", "connection.label"],
    fromTheStart: false,
  },
};

const PLACEHOLDER = /\{\{\s*([\w.]+)\s*\}\}/g;

/** Names in a template that its event does not have. */
export function unknownPlaceholders(eventType: string, text: string): string[] {
  const known = new Set(notificationTemplates[eventType]?.placeholders ?? []);
  return [...text.matchAll(PLACEHOLDER)].flatMap(([, name = ""]) => (known.has(name) ? [] : [name]));
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

/**
 * Fills `{{job.title}}` and the like from the event's data, once: what a value itself contains is not filled again. A name
 * that the event does not have becomes nothing; instants are written out in the zone.
 */
export function fillTemplate(template: string, data: unknown, timeZone: string): string {
  return template
    .replace(PLACEHOLDER, (_whole, path: string) => wordAt(data, path.split("."), timeZone))
    .replace(/ {2,}/g, " ")
    .trim();
}

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {};

function wordAt(value: unknown, [head, ...rest]: string[], timeZone: string): string {
  if (head !== undefined)
    return Object.hasOwn(asRecord(value), head) ? wordAt(asRecord(value)[head], rest, timeZone) : "";
  if (typeof value === "string" && INSTANT.test(value))
    return momentWords(new Date(value), "message", inWriting(timeZone));
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
