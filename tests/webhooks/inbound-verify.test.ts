import { readdirSync, readFileSync } from "node:fs";
import { createRequire, stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { RawRequest } from "#app/integrations/contract/capabilities.ts";
import type { verifySignature } from "#app/integrations/kit/verify.server.ts";
import { inProject } from "#app/platform/paths.server.ts";
import { type InboundAddress, receiveWebhook } from "#app/services/inbound.server.ts";
import { processInbound } from "#app/services/inbound-process.server.ts";
import type { InboundTargets } from "#app/services/inbound-targets.server.ts";
import { sql, withEmployer } from "#db/client.server.ts";
import { inboundDelivery } from "#db/schema/webhooks.ts";
import { testApp } from "#tests/support/app.ts";
import { makeEmployer } from "#tests/support/connections.ts";
import { asAdmin, testDatabase } from "#tests/support/database.ts";
import { measured } from "#tests/support/measured.ts";
import { dice, replays, type Spoiling, spoilings } from "./inbound-mutations.ts";
import { type Mailbox, openMailbox, type Sender, webhookSenders } from "./inbound-vendors.ts";

const database = await testDatabase();
const { url } = await testApp();

/** Requests of each half, over all vendors together. */
const REQUESTS = 10_000;
/** One in so many goes through a real socket. */
const BY_SOCKET = 25;
const AT_ONCE = 16;
const seed = Date.now() % 1_000_000;
const roll = dice(seed);

interface Post {
  sender: Sender;
  mailbox: Mailbox;
  foreign: string;
}
let posts: Post[] = [];

beforeAll(async () => {
  console.info(`inbound-verify: seed ${seed}`);
  const senders = await webhookSenders();
  const [employerId, other] = [await makeEmployer("Hollin"), await makeEmployer("Other")];
  posts = await Promise.all(
    senders.map(async (sender) => ({
      sender,
      mailbox: await openMailbox(sender, employerId),
      foreign:
        sender.webhook.routing.per === "app" ? "a secret of another app" : (await openMailbox(sender, other)).secret,
    })),
  );
}, 120_000);

function addressOf({ sender, mailbox }: Post): InboundAddress {
  const [, , , second, topic] = mailbox.path.split("/");
  if (topic !== undefined) return { vendorId: sender.vendorId, token: null, account: { id: second ?? "", topic } };
  return { vendorId: sender.vendorId, token: second ?? null };
}

/** Sends one request as the vendor would: every so often through a socket. Answers the status. */
async function deliver(post: Post, request: RawRequest, turn: number): Promise<number> {
  const { path } = post.mailbox;
  const query = request.url.includes("?") ? request.url.slice(request.url.indexOf("?")) : "";
  const init = { method: "POST", headers: request.headers, body: Buffer.from(request.body) };
  const answer =
    turn % BY_SOCKET === 0
      ? await fetch(`${url}${path}${query}`, init)
      : await receiveWebhook(new Request(`http://internal${path}${query}`, init), addressOf(post));
  await answer.arrayBuffer();
  return answer.status;
}

async function inLanes<Item>(items: readonly Item[], work: (item: Item, turn: number) => Promise<void>): Promise<void> {
  const turns = items.entries();
  const lane = async () => {
    for (const [turn, item] of turns) await work(item, turn);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

const rowsOf = ({ mailbox: { employerId, connectionId } }: Post) =>
  withEmployer(employerId, (tx) =>
    tx
      .select({ id: inboundDelivery.id, state: inboundDelivery.state })
      .from(inboundDelivery)
      .where(eq(inboundDelivery.connectionId, connectionId)),
  );
const allRows = async () =>
  Number((await asAdmin(database.adminUrl, (admin) => admin`select count(*) from inbound_delivery`))[0]?.count);

describe(`${REQUESTS} requests that are wrong in some way`, () => {
  it("leave nothing behind, at any vendor", async () => {
    const accepted: string[] = [];
    const counts = new Map<string, number>();
    const now = new Date();
    const originals = new Map<Post, RawRequest>();
    for (const post of posts) {
      const original = post.sender.make(1, { secret: post.mailbox.secret, now });
      expect([post.sender.vendorId, await deliver(post, original, 1)]).toEqual([post.sender.vendorId, 200]);
      originals.set(post, original);
    }
    const before = await allRows();
    expect(before).toBe(posts.length);

    const ways = [...Object.entries(spoilings), ...Object.entries(replays)];
    const plan = Array.from({ length: REQUESTS }, (_, number) => ({
      number: number + 10,
      post: posts[number % posts.length],
      at: Math.floor(number / posts.length),
    }));
    await inLanes(plan, async ({ number, post, at }, turn) => {
      if (!post) return;
      const { sender, mailbox, foreign } = post;
      const isReplay = (name: string) => Object.hasOwn(replays, name);
      const fresh = sender.make(number, { secret: mailbox.secret, now: new Date() });
      const base = { sender, number, secret: mailbox.secret, foreign, now: new Date(), roll };
      for (let step = 0; ; step += 1) {
        const [name, spoil] = ways[(at + step) % ways.length] ?? ["", () => null];
        const what: Spoiling = { ...base, request: isReplay(name) ? (originals.get(post) ?? fresh) : fresh };
        const spoiled = spoil(what);
        if (!spoiled) continue;
        const status = await deliver(post, spoiled, turn);
        counts.set(name, (counts.get(name) ?? 0) + 1);
        if (!isReplay(name) && status !== 401) accepted.push(`${sender.vendorId}: ${name} was answered ${status}`);
        return;
      }
    });
    expect({ seed, accepted: accepted.slice(0, 5) }).toEqual({ seed, accepted: [] });
    expect({ seed, rows: (await allRows()) - before }).toEqual({ seed, rows: 0 });
    expect([...counts.keys()].sort()).toEqual(ways.map(([name]) => name).sort());
    expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBe(REQUESTS);
    measured({ seed, mutated: REQUESTS, accepted: accepted.length, "through sockets": REQUESTS / BY_SOCKET });
    const kept = await sql`select count(*)::int as kept from inbound_quarantine`;
    expect(kept[0]?.kept).toBe(0);
  }, 600_000);

  it("find no way in through another vendor's or another employer's address", async () => {
    const before = await allRows();
    for (const post of posts) {
      const request = post.sender.make(7, { secret: post.mailbox.secret, now: new Date() });
      for (const other of posts) {
        if (other === post) continue;
        expect([post.sender.vendorId, other.sender.vendorId, (await deliver(other, request, 1)) < 300]).toEqual([
          ...[post.sender.vendorId, other.sender.vendorId],
          false,
        ]);
      }
    }
    expect(await allRows()).toBe(before);
  });
});

describe(`${REQUESTS} true requests, repeated and out of order`, () => {
  const effects = new Map<string, number>();
  const count: (scope: { idempotencyKey: string }) => Promise<string> = async ({ idempotencyKey }) => {
    effects.set(idempotencyKey, (effects.get(idempotencyKey) ?? 0) + 1);
    return "Counted.";
  };
  const targets: InboundTargets = {
    ...{ change: count, stale: count, application: count, posting: count },
    ...{ calendar: count, message: count, revoked: count },
  };

  it("have each effect exactly once", async () => {
    const before = new Set((await Promise.all(posts.map(rowsOf))).flat().map(({ id }) => id));
    const sent: { post: Post; number: number }[] = [];
    const unique = new Map<Post, Set<number>>(posts.map((post) => [post, new Set()]));
    while (sent.length < REQUESTS) {
      const post = posts[Math.floor(roll() * posts.length)];
      const known = post && unique.get(post);
      if (!post || !known) continue;
      // A new one, or one of those that went before.
      const number = roll() < 0.5 ? 1_000_000 + known.size : 1_000_000 + Math.floor(roll() * Math.max(1, known.size));
      known.add(number);
      sent.push({ post, number });
    }
    sent.sort(() => roll() - 0.5);
    const statuses = new Set<number>();
    const at = new Date();
    await inLanes(sent, async ({ post, number }, turn) => {
      const request = post.sender.make(number, { secret: post.mailbox.secret, now: at });
      statuses.add(await deliver(post, request, turn));
    });
    expect([...statuses]).toEqual([200]);
    let expected = 0;
    for (const post of posts) {
      const rows = (await rowsOf(post)).filter(({ id }) => !before.has(id));
      const numbers = unique.get(post)?.size ?? 0;
      expect({ seed, vendor: post.sender.vendorId, rows: rows.length }).toEqual({
        ...{ seed, vendor: post.sender.vendorId, rows: numbers },
      });
      const one = post.sender.make(5, { secret: post.mailbox.secret, now: at });
      expected += numbers * post.sender.webhook.parse(one).filter(({ kind }) => kind !== "ignored").length;
      const order = [...rows, ...rows].sort(() => roll() - 0.5);
      // The same job may run again, after its first run has ended.
      const done = new Map<string, Promise<void>>();
      await inLanes(order, async ({ id }) => {
        const run = (done.get(id) ?? Promise.resolve()).then(() =>
          processInbound(post.mailbox.employerId, id, new AbortController().signal, targets),
        );
        done.set(id, run);
        await run;
      });
      expect((await rowsOf(post)).filter(({ id, state }) => !before.has(id) && state !== "processed")).toEqual([]);
    }
    expect({ seed, effects: effects.size }).toEqual({ seed, effects: expected });
    expect(new Set(effects.values())).toEqual(new Set([1]));
    measured({ true: REQUESTS, effects: effects.size });
  }, 900_000);
});

describe("a vendor that does not sign what it says", () => {
  it("is only ever a reason to look again", () => {
    const silent = posts.filter(({ sender }) => !sender.proves);
    expect(silent.map(({ sender }) => sender.vendorId)).toEqual(expect.arrayContaining(["jobadder", "lever"]));
    for (const { sender, mailbox } of silent)
      for (const event of sender.webhook.parse(sender.make(3, { secret: mailbox.secret, now: new Date() })))
        expect([sender.vendorId, event.kind]).toEqual([
          sender.vendorId,
          expect.stringMatching(/^(changed|stale|calendar|ignored)$/),
        ]);
  });

  it("is refused when it brings what the adapter cannot read", async () => {
    for (const post of posts.filter(
      ({ sender }) => !sender.proves && sender.webhook.signature.scheme === "shared-secret",
    )) {
      const before = (await rowsOf(post)).length;
      const { headers, url: path } = post.sender.make(4, { secret: post.mailbox.secret, now: new Date() });
      const proof = Object.entries(headers).filter(([name]) => post.sender.proofHeaders.includes(name));
      const bare = { method: "POST", url: path, headers: Object.fromEntries(proof), body: Buffer.from("{}") };
      expect([post.sender.vendorId, await deliver(post, bare, 1)]).toEqual([post.sender.vendorId, 401]);
      expect(await rowsOf(post)).toHaveLength(before);
    }
  });
});

describe("the code that compares signatures", () => {
  /** Programs in seven languages for receivers to paste into theirs; `webhook-snippets.test.ts` runs them. */
  const pasted = ["snippets.ts", "receivers.ts"].map((name) => join("components", "webhooks", name));
  const files = readdirSync(inProject("app"), { recursive: true, encoding: "utf8" }).filter(
    (file) => /\.tsx?$/.test(file) && !file.includes(".test.") && !file.startsWith("sandbox") && !pasted.includes(file),
  );
  const source = (file: string) => readFileSync(join(inProject("app"), file), "utf8");

  it("does so by timingSafeEqual only", () => {
    const bare = /\b(?:signature|digest|hmac|mac|expected|given)\w*\s*[!=]==?\s*(?![\s=]|undefined|null|""|0\b)/i;
    const makers = files.filter((file) => /createHmac|\bdigest\(/.test(source(file)));
    expect(makers).toContain(join("integrations", "kit", "verify.server.ts"));
    for (const file of makers)
      for (const line of source(file).split("\n")) {
        const named = /[!=]==?\s*(?:signature|digest|hmac|expected|given)\b|\.equals\(|localeCompare/i.test(line);
        expect([file, line, bare.test(line) || named]).toEqual([file, line, false]);
      }
  });

  it("stands in the kit alone: no vendor has a verifier of its own", () => {
    const own = files.filter(
      (file) => file.startsWith(join("integrations", "vendors")) && /createHmac|timingSafeEqual/.test(source(file)),
    );
    expect(own).toEqual([]);
  });
});

describe("the suite itself", () => {
  const file = inProject("app", "integrations", "kit", "verify.server.ts");
  const source = readFileSync(file, "utf8");

  /** What is broken, the text that breaks and what stands there instead. */
  const breaks: readonly [what: string, from: string, to: string][] = [
    ["any two texts of one length are equal", "timingSafeEqual(left, right)", "true"],
    ["nothing is equal", "timingSafeEqual(left, right)", "false"],
    ["equal means different", "timingSafeEqual(left, right)", "!timingSafeEqual(left, right)"],
    ["only the first byte counts", "timingSafeEqual(left, right)", "left[0] === right[0]"],
    [
      "the shorter one decides how much is compared",
      "left.length === right.length && timingSafeEqual(left, right)",
      "timingSafeEqual(left.subarray(0, Math.min(left.length, right.length)), right.subarray(0, Math.min(left.length, right.length)))",
    ],
    ["one that did not fit makes all fit", "found = equal(one, other) || found", "found = true"],
    [
      "an HMAC that does not fit passes",
      "return anyEqual(candidates, expected) ? yes",
      "return anyEqual(candidates, expected) || true ? yes",
    ],
    ["a shared secret that does not fit passes", 'if (!anyEqual([given], live)) return no("mismatch")', ""],
    ["a signature inside that does not fit passes", 'if (!anyEqual([given], expected)) return no("mismatch")', ""],
    [
      "a missing proof passes",
      'if (given === undefined) return no("missing-header")',
      "if (given === undefined) return yes",
    ],
    ["a missing proof inside passes", 'if (!given) return no("missing-header")', "if (!given) return yes"],
    [
      "an unreadable proof passes",
      'if (candidates.length === 0) return no("malformed")',
      "if (candidates.length === 0) return yes",
    ],
    ["no secret passes", 'if (live.length === 0) return no("missing-secret")', "if (live.length === 0) return yes"],
    ["old ones pass", 'return no("too-old")', "return yes"],
    ["future ones pass", 'return age < -toleranceSeconds ? no("too-new") : yes', "return yes"],
    ["the time of a header is not looked at", "if (!timely.ok) return timely", ""],
    ["the time inside is not looked at", "return within(now, at, toleranceSeconds)", "return yes"],
    ["the time of a body is not looked at", "if (!dated) return yes", "return yes"],
    ["a body without its time passes", 'Number.isNaN(at) ? no("bad-timestamp")', "Number.isNaN(at) ? yes"],
    ["the prefix is cut off without a look", ".filter((part) => part.startsWith(prefix))", ""],
    ["what is signed is not the body", "{ body, ...parts }", "{ body: new Uint8Array(), ...parts }"],
  ];

  /** Loads the verifier with one place of its text changed, and nothing written anywhere. */
  async function broken(from: string, to: string): Promise<typeof verifySignature> {
    const changed = source.replaceAll(from, to);
    expect([from, changed !== source]).toEqual([from, true]);
    const script = stripTypeScriptTypes(changed)
      .replaceAll(
        /from "(\.[^"]+)"/g,
        (_all, path) => `from "${pathToFileURL(join(dirname(file), String(path))).href}"`,
      )
      .replace('from "jose"', `from "${pathToFileURL(createRequire(file).resolve("jose")).href}"`);
    const module: unknown = await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(script)}`);
    return loaded.parse(module).verifySignature;
  }
  const loaded = z.object({
    verifySignature: z.custom<typeof verifySignature>((value) => typeof value === "function"),
  });

  /** The first request on which this verifier is wrong; null when it is right about all. */
  async function noticed(verify: typeof verifySignature): Promise<string | null> {
    const now = new Date();
    const throws = dice(7);
    for (const { sender, mailbox, foreign } of posts) {
      const { signature } = sender.webhook;
      const request = sender.make(9, { secret: mailbox.secret, now });
      const judge = async (one: RawRequest, secrets: readonly string[]) =>
        (await verify(signature, { request: one, secrets, now, url: one.url })).ok;
      if (!(await judge(request, [mailbox.secret]))) return `${sender.vendorId}: a true one is refused`;
      if (await judge(request, [])) return `${sender.vendorId}: no secret is enough`;
      if (await judge(request, [""])) return `${sender.vendorId}: an empty secret is enough`;
      for (const [name, spoil] of Object.entries(spoilings))
        for (let time = 0; time < 20; time += 1) {
          const what = { sender, request, number: 9, secret: mailbox.secret, foreign, now, roll: throws };
          const spoiled = spoil(what);
          if (spoiled && (await judge(spoiled, [mailbox.secret]))) return `${sender.vendorId}: ${name}`;
        }
    }
    return null;
  }

  it("finds nothing wrong with the verifier as it is", async () => {
    expect(await noticed(await broken('return no("bad-timestamp")', "return no('bad-timestamp')"))).toBeNull();
  });

  it.each(breaks)("notices when %s", async (_what, from, to) => {
    expect(await noticed(await broken(from, to))).not.toBeNull();
  });
});
