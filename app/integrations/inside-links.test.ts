import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createSandbox } from "#app/sandbox/create.ts";
import { asHeader, insideLinks, insideResolver, insideUrls, PUBLIC } from "#tests/support/inside-urls.ts";
import { type Arrived, playInternet } from "#tests/support/played-internet.ts";
import { catalog, manifestOf } from "./catalog.ts";
import type { CalEvent } from "./contract/capabilities.ts";
import { IntegrationError } from "./contract/errors.ts";
import { createEgress } from "./kit/egress.server.ts";
import { openLocally } from "./local.server.ts";

const HOST = "outside.example";
const START = `https://${HOST}/`;

let resolve = insideResolver();
/** Vendors' own hosts are out there too. */
const vendorHosts = catalog.flatMap(({ hosts }) => hosts.map((host) => host.replace(/^\*\./, "any.")));
const internet = await playInternet(async (name) => (vendorHosts.includes(name) ? [PUBLIC] : resolve(name)));
const sandbox = await createSandbox();
const egress = createEgress(internet.options);
beforeEach(() => {
  internet.forget();
  internet.answer((_request, response) => response.writeHead(404).end());
  resolve = insideResolver();
});
afterAll(async () => {
  await egress.close();
  await sandbox.close();
  await internet.close();
});

/** A vendor in its real environment, with a form as filled in for the sandbox and these values over it. */
const open = (vendorId: string, values: Record<string, string> = {}, keep: Record<string, string> = {}) =>
  openLocally({
    ...{ vendorId, egress, keep, unfilled: true, tokens: { accessToken: "a-token", refreshToken: "another" } },
    values: { ...sandbox.vendor(vendorId).credentials().good?.config, ...values },
    client: { clientId: "client", clientSecret: "secret" },
    environmentId: manifestOf(vendorId)?.environments[0]?.id,
    pacer: { take: async () => ({ ok: true }) },
    http: { sleep: async () => {} },
  });

const endOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error: unknown) => (error instanceof IntegrationError ? error.kind : String(error)),
  );

/** Nothing inside was dialled, and nothing arrived for anybody but these hosts. */
function expectOutside(about: unknown, hosts: readonly string[] = [HOST]): void {
  expect([about, internet.inside()]).toEqual([about, []]);
  expect([about, internet.arrived.filter(({ host }) => !hosts.includes(host))]).toEqual([about, []]);
  internet.forget();
}

describe("an address that a person types for a vendor", { timeout: 60_000 }, () => {
  const typed = catalog.flatMap(({ id, hosts }) =>
    hosts.flatMap((host) => /^\{(.+)\}$/.exec(host)?.[1] ?? []).map((field) => ({ id, field })),
  );

  it("is asked for by CalDAV servers at least", () => {
    expect(typed.map(({ id }) => id)).toEqual(["caldav", "nextcloud"]);
  });

  it.each(typed)("as $field of $id is never called when it leads inside", async ({ id, field }) => {
    for (const { url, turns } of insideUrls) {
      // A name that changes may be called while it is public: each answer sends us on to the next look-up.
      resolve = insideResolver();
      internet.answer((request, response) =>
        response.writeHead(301, { connection: "close", location: `${request.path}again/` }).end(),
      );
      const { adapter, ctx } = await open(id, { [field]: url });
      const end = await endOf(adapter.test(ctx));
      const mayArrive = turns.length > 1 ? [new URL(url).host] : [];
      if (URL.canParse(url) && new URL(url).protocol === "https:") expect([url, end]).toEqual([url, "config"]);
      else expect([url, end]).not.toEqual([url, "done"]);
      expectOutside(url, mayArrive);
    }
  });

  it("is called when it is public", async () => {
    for (const { id, field } of typed) {
      const { adapter, ctx } = await open(id, { [field]: START });
      expect(await endOf(adapter.test(ctx))).toBe("config");
      expect(internet.arrived.length).toBeGreaterThan(0);
      expectOutside(id);
    }
  });
});

describe("an address that a person types about a company", () => {
  const shown = catalog.flatMap(({ id, fields, hosts }) =>
    fields.filter(({ key, kind }) => kind === "url" && !hosts.includes(`{${key}}`)).map(({ key }) => ({ id, key })),
  );

  it.each(shown)("as $key of $id is never called, only shown", async ({ id, key }) => {
    const own = manifestOf(id)?.hosts ?? [];
    for (const { url } of insideUrls) {
      const { adapter, ctx } = await open(id, { [key]: url });
      await endOf(adapter.test(ctx));
      expectOutside(url, own);
    }
  });
});

describe("the API host that a token answer names", () => {
  const kept = catalog.filter(({ auth }) => auth.kind === "oauth2-code" && auth.keep?.includes("api"));

  it.each(kept.map(({ id }) => id))("is never called for %s when it leads inside", async (id) => {
    for (const { url } of insideUrls) {
      const { adapter, ctx } = await open(id, {}, { api: url });
      expect([url, await endOf(adapter.test(ctx))]).not.toEqual([url, "done"]);
      expectOutside(url, []);
    }
    expect(kept.length).toBeGreaterThan(0);
  });
});

describe("the next page that an answer names", () => {
  const inside = [...insideUrls.map(({ url }) => url), ...insideLinks.map(([link]) => link)];

  it.each([{ by: "link-header" } as const, { by: "next-url", at: "next" } as const])(
    "is refused when it leads inside: $by",
    async (how) => {
      const host = "harvest.greenhouse.io";
      const { ctx } = await open("greenhouse");
      for (const link of inside) {
        internet.answer((_request, response) =>
          response
            .writeHead(200, { "content-type": "application/json", link: `<${asHeader(link)}>; rel="next"` })
            .end(JSON.stringify({ next: link })),
        );
        const first = ctx.http.page({ url: `https://${host}/v1/jobs` }, z.unknown(), how);
        const end = await endOf(
          first.then(({ next }) => ctx.http.page({ url: `https://${host}/v1/jobs`, cursor: next }, z.unknown(), how)),
        );
        // A link without scheme and host is a path of the vendor's own.
        const refusal = URL.canParse(how.by === "link-header" ? asHeader(link) : link) ? "config" : "contract";
        if (/^https:\/\//.test(link)) expect([link, end]).toEqual([link, refusal]);
        expectOutside(link, [host]);
      }
    },
  );
});

/** What a CalDAV server links to; every one may be wrong. */
const good = {
  principal: "/principals/rosa/",
  home: "/calendars/rosa/",
  calendar: "/calendars/rosa/work/",
  inbox: "/calendars/rosa/inbox/",
  outbox: "/calendars/rosa/outbox/",
  first: "/calendars/rosa/work/",
  object: "/calendars/rosa/work/one.ics",
  stored: "/calendars/rosa/work/renamed.ics",
  taken: "/calendars/rosa/work/taken.ics",
};
type Links = typeof good;

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** A small CalDAV server that answers with these links; `taken` has it say that the uid stands there already. */
function calendarServer(links: Links, taken: boolean) {
  const href = (link: string) => `<d:href>${escaped(link)}</d:href>`;
  const told = (at: string, props: string) =>
    `<d:response>${href(at)}<d:propstat><d:prop>${props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`;
  const property = ({ body, path }: Arrived): string => {
    if (body.includes("current-user-principal"))
      return told(path, `<d:current-user-principal>${href(links.principal)}</d:current-user-principal>`);
    if (body.includes("calendar-home-set"))
      return told(
        path,
        `<c:calendar-home-set>${href(links.home)}</c:calendar-home-set><c:schedule-inbox-URL>${href(links.inbox)}</c:schedule-inbox-URL>
         <c:schedule-outbox-URL>${href(links.outbox)}</c:schedule-outbox-URL>
         <c:calendar-user-address-set><d:href>mailto:rosa@acme.example</d:href></c:calendar-user-address-set>`,
      );
    if (body.includes("schedule-default-calendar-URL"))
      return told(path, `<c:schedule-default-calendar-URL>${href(links.first)}</c:schedule-default-calendar-URL>`);
    if (body.includes("supported-report-set"))
      return told(
        path,
        `<d:supported-report-set><d:supported-report><d:report><d:sync-collection/></d:report></d:supported-report></d:supported-report-set>
         <d:sync-token>urn:1</d:sync-token>`,
      );
    if (body.includes("resourcetype"))
      return told(
        links.calendar,
        "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:displayname>Work</d:displayname>",
      );
    return told(path, '<d:getetag>"1"</d:getetag>');
  };
  internet.answer((request, response) => {
    const list = (inner: string) =>
      response
        .writeHead(207, { "content-type": "application/xml" })
        .end(`<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">${inner}</d:multistatus>`);
    if (request.method === "PROPFIND") list(property(request));
    else if (request.method === "OPTIONS") response.writeHead(200, { dav: "1, calendar-auto-schedule" }).end();
    else if (request.method === "REPORT")
      list(`${told(links.object, '<d:getetag>"2"</d:getetag>')}<d:sync-token>urn:2</d:sync-token>`);
    else if (request.method === "PUT" && taken)
      response
        .writeHead(409, { "content-type": "application/xml" })
        .end(
          `<d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><c:no-uid-conflict>${href(links.taken)}</c:no-uid-conflict></d:error>`,
        );
    else if (request.method === "PUT") response.writeHead(201, { location: asHeader(links.stored) }).end();
    else response.writeHead(404).end();
  });
}

const event: CalEvent = {
  ...{ uid: "one", title: "Interview", timeZone: "Europe/Madrid", attendees: [] },
  ...{ start: new Date("2030-01-07T09:00:00Z"), end: new Date("2030-01-07T10:00:00Z") },
};

const WORK = `https://${HOST}${good.calendar}`;

/** What a connection does with a calendar server; each is told which calendar. */
const steps = {
  test: async ({ adapter, ctx }: Opened) => void (await adapter.test(ctx)),
  list: async (opened: Opened) => {
    for (const { id } of await calendarOf(opened).list(opened.ctx)) await steps.follow(opened, id);
  },
  follow: async (opened: Opened, calendarId: string) => {
    const { changes } = calendarOf(opened);
    let { token } = await changes(opened.ctx, calendarId, null);
    for (let page = 0; page < 3; page++) token = (await changes(opened.ctx, calendarId, token)).token;
  },
  busy: async (opened: Opened, calendarId: string) => {
    const calendarIds = [calendarId, "li@acme.example"];
    await calendarOf(opened).freeBusy(opened.ctx, { calendarIds, from: event.start, to: event.end });
  },
  write: async (opened: Opened, calendarId: string) => {
    const calendar = calendarOf(opened);
    const made = await calendar.create(opened.ctx, calendarId, event).catch(() => null);
    const ref = made ?? { calendarId, id: `${calendarId}one.ics`, etag: null };
    await endOf(calendar.update(opened.ctx, ref, event));
    await calendar.remove(opened.ctx, ref);
  },
};
type Opened = Awaited<ReturnType<typeof open>>;
type Step = keyof typeof steps;

function calendarOf({ adapter }: Opened) {
  if (!adapter.calendar) throw new Error("There is no calendar module.");
  return adapter.calendar;
}

async function visit(names: readonly Step[], calendarId = WORK): Promise<string[]> {
  const opened = await open("caldav", { server: START });
  const ends: string[] = [];
  for (const name of names) ends.push(await endOf(steps[name](opened, calendarId)));
  return ends;
}

/** Where each link is read and, if it were believed, followed. */
const readBy: Readonly<Record<keyof Links, readonly Step[]>> = {
  ...{ principal: ["test"], home: ["test"], inbox: ["test"], first: ["test"] },
  ...{ calendar: ["list"], object: ["follow"], outbox: ["busy"], stored: ["write"], taken: ["write"] },
};

describe("a calendar server outside that points inside", { timeout: 60_000 }, () => {
  const inside = [
    ...insideUrls.filter(({ turns }) => turns.length < 2).map(({ url }) => url),
    ...insideLinks.map(([link]) => link),
  ];

  it("is used to the end when it points to itself", async () => {
    calendarServer(good, false);
    const all = ["test", "list", "follow", "busy", "write"] as const;
    expect(await visit(all)).toEqual(all.map(() => "done"));
    const asked = new Set(internet.arrived.map(({ method, path }) => `${method} ${path}`));
    for (const one of [
      ...[`PROPFIND ${good.principal}`, `PROPFIND ${good.home}`, `PROPFIND ${good.inbox}`, `POST ${good.outbox}`],
      ...[`REPORT ${good.calendar}`, "PUT /calendars/rosa/work/one.ics", `DELETE ${good.stored}`],
    ])
      expect(asked).toContain(one);
    expectOutside("itself");
  });

  it.each(Object.keys(good) as (keyof Links)[])("by its %s is not followed", async (name) => {
    for (const link of inside) {
      calendarServer({ ...good, [name]: link }, name === "taken");
      await visit(readBy[name]);
      expectOutside([name, link]);
    }
  });

  it("by a redirect is not followed", async () => {
    for (const [index, link] of inside.entries()) {
      const status = [301, 302, 303, 307, 308][index % 5] ?? 302;
      internet.answer((_request, response) => response.writeHead(status, { location: asHeader(link) }).end());
      const { adapter, ctx } = await open("caldav", { server: START });
      expect([link, await endOf(adapter.test(ctx))]).not.toEqual([link, "done"]);
      expectOutside(link);
    }
  });

  it("is not followed to a calendar or event that a form names", async () => {
    calendarServer(good, false);
    for (const link of inside) {
      await visit(["follow", "busy", "write"], link);
      expectOutside(link);
    }
  });
});
