import { z } from "zod";
import { postingModule, postingProfile } from "#app/integrations/choice.ts";
import type { Calendar, JobPosting, Messaging, Sync } from "#app/integrations/contract/capabilities.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import type { LocalVendor } from "#app/integrations/local.server.ts";
import { checkPosting } from "#app/integrations/posting-rules.ts";
import * as input from "./vendor-input.ts";

/** One line of output; `type` says what it is. */
export type Line = { type: string } & Record<string, unknown>;
export interface Flags {
  /** A flag that the command needs; a plain sentence when it is missing. */
  need(name: string): string;
  get(name: string): string | undefined;
  json<S extends z.ZodType>(name: string, schema: S): z.output<S>;
}
type Command = {
  about: string;
  /** Works without credentials, because nothing is called. */
  offline?: true;
  run(vendor: LocalVendor, flags: Flags): AsyncGenerator<Line>;
};

function has<T>(module: T | undefined, name: string): T {
  if (module) return module;
  throw new IntegrationError("unsupported", `This vendor has no ${name}.`);
}

const sync = ({ adapter }: LocalVendor): Sync => has(adapter.sync, "sync");
const calendar = ({ adapter }: LocalVendor): Calendar => has(adapter.calendar, "calendar");
const messaging = ({ adapter }: LocalVendor): Messaging => has(adapter.messaging, "messaging");
const posting = ({ adapter, ctx }: LocalVendor): JobPosting => has(postingModule(adapter, ctx.config), "job posting");
const board = (vendor: LocalVendor) => {
  const module = posting(vendor);
  if (module.way !== "api") throw new IntegrationError("unsupported", "This board has no posting API.");
  return module;
};

const isoDate = z.iso.datetime({ offset: true });
const why = z.enum(["filled", "withdrawn", "expired"]);

/** Every command of `npm run vendor`, by name. */
export const commands: Readonly<Record<string, Command>> = {
  check: {
    about: "prove the credential and name its account",
    async *run({ adapter, ctx }) {
      yield { type: "account", ...(await adapter.test(ctx)) };
    },
  },
  manifest: {
    offline: true,
    about: "print what the catalogue says about the vendor",
    async *run({ manifest }) {
      yield { type: "manifest", manifest };
    },
  },
  resources: {
    offline: true,
    about: "list what sync can carry",
    async *run({ manifest }) {
      for (const resource of manifest.resources ?? []) yield { type: "resource", ...resource };
    },
  },
  pull: {
    about: "--resource R [--checkpoint ISO] [--cursor C] [--pages N]: read records page by page",
    async *run(vendor, flags) {
      const resource = input.resourceInput.parse(flags.need("resource"));
      const checkpoint = flags.get("checkpoint") === undefined ? null : isoDate.parse(flags.get("checkpoint"));
      const pages = Number(flags.get("pages") ?? Number.POSITIVE_INFINITY);
      let cursor = flags.get("cursor") ?? null;
      for (let page = 1; page <= pages; page++) {
        const {
          upserts,
          rejects,
          deletedIds,
          cursor: next,
          total,
        } = await sync(vendor).pull(vendor.ctx, { resource, cursor, checkpoint });
        for (const row of upserts) yield { type: "record", resource, ...row };
        for (const reject of rejects) yield { type: "reject", resource, ...reject };
        for (const externalId of deletedIds) yield { type: "deleted", resource, externalId };
        cursor = next;
        yield { type: "state", resource, page, cursor, ...(total === undefined ? {} : { total }) };
        if (cursor === null) return;
      }
    },
  },
  fetch: {
    about: "--resource R --id ID: read one record",
    async *run(vendor, flags) {
      const resource = input.resourceInput.parse(flags.need("resource"));
      const read = has(sync(vendor).fetch, "way to read one record");
      const row = await read(vendor.ctx, resource, flags.need("id"));
      yield row ? { type: "record", resource, ...row } : { type: "missing", resource, externalId: flags.need("id") };
    },
  },
  push: {
    about: "--resource applications|candidates --data JSON|@file: write changes, one result each",
    async *run(vendor, flags) {
      const resource = z.enum(["applications", "candidates"]).parse(flags.need("resource"));
      const push = has(sync(vendor).push, "way to write records");
      const changes =
        resource === "applications"
          ? flags.json("data", input.changesInput.applications)
          : flags.json("data", input.changesInput.candidates);
      for (const result of await push(vendor.ctx, resource, changes))
        yield result.ok
          ? { type: "pushed", ...result }
          : { type: "refused", localId: result.localId, ...describe(result.error) };
    },
  },
  format: {
    offline: true,
    about: "--job JSON|@file: show what would be sent",
    async *run(vendor, flags) {
      yield { type: "format", value: posting(vendor).format(flags.json("job", input.jobInput), vendor.ctx.config) };
    },
  },
  validate: {
    offline: true,
    about: "--job JSON|@file: check the board's rules without a call",
    async *run(vendor, flags) {
      const job = flags.json("job", input.jobInput);
      const own = posting(vendor).validate?.(job, vendor.ctx.config) ?? [];
      for (const problem of [
        ...checkPosting(postingProfile(vendor.manifest, vendor.ctx.config)?.rules ?? [], job),
        ...own,
      ])
        yield { type: "problem", ...problem };
    },
  },
  quote: {
    about: "--job JSON|@file: the price of this posting",
    async *run(vendor, flags) {
      const quote = has(board(vendor).quote, "price to ask for");
      yield { type: "price", ...(await quote(vendor.ctx, flags.json("job", input.jobInput))) };
    },
  },
  publish: {
    about: "--job JSON|@file: post the job, after a look-up by its key",
    async *run(vendor, flags) {
      const job = flags.json("job", input.jobInput);
      const known = (await board(vendor).find?.(vendor.ctx, job)) ?? null;
      yield { type: "posting", already: known !== null, ...(known ?? (await board(vendor).publish(vendor.ctx, job))) };
    },
  },
  find: {
    about: "--job JSON|@file: look a posting up by its key",
    async *run(vendor, flags) {
      const find = has(board(vendor).find, "way to look a posting up by its key");
      const found = await find(vendor.ctx, flags.json("job", input.jobInput));
      yield found ? { type: "posting", ...found } : { type: "missing" };
    },
  },
  update: {
    about: "--ref JSON --job JSON|@file: change a posting",
    async *run(vendor, flags) {
      const ref = flags.json("ref", input.postingRefInput);
      yield { type: "posting", ...(await board(vendor).update(vendor.ctx, ref, flags.json("job", input.jobInput))) };
    },
  },
  status: {
    about: "--ref JSON: what the board says now",
    async *run(vendor, flags) {
      yield { type: "posting", ...(await board(vendor).status(vendor.ctx, flags.json("ref", input.postingRefInput))) };
    },
  },
  close: {
    about: "--ref JSON --job JSON|@file [--why filled|withdrawn|expired]: take a posting down",
    async *run(vendor, flags) {
      const ref = flags.json("ref", input.postingRefInput);
      const job = flags.json("job", input.jobInput);
      const data = await board(vendor).close(vendor.ctx, ref, why.parse(flags.get("why") ?? "filled"), job);
      yield data ? { type: "closing", ...ref, data } : { type: "closed", ...ref };
    },
  },
  calendars: {
    about: "list the calendars of the account",
    async *run(vendor) {
      for (const one of await calendar(vendor).list(vendor.ctx)) yield { type: "calendar", ...one };
    },
  },
  busy: {
    about: "--calendar ID[,ID] --from ISO --to ISO: busy times",
    async *run(vendor, flags) {
      const query = {
        calendarIds: flags.need("calendar").split(","),
        from: new Date(isoDate.parse(flags.need("from"))),
        to: new Date(isoDate.parse(flags.need("to"))),
      };
      const { busy, unknown } = await calendar(vendor).freeBusy(vendor.ctx, query);
      for (const one of busy) yield { type: "busy", ...one };
      for (const one of unknown) yield { type: "unknown", ...one };
    },
  },
  events: {
    about: "--calendar ID [--token T]: what changed since the token, or everything",
    async *run(vendor, flags) {
      let token = flags.get("token") ?? null;
      for (;;) {
        const page = await calendar(vendor).changes(vendor.ctx, flags.need("calendar"), token);
        for (const one of page.upserts) yield { type: "event", ...one };
        for (const id of page.removedIds) yield { type: "removed", id };
        token = page.token;
        yield { type: "state", token, more: page.more };
        if (!page.more) return;
      }
    },
  },
  "create-event": {
    about: "--calendar ID --event JSON|@file: book",
    async *run(vendor, flags) {
      const event = flags.json("event", input.eventInput);
      yield { type: "event", ref: await calendar(vendor).create(vendor.ctx, flags.need("calendar"), event) };
    },
  },
  "update-event": {
    about: "--ref JSON --event JSON|@file: move or change",
    async *run(vendor, flags) {
      const ref = flags.json("ref", input.eventRefInput);
      yield {
        type: "event",
        ref: await calendar(vendor).update(vendor.ctx, ref, flags.json("event", input.eventInput)),
      };
    },
  },
  "remove-event": {
    about: "--ref JSON: cancel",
    async *run(vendor, flags) {
      const ref = flags.json("ref", input.eventRefInput);
      await calendar(vendor).remove(vendor.ctx, ref);
      yield { type: "removed", id: ref.id };
    },
  },
  destinations: {
    about: "[--search WORD]: where messages can go",
    async *run(vendor, flags) {
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<Messaging["destinations"]>> = await messaging(vendor).destinations(vendor.ctx, {
          search: flags.get("search") ?? "",
          cursor,
        });
        for (const one of page.items) yield { type: "destination", ...one };
        cursor = page.cursor;
      } while (cursor !== null);
    },
  },
  send: {
    about: "--to ID --message JSON|@file: send one message",
    async *run(vendor, flags) {
      const message = flags.json("message", input.messageInput);
      yield { type: "sent", ...(await messaging(vendor).send(vendor.ctx, flags.need("to"), message)) };
    },
  },
  render: {
    offline: true,
    about: "--message JSON|@file: show what would be sent",
    async *run(vendor, flags) {
      yield { type: "render", value: messaging(vendor).render(flags.json("message", input.messageInput)) };
    },
  },
};

/** An error as one line shows it. */
export function describe(error: IntegrationError): Record<string, unknown> {
  const { vendorCode, status, retryAfter, field } = error.info;
  return { kind: error.kind, message: error.message, vendorCode, status, retryAfter, field };
}
