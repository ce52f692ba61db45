import type { Answer } from "./answering.ts";
import * as work from "./calls.ts";
import type { ErrorShape } from "./shape.ts";

const greenhouseShapes: readonly Omit<ErrorShape, "section">[] = [
  {
    vendor: "greenhouse v1",
    what: "too many calls",
    api: [
      {
        status: 429,
        headers: { "x-ratelimit-limit": "50", "x-ratelimit-remaining": "0", "retry-after": "7" },
      },
    ],
    ...{ kind: "rate-limited", waits: 7 },
  },
  {
    vendor: "greenhouse v1",
    what: "too many calls, with the time of the next window alone",
    api: [{ status: 429, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1790000009" } }],
    ...{ kind: "rate-limited", waits: 9 },
  },
  { vendor: "greenhouse v1", what: "a bad key", api: [{ status: 401 }], kind: "auth-revoked" },
  { vendor: "greenhouse v1", what: "a key without this list", api: [{ status: 403 }], kind: "forbidden" },
  {
    vendor: "greenhouse v1",
    what: "a body that it does not take",
    api: [
      {
        status: 422,
        body: { message: "Validation error", errors: [{ message: "Must be a valid stage", field: "to_stage_id" }] },
      },
    ],
    ...{ call: work.pull("jobs"), kind: "validation" },
  },
  { vendor: "greenhouse v1", what: "trouble of its own", api: [{ status: 500 }], kind: "unavailable" },
  { vendor: "greenhouse", what: "a fresh token that is refused", api: [{ status: 401 }], kind: "auth-revoked" },
];

const leverShapes: readonly Omit<ErrorShape, "section">[] = [
  {
    vendor: "lever",
    what: "no such record",
    api: [{ status: 404, body: { code: "ResourceNotFound", message: "No such opportunity." } }],
    ...{ call: work.push, kind: "not-found", code: "ResourceNotFound", unsure: "the word of the code" },
  },
  {
    vendor: "lever",
    what: "a key without this endpoint, or a confidential record",
    api: [{ status: 403, body: { code: "Forbidden", message: "Not allowed." } }],
    ...{ kind: "forbidden", unsure: "the word of the code" },
  },
  {
    vendor: "lever",
    what: "too many calls",
    api: [{ status: 429, body: { code: "TooManyRequests", message: "Slow down." } }],
    ...{ kind: "rate-limited", waits: 60, unsure: "the word of the code" },
  },
  {
    vendor: "lever",
    what: "a dead key",
    api: [{ status: 401, body: { code: "Unauthorized", message: "No." } }],
    ...{ kind: "auth-revoked", unsure: "the word of the code" },
  },
];

const validationFailed = (code: string, field: string): Answer => ({
  status: 422,
  body: { message: "Validation failed", errors: [{ code, message: "Not a known value", fields: [field] }] },
});
const jobadderShapes: readonly Omit<ErrorShape, "vendor" | "section">[] = [
  {
    what: "too many calls",
    api: [{ status: 429, headers: { "retry-after": "12" } }],
    ...{ kind: "rate-limited", waits: 12 },
  },
  {
    what: "a value that it does not take",
    api: [validationFailed("Invalid", "statusId")],
    ...{ call: work.pull("jobs"), kind: "validation", code: "Invalid" },
  },
  { what: "a scope or right that is missing", api: [{ status: 403 }], kind: "forbidden" },
  { what: "no such record, or the wrong region", api: [{ status: 404 }], kind: "not-found", call: work.push },
  { what: "a person who is there already", api: [{ status: 409 }], kind: "conflict", call: work.push },
  { what: "a fresh token that is refused", api: [{ status: 401 }], kind: "auth-revoked" },
];

const noJobs: Answer = { status: 200, body: { total: 0, status: { code: 200, messages: [] }, requisitions: [] } };
const jobviteShapes: readonly Omit<ErrorShape, "vendor">[] = [
  {
    section: "7",
    what: "a dead pair, under 200",
    api: [{ status: 200, body: { status: { code: 401, messages: ["Invalid API key or secret"] } } }],
    ...{ kind: "auth-revoked" },
  },
  {
    section: "1",
    what: "a pair without the right to candidates",
    api: [noJobs, { status: 401, body: { status: { code: 401, messages: ["Not authorized"] } } }, noJobs],
    ...{ kind: "forbidden" },
  },
  {
    section: "7",
    what: "the way to its page of missing pages",
    api: [{ status: 302, headers: { location: "https://app.jobvite.com/404" } }],
    ...{ kind: "config" },
  },
  {
    section: "7",
    what: "a route that does not exist",
    api: [{ status: 404, body: { status: { code: 404, messages: ["Cannot find API"] } } }],
    ...{ kind: "config" },
  },
  {
    section: "7",
    what: "a web page for an envelope that it cannot open",
    api: [{ status: 400, headers: { "content-type": "text/html" }, body: "<html><body>Bad Request</body></html>" }],
    ...{ kind: "config" },
  },
  {
    section: "7",
    what: "a dead pair in plain text",
    api: [{ status: 401, body: "Unauthorized" }],
    ...{ kind: "auth-revoked", unsure: "seen on version 1" },
  },
  {
    section: "7",
    what: "errors and nothing else, under 200",
    api: [{ status: 200, body: { errors: { messages: ["Something went wrong"] } } }],
    ...{ call: work.pull("jobs"), kind: "contract", unsure: "the status" },
  },
];

export const atsShapes: readonly ErrorShape[] = [
  ...greenhouseShapes.map((one): ErrorShape => ({ section: "7", ...one })),
  ...leverShapes.map((one): ErrorShape => ({ section: "7", ...one })),
  ...jobadderShapes.map((one): ErrorShape => ({ vendor: "jobadder", section: "7", ...one })),
  ...jobviteShapes.map((one): ErrorShape => ({ vendor: "jobvite", ...one })),
];
