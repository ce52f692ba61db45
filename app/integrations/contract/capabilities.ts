import type { Ctx } from "./ctx.ts";
import type { ApplicationStatus, InboundApplication, PostingJob, RecordOf } from "./domain.ts";
import type { IntegrationError } from "./errors.ts";
import type { ResourceName } from "./manifest.ts";
import type { Handshake, Signature } from "./signature.ts";

/** The manifest names capabilities; the compiler demands exactly these modules from the adapter. */
export interface Modules {
  sync: Sync;
  jobPosting: JobPosting | PostingWays;
  calendar: Calendar;
  messaging: Messaging;
  webhook: Webhook;
  feedback: Feedback;
}
export type Capability = keyof Modules;

// ── sync ──

export interface Upsert<R extends ResourceName = ResourceName> {
  externalId: string;
  /** Changes whenever the record does: the vendor's version, etag or update time. */
  version: string;
  updatedAt: Date;
  data: RecordOf[R];
}

export interface Page<R extends ResourceName = ResourceName> {
  upserts: readonly Upsert<R>[];
  /** Rows the vendor sent that cannot be used, each with a plain reason. They make the run PARTIAL. */
  rejects: readonly { externalId: string; reason: string }[];
  deletedIds: readonly string[];
  /** More pages of this run; null ends it. Opaque to the engine. */
  cursor: string | null;
  /** Total of the run when the vendor states it. */
  total?: number;
}

/** A vendor types its query by the resources that its manifest names: `PullQuery<OwnResource<typeof manifest>>`. */
export interface PullQuery<R extends ResourceName = ResourceName> {
  resource: R;
  cursor: string | null;
  /** Start time of the last complete run, ISO 8601; null asks for everything. */
  checkpoint: string | null;
}

export interface Change<R extends ResourceName = ResourceName> {
  op: "create" | "update" | "delete";
  /** Our row's id; the idempotency key derives from it. */
  localId: string;
  externalId: string | null;
  ifVersion: string | null;
  data: PushData[R];
}

export interface PushData {
  jobs: never;
  stages: never;
  onboardings: never;
  candidates: RecordOf["candidates"];
  applications: RecordOf["applications"] & { candidate: RecordOf["candidates"]; moveToStageExternalId?: string };
}

export type PushResult = { localId: string } & (
  | { ok: true; externalId: string; version: string; candidateExternalId?: string }
  | { ok: false; error: IntegrationError }
);

/** A file that the vendor keeps for an application. Nothing about it is believed: the engine counts and looks. */
export interface RemoteFile {
  fileName: string;
  kind: "resume" | "attachment";
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface Sync {
  /** One page; the engine makes it one job and one transaction. Kinds: cursor-expired, contract, and all of http. */
  pull(ctx: Ctx, query: PullQuery): Promise<Page>;
  /** The fresh object behind a thin webhook; null when it is gone. */
  fetch?(ctx: Ctx, resource: ResourceName, externalId: string): Promise<Upsert | null>;
  /** The files of one application whose record named `filesVersion`. */
  files?(ctx: Ctx, applicationExternalId: string): Promise<readonly RemoteFile[]>;
  /** One result per change, in order; one bad item fails alone. What has no result was not tried and is sent again. */
  push?(ctx: Ctx, resource: "candidates" | "applications", changes: readonly Change[]): Promise<readonly PushResult[]>;
}

// ── jobPosting ──

/** What later calls need besides the id, e.g. the task that works on the posting or a second id. Not secret. */
export type PostingData = Readonly<Record<string, string>>;

export interface PostingRef {
  externalId: string;
  url?: string;
  /** As the board's last answer left it. */
  data?: PostingData;
}

/** What the board says now, in our states. */
export interface PostingObservation {
  state: "queued" | "in_review" | "live" | "rejected" | "expiring" | "closed";
  externalId: string;
  url?: string;
  reason?: string;
  cost?: { amount: number; currency: string };
  expiresAt?: Date;
  /** Replaces what was kept; absent leaves it. */
  data?: PostingData;
}

export interface PostingProblem {
  field: string;
  message: string;
  /** A warning does not hold the posting back. */
  level: "error" | "warning";
}

interface PostingBase {
  /** Pure: what will be sent or shown; golden-file tested. */
  format(job: PostingJob, config: Record<string, unknown>): unknown;
  /** Pure: what the manifest's rules cannot say as data. */
  validate?(job: PostingJob, config: Record<string, unknown>): readonly PostingProblem[];
}

/** Boards with a posting API. */
export interface ApiPosting extends PostingBase {
  way: "api";
  /** Look up after a lost answer; what null proves is `posting.lookup` in the manifest. Absent exactly with "upsert". */
  find?(ctx: Ctx, job: PostingJob): Promise<PostingObservation | null>;
  /**
   * Called once, and again only when a look-up proved that the board has nothing, or where `posting.lookup` says that the
   * same key is the same posting. A board that works on it later answers `queued` with `data` to follow.
   */
  publish(ctx: Ctx, job: PostingJob): Promise<PostingObservation>;
  update(ctx: Ctx, ref: PostingRef, job: PostingJob): Promise<PostingObservation>;
  /**
   * Closing twice succeeds. Null: done. A board that works on it later gives the `data` by which `status` follows it.
   * `job` is there for boards that want the whole posting once more.
   */
  close(
    ctx: Ctx,
    ref: PostingRef,
    why: "filled" | "withdrawn" | "expired",
    job: PostingJob,
  ): Promise<PostingData | null>;
  /** Kind not-found when the board no longer knows it. */
  status(ctx: Ctx, ref: PostingRef): Promise<PostingObservation>;
  /** The price of this posting before it is made, where the board tells it. */
  quote?(ctx: Ctx, job: PostingJob): Promise<{ amount: number; currency: string }>;
}

/** Boards that crawl a feed we host. `format` yields one item's XML. */
export interface FeedPosting extends PostingBase {
  way: "feed";
  format(job: PostingJob, config: Record<string, unknown>): string;
  /** The document around the items. */
  envelope(employer: { name: string; siteUrl: string; updatedAt: Date }): { open: string; close: string };
}

/** Boards that take no automatic postings: we prepare, a person pastes and gives us the link. */
export interface HandOffPosting extends PostingBase {
  way: "hand-off";
  format(job: PostingJob, config: Record<string, unknown>): HandOffGuide;
}

export interface HandOffGuide {
  openUrl: string;
  steps: readonly string[];
  blocks: readonly { label: string; text: string }[];
  closing: readonly string[];
}

export type JobPosting = ApiPosting | FeedPosting | HandOffPosting;

/** One module per value of the manifest's `posting.field`, for boards that take postings in more than one way. */
export interface PostingWays {
  way: "choice";
  options: Readonly<Record<string, JobPosting>>;
}

// ── feedback ──

/** What became of an application that this vendor handed over. */
export interface Disposition {
  /** Our application's id. */
  localId: string;
  /** The vendor's id of the application, as `InboundApplication.externalId` named it. */
  externalId: string;
  status: ApplicationStatus;
  /** The name of the stage, as the employer calls it; null before the first. */
  stage: string | null;
  /** Nobody has moved it since it arrived. */
  isNew: boolean;
  at: Date;
}

export type DispositionResult = { localId: string } & ({ ok: true } | { ok: false; error: IntegrationError });

export interface Feedback {
  /**
   * One result per disposition, in order; a refused one fails alone. What has no result was not tried and is told again.
   * The same one told twice changes nothing.
   */
  report(ctx: Ctx, dispositions: readonly Disposition[]): Promise<readonly DispositionResult[]>;
}

// ── calendar ──

export interface CalendarInfo {
  id: string;
  name: string;
  writable: boolean;
  /** Only free and busy times can be read: its events are not followed. */
  busyOnly?: true;
  /** IANA zone. */
  timeZone: string;
  primary: boolean;
}

export interface Busy {
  calendarId: string;
  start: Date;
  end: Date;
}

export interface CalEvent {
  /** iCalendar UID or id seed; the same uid never makes a second event. */
  uid: string;
  title: string;
  description?: string;
  location?: string;
  start: Date;
  end: Date;
  timeZone: string;
  attendees: readonly { email: string; name?: string }[];
  conference?: "auto" | { url: string };
}

export interface EventRef {
  calendarId: string;
  id: string;
  etag: string | null;
  joinUrl?: string;
}

export interface CalendarUpsert {
  ref: EventRef;
  event: CalEvent | null;
  status: "confirmed" | "tentative" | "cancelled";
  /**
   * The id of the series that this is one occurrence of; its own id is then that id, `#` and the place in the series.
   * A series that is upserted or removed takes all its earlier occurrences with it.
   */
  occurrenceOf?: string;
}

export interface CalendarChanges {
  upserts: readonly CalendarUpsert[];
  removedIds: readonly string[];
  /** Pass back for the next page or the next run. */
  token: string;
  more: boolean;
}

export interface Calendar {
  list(ctx: Ctx): Promise<readonly CalendarInfo[]>;
  /** A calendar that cannot be read is named in `unknown`, never shown as free. */
  freeBusy(
    ctx: Ctx,
    query: { calendarIds: readonly string[]; from: Date; to: Date },
  ): Promise<{ busy: readonly Busy[]; unknown: readonly { calendarId: string; reason: string }[] }>;
  create(ctx: Ctx, calendarId: string, event: CalEvent): Promise<EventRef>;
  /** A stale etag is kind conflict. */
  update(ctx: Ctx, ref: EventRef, event: CalEvent): Promise<EventRef>;
  /** Already gone counts as done. */
  remove(ctx: Ctx, ref: EventRef): Promise<void>;
  /** A dead token is kind cursor-expired. */
  changes(ctx: Ctx, calendarId: string, token: string | null): Promise<CalendarChanges>;
}

// ── messaging ──

/** A neutral message; each adapter renders it in the vendor's own form and escapes its markup. */
export interface OutMessage {
  title: string;
  text: string;
  facts: readonly { label: string; value: string }[];
  link?: { label: string; url: string };
  threadId?: string;
}

export interface Messaging {
  maxLength: number;
  destinations(
    ctx: Ctx,
    query: { search: string; cursor: string | null },
  ): Promise<{ items: readonly { id: string; label: string; private: boolean }[]; cursor: string | null }>;
  send(ctx: Ctx, to: string, message: OutMessage): Promise<{ id: string; threadId?: string }>;
  /** Pure: what will be sent, for the preview and the golden file. */
  render(message: OutMessage): unknown;
}

// ── webhook ──

/** A verified request, body as the exact bytes received. */
export interface RawRequest {
  method: string;
  /** Path and query as called; host is ours. */
  url: string;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
}

export type InboundEvent = { dedupeId: string; type: string; at: Date } & (
  | { kind: "changed" | "removed"; resource: ResourceName; externalId: string }
  /** Something of this resource changed and the event does not say which: it is pulled at once. */
  | { kind: "stale"; resource: ResourceName }
  | { kind: "application"; application: InboundApplication }
  | { kind: "posting"; observation: PostingObservation }
  | { kind: "calendar"; calendarId: string | null }
  | { kind: "message"; from: string; channel: string; text: string; messageId: string }
  | { kind: "revoked"; reason: string }
  | { kind: "ignored"; why: string }
);

export interface Subscription {
  id: string;
  /** Vendor-issued secret, stored encrypted by the engine. */
  secret?: string;
  expiresAt?: Date;
  /** Without an end of its own: when to look whether it still stands. `renew` is called then. */
  lookAgainAt?: Date;
  /** What unsubscribe needs besides the id. Not secret. */
  data?: Readonly<Record<string, string>>;
}

export interface Webhook {
  signature: Signature;
  handshake?: Handshake;
  /**
   * `connection`: the URL carries an unguessable endpoint id and names the tenant. With `subscriptionHeader`, that
   * header must carry the id of a live subscription; it also names the tenant at the plain address without an endpoint id.
   * `app`: one URL per app; verified first, then the account id at `accountPath` of the JSON body is looked up.
   * `path`: `/webhooks/<vendor>/<account id>/<topic>`; the path only says whose secrets must verify, and proves nothing.
   */
  routing:
    | { per: "connection"; subscriptionHeader?: string }
    | { per: "app"; accountPath: string }
    | { per: "path"; topics: readonly string[] };
  /**
   * "body": what tells two events apart stands outside of what is signed (an id in a header, a topic in the path), so the
   * signed bytes alone decide whether a request came before. Absent: the events' own ids do.
   */
  identity?: "body";
  /** Pure, after verification. Kind contract when the payload is not what the vendor documents. */
  parse(request: RawRequest): readonly InboundEvent[];
  /** What to subscribe to, one subscription each; absent means one for the whole account. */
  targets?(ctx: Ctx): readonly string[];
  subscribe?(ctx: Ctx, at: { url: string; secret: string; target: string | null }): Promise<Subscription>;
  /**
   * Keeps a subscription alive in its place, switching it on again where the vendor had switched it off. Null when the
   * vendor no longer has it. Absent: a new one is made before the old one ends.
   */
  renew?(ctx: Ctx, subscription: Subscription): Promise<Subscription | null>;
  unsubscribe?(ctx: Ctx, subscription: Subscription): Promise<void>;
}
