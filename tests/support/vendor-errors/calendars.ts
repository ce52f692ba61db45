import type { Answer } from "./answering.ts";
import * as work from "./calls.ts";
import { type ErrorShape, google } from "./shape.ts";

const googleShapes: readonly Omit<ErrorShape, "vendor">[] = [
  {
    section: "7",
    what: "too many calls, under 403",
    api: google(403, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits"),
    ...{ kind: "rate-limited", code: "rateLimitExceeded", waits: 60 },
  },
  {
    section: "7",
    what: "too many calls of one user",
    api: google(403, "userRateLimitExceeded", "User Rate Limit Exceeded", "usageLimits"),
    ...{ kind: "rate-limited", unsure: "the reason is second-hand" },
  },
  {
    section: "7",
    what: "too many invitations",
    api: google(403, "quotaExceeded", "Calendar usage limits exceeded.", "usageLimits"),
    ...{ call: work.book, kind: "rate-limited", unsure: "the reason is second-hand" },
  },
  {
    section: "7",
    what: "no right to this calendar",
    api: google(403, "forbidden", "Forbidden"),
    ...{ call: work.move, kind: "forbidden", unsure: "the reason is second-hand" },
  },
  {
    section: "7",
    what: "a renewed token that is refused too",
    api: google(401, "authError", "Invalid Credentials"),
    ...{ kind: "auth-revoked", unsure: "the reason is second-hand" },
  },
  {
    section: "7",
    what: "no such event",
    api: google(404, "notFound", "Not Found"),
    ...{ call: work.move, kind: "not-found", unsure: "the reason is second-hand" },
  },
  {
    section: "7",
    what: "an id that is taken, and stays so",
    api: google(409, "duplicate", "The requested identifier already exists."),
    ...{ call: work.book, kind: "conflict", unsure: "the reason is second-hand" },
  },
  {
    section: "5",
    what: "a sync token that is dead",
    api: google(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required."),
    ...{ call: work.follow, kind: "cursor-expired" },
  },
  {
    section: "5",
    what: "a time that is too long ago",
    api: google(410, "updatedMinTooLongAgo", "The requested minimum modification time lies too far in the past."),
    ...{ call: work.follow, kind: "cursor-expired" },
  },
  {
    section: "5",
    what: "an event that was deleted is no reset",
    api: google(410, "deleted", "Resource has been deleted"),
    ...{ call: work.move, kind: "not-found" },
  },
  {
    section: "4",
    what: "an event that somebody else changed",
    api: google(412, "conditionNotMet", "Precondition Failed"),
    ...{ call: work.move, kind: "conflict", unsure: "the reason; the status is confirmed" },
  },
  {
    section: "7",
    what: "trouble of its own",
    api: google(503, "backendError", "Backend Error"),
    ...{ kind: "unavailable", unsure: "the reason" },
  },
];

const dav = (status: number, inner: string, headers: Answer["headers"] = {}): readonly Answer[] => [
  {
    status,
    headers: { "content-type": "application/xml; charset=utf-8", ...headers },
    body: `<?xml version="1.0" encoding="utf-8"?><d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="http://sabredav.org/ns">${inner}</d:error>`,
  },
];
const multistatus = (inner: string): Answer => ({
  status: 207,
  headers: { "content-type": "application/xml; charset=utf-8" },
  body: `<?xml version="1.0" encoding="utf-8"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">${inner}</d:multistatus>`,
});
const gone: Answer = { status: 404 };

const davShapes: readonly ErrorShape[] = [
  {
    ...{ vendor: "caldav", section: "5", what: "a sync token that is dead (Radicale, Cyrus)", call: work.follow },
    ...{ api: dav(403, "<d:valid-sync-token/>"), kind: "cursor-expired" },
  },
  {
    ...{ vendor: "caldav", section: "5", what: "a sync token that is dead, under 409", call: work.follow },
    ...{ api: dav(409, "<d:valid-sync-token/>"), kind: "cursor-expired" },
  },
  {
    ...{ vendor: "caldav", section: "5", what: "a sync token that is dead, under 500 (Xandikos)", call: work.follow },
    api: [{ status: 500 }, { status: 500 }, { status: 500 }, multistatus("<d:sync-token>a1</d:sync-token>")],
    kind: "cursor-expired",
  },
  {
    ...{ vendor: "caldav", section: "7", what: "a uid that is stored under another name (Radicale)", call: work.book },
    api: [...dav(409, "<c:no-uid-conflict><d:href>/calendars/rosa/work/x.ics</d:href></c:no-uid-conflict>"), gone],
    ...{ kind: "conflict", code: "no-uid-conflict" },
  },
  {
    ...{ vendor: "caldav", section: "7", what: "a uid that is taken, under 207 and 412 (Xandikos)", call: work.book },
    api: [
      multistatus(
        "<d:response><d:href>/calendars/rosa/work/iv-778.ics</d:href><d:status>HTTP/1.1 412 Precondition Failed</d:status><d:error><c:no-uid-conflict><d:href>/calendars/rosa/work/x.ics</d:href></c:no-uid-conflict></d:error></d:response>",
      ),
      gone,
    ],
    kind: "conflict",
  },
  {
    ...{ vendor: "fastmail", section: "4", what: "a uid that is in another calendar (Cyrus)", call: work.book },
    api: [
      ...dav(
        403,
        "<c:unique-scheduling-object-resource><d:href>/dav/x.ics</d:href></c:unique-scheduling-object-resource>",
      ),
      gone,
    ],
    ...{ kind: "conflict", code: "unique-scheduling-object-resource" },
  },
  {
    ...{ vendor: "fastmail", section: "4", what: "an event that it does not store (Cyrus)", call: work.book },
    api: [...dav(403, "<c:valid-calendar-data/>"), gone],
    ...{ kind: "validation", code: "valid-calendar-data" },
  },
  {
    ...{ vendor: "caldav", section: "7", what: "more guests than it takes", call: work.book },
    api: [...dav(403, "<c:max-attendees-per-instance/>"), gone],
    kind: "validation",
  },
  {
    ...{ vendor: "caldav", section: "7", what: "no right to write", call: work.book },
    api: [...dav(403, "<d:need-privileges/>"), gone],
    ...{ kind: "forbidden", code: "need-privileges" },
  },
  {
    ...{ vendor: "caldav", section: "8", what: "an event that somebody else changed", call: work.cancel },
    ...{ api: [{ status: 412 }], kind: "conflict" },
  },
  { ...{ vendor: "caldav", section: "3", what: "a wrong password", api: [{ status: 401 }] }, kind: "auth-revoked" },
  {
    ...{ vendor: "caldav", section: "3", what: "a list that says that nobody is signed in" },
    api: [
      multistatus(
        "<d:response><d:href>/</d:href><d:propstat><d:prop><d:current-user-principal><d:unauthenticated/></d:current-user-principal></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>",
      ),
    ],
    kind: "auth-revoked",
  },
  {
    ...{ vendor: "caldav", section: "7", what: "an event that is locked", call: work.cancel },
    ...{ api: [{ status: 423 }], kind: "unavailable" },
  },
  {
    ...{ vendor: "caldav", section: "7", what: "too many calls" },
    ...{ api: [{ status: 429, headers: { "retry-after": "20" } }], kind: "rate-limited", waits: 20 },
  },
  {
    ...{ vendor: "caldav", section: "7", what: "too much to do" },
    ...{ api: [{ status: 503, headers: { "retry-after": "20" } }], kind: "unavailable", waits: 20 },
  },
  {
    ...{ vendor: "icloud", section: "3", what: "a password that was revoked" },
    ...{ api: [{ status: 401 }], kind: "auth-revoked" },
  },
  {
    ...{ vendor: "icloud", section: "7", what: "too many calls at once", unsure: "nothing is published" },
    ...{ api: [{ status: 503 }], kind: "unavailable" },
  },
  {
    ...{ vendor: "nextcloud", section: "5", what: "a sync token that was pruned", call: work.follow },
    api: dav(
      403,
      "<s:exception>Sabre\\DAV\\Exception\\InvalidSyncToken</s:exception><s:message>The sync token is no longer valid</s:message><d:valid-sync-token/>",
    ),
    kind: "cursor-expired",
  },
  {
    ...{ vendor: "nextcloud", section: "7", what: "an event that it cannot read", call: work.book },
    api: dav(
      415,
      "<s:exception>Sabre\\DAV\\Exception\\UnsupportedMediaType</s:exception><s:message>No iCalendar</s:message>",
    ),
    kind: "validation",
  },
  {
    ...{ vendor: "nextcloud", section: "7", what: "maintenance" },
    api: dav(
      503,
      "<s:exception>Sabre\\DAV\\Exception\\ServiceUnavailable</s:exception><s:message>System in maintenance mode.</s:message>",
    ),
    kind: "unavailable",
  },
  {
    ...{ vendor: "nextcloud", section: "7", what: "no space left", call: work.book, unsure: "the status" },
    ...{ api: dav(507, "<s:exception>Sabre\\DAV\\Exception\\InsufficientStorage</s:exception>"), kind: "forbidden" },
  },
];

export const calendarShapes: readonly ErrorShape[] = [
  ...googleShapes.map((one): ErrorShape => ({ vendor: "google-calendar", ...one })),
  ...davShapes,
];
