import assert from "node:assert/strict";
import { postingModule } from "#app/integrations/choice.ts";
import type { ApiPosting, CalEvent, Calendar, Change } from "#app/integrations/contract/capabilities.ts";
import type { PostingJob } from "#app/integrations/contract/domain.ts";
import type { ResourceName } from "#app/integrations/contract/manifest.ts";
import type { LocalVendor } from "#app/integrations/local.server.ts";
import { now } from "./answering.ts";

/** One piece of work as the services ask it of an adapter. */
export type Work = (vendor: LocalVendor) => Promise<unknown>;

const HOUR = 3_600_000;
const interview: CalEvent = {
  ...{ uid: "iv-778@portal.example", title: "Interview", timeZone: "Europe/Madrid", attendees: [] },
  ...{ start: new Date(now.getTime() + HOUR), end: new Date(now.getTime() + 2 * HOUR) },
};
const message = { title: "New application", text: "Ada Example applied.", facts: [] };
const change: Change<"applications"> = {
  ...{ op: "update", localId: "l1", externalId: "66001", ifVersion: null },
  data: {
    ...{ jobExternalId: "5101", candidateExternalId: "88001", status: "active", appliedAt: now },
    candidate: { firstName: "Nia", lastName: "Brandt", emails: ["nia@example.org"], phones: [], links: [] },
  },
};
const job: PostingJob = {
  ...{ key: "REQ-1042", title: "Night Shift Warehouse Lead", company: "Northquay", departments: [], openings: 1 },
  ...{ descriptionHtml: "<p>Run the inbound dock.</p>", descriptionText: "Run the inbound dock." },
  locations: [{ city: "Austin", region: "TX", country: "US", postalCode: "78701" }],
  ...{ remote: "on_site", employment: "full_time", postedAt: now, updatedAt: now },
  ...{ applyUrl: "https://jobs.northquay.example/REQ-1042", jobUrl: "https://jobs.northquay.example/REQ-1042" },
};

/** Where the calendars of a CalDAV account are; null for vendors with an API of their own. */
function davHome({ strategy, ctx }: LocalVendor): string | null {
  if (strategy.kind !== "caldav") return null;
  const typed = strategy.serverField === undefined ? "" : String(ctx.config[strategy.serverField] ?? "");
  return new URL("/calendars/rosa/work/", typed || strategy.server).href;
}
const calendarId = (vendor: LocalVendor) => davHome(vendor) ?? "rosa@acme.example";

/** Where the last run of a calendar ended: with a sync token. */
const syncPosition = (vendor: LocalVendor) =>
  JSON.stringify(
    davHome(vendor)
      ? { since: now, zone: "UTC", sync: "http://srv/ns/sync/41", ctag: null, etags: null, next: null, pending: [] }
      : { sync: "CPDAlvWDx70CEPDAlvWDx70CGAU", page: null, from: now },
  );

const calendarOf = ({ adapter }: LocalVendor): Calendar => {
  assert.ok(adapter.calendar);
  return adapter.calendar;
};
const boardOf = ({ adapter, ctx }: LocalVendor): ApiPosting => {
  const board = postingModule(adapter, ctx.config);
  assert.ok(board?.way === "api");
  return board;
};
const eventRef = (vendor: LocalVendor) => {
  const id = calendarId(vendor);
  return { calendarId: id, id: davHome(vendor) ? `${id}iv-778.ics` : "iv778", etag: '"1"' };
};

export const signIn: Work = ({ adapter, ctx }) => adapter.test(ctx);
export const send: Work = async ({ adapter, ctx }) => adapter.messaging?.send(ctx, "C0HIRING1", message);
export const channels: Work = async ({ adapter, ctx }) =>
  adapter.messaging?.destinations(ctx, { search: "", cursor: "dGVhbTpDMDYx" });
export const calendars: Work = (vendor) => calendarOf(vendor).list(vendor.ctx);
export const busy: Work = (vendor) =>
  calendarOf(vendor).freeBusy(vendor.ctx, { calendarIds: [calendarId(vendor)], from: now, to: interview.end });
export const book: Work = (vendor) => calendarOf(vendor).create(vendor.ctx, calendarId(vendor), interview);
export const move: Work = (vendor) => calendarOf(vendor).update(vendor.ctx, eventRef(vendor), interview);
export const cancel: Work = (vendor) => calendarOf(vendor).remove(vendor.ctx, eventRef(vendor));
export const follow: Work = (vendor) =>
  calendarOf(vendor).changes(vendor.ctx, calendarId(vendor), syncPosition(vendor));
export const pull =
  (resource: ResourceName, cursor: string | null = null): Work =>
  async ({ adapter, ctx }) =>
    adapter.sync?.pull(ctx, { resource, cursor, checkpoint: null });
export const push: Work = async ({ adapter, ctx }) => {
  const [result] = (await adapter.sync?.push?.(ctx, "applications", [change])) ?? [];
  if (result?.ok === false) throw result.error;
};
export const look: Work = (vendor) =>
  boardOf(vendor).status(vendor.ctx, { externalId: "REQ-1042", data: { employerJobId: "e1" } });
export const publish: Work = (vendor) => boardOf(vendor).publish(vendor.ctx, job);

/** Everything that a vendor offers and that reads or writes over its API. */
export function worksOf(vendor: LocalVendor): readonly Work[] {
  const { adapter, ctx, manifest } = vendor;
  const resources = (manifest.resources ?? []).filter((one) => one.direction !== "push");
  return [
    signIn,
    ...(adapter.messaging ? [send, channels] : []),
    ...(adapter.calendar ? [calendars, busy, book, move, cancel, follow] : []),
    ...resources.map((one) => pull(one.name)),
    ...(adapter.sync?.push ? [push] : []),
    ...(postingModule(adapter, ctx.config)?.way === "api" ? [look, publish] : []),
  ];
}
