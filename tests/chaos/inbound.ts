import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";
import { z } from "zod";
import { choosePort } from "#app/cli/ports.server.ts";
import { manifestOf } from "#app/integrations/catalog.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import type { ResourceName } from "#app/integrations/contract/manifest.ts";
import { sha256Hex } from "#app/platform/crypto.server.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { applyInboundChange } from "#app/services/sync.server.ts";
import { runPage } from "#app/services/sync-page.server.ts";
import { openRun, prepareStreams } from "#app/services/sync-runs.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { keeping, memoryOf, parentOf, percentile, round } from "#tests/bench/bench.ts";
import { type Child, familyOf, startProcess } from "#tests/bench/children.ts";
import { greenhouseAddresses, PER_SECOND, steadily, webhookRequest } from "#tests/bench/inbound.ts";
import { until } from "#tests/bench/outbound.ts";
import { answers } from "#tests/bench/web.ts";
import { startWorld, type World } from "#tests/bench/world.ts";
import { makeEmployer } from "#tests/support/connections.ts";
import { connectSandboxVendor, startSandbox } from "#tests/support/sandbox.ts";
import { type Row, row, type Scenario } from "./chaos.ts";

const KILLS = 20;
const LANES = 16;
const DROPPED = 1_000;

interface Web {
  url: string;
  pid(): number;
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * What a vendor may rely on: a 2xx means that the row is there, whatever is killed and whenever; what was not taken is
 * answered so that it is sent again; what was never sent is found by reading. Nothing processes here, and nobody notices.
 */
export const inbound: Scenario = () =>
  keeping(async (keep) => {
    const world = await keep(startWorld());
    const web = await keep(startWeb(world));
    const addresses = await greenhouseAddresses();
    const steps: [string, () => Promise<Row>][] = [
      ["kill -9", () => killed(world, web, addresses)],
      ["connections ended", () => cutOff(world, addresses)],
      ["Postgres stands still", () => frozen(world, addresses)],
      ["large bodies", () => large(web, addresses)],
      ["steady pace", () => steady(addresses)],
      ["dropped events", reconciled],
    ];
    const rows: Row[] = [];
    // One that breaks itself does not hide the others.
    for (const [name, step] of steps)
      rows.push(await step().catch((error) => row(name, {}, { [String(error)]: false })));
    return rows;
  });

/** The web process of the production build on one port, however often it is killed. Its jobs are never worked on. */
async function startWeb(world: World): Promise<Web> {
  const port = await choosePort(world.folder, "web", 0);
  const url = `http://127.0.0.1:${port}`;
  setEnvironment({ PATCHBAY_URL: url });
  let child: Child | undefined;
  const web: Web = {
    url,
    pid: () => child?.pid ?? 0,
    async start() {
      child = startProcess("web", { PORT: String(port) });
      await until("the web process", () => answers(`${url}/healthz`), 60_000);
    },
    async kill() {
      const gone = child;
      process.kill(web.pid(), "SIGKILL");
      await gone?.stop();
    },
    stop: async () => child?.stop(),
  };
  await web.start();
  return web;
}

interface Sent {
  key: string;
  status: number;
  retryAfter: string | undefined;
  milliseconds: number;
}

/** Sends fresh webhooks in lanes until told to stop; a request without an answer has status 0. */
function load(addresses: readonly string[]) {
  const sent: Sent[] = [];
  let going = true;
  let number = 0;
  const lane = async () => {
    while (going) {
      number += 1;
      const what = webhookRequest(number);
      const began = performance.now();
      const answer = await request(addresses[number % addresses.length] ?? "", { method: "POST", ...what }).then(
        async ({ statusCode, headers, body }) => {
          await body.dump();
          return { status: statusCode, retryAfter: headers["retry-after"]?.toString() };
        },
        async () => {
          await sleep(20);
          return { status: 0, retryAfter: undefined };
        },
      );
      sent.push({ key: `body:${sha256Hex(what.body)}`, milliseconds: performance.now() - began, ...answer });
    }
  };
  const lanes = Promise.all(Array.from({ length: LANES }, lane));
  return {
    sent,
    async end() {
      going = false;
      await lanes;
      return sent;
    },
  };
}

const taken = (sent: readonly Sent[]) => sent.filter(({ status }) => status >= 200 && status < 300);

/** How many of those that were answered 2xx have no row, or a row without its job. */
async function lost({ admin }: World, sent: readonly Sent[]): Promise<number> {
  const keys = taken(sent).map(({ key }) => key);
  const [found] = await admin`
    select count(*)::int as kept from unnest(${keys}::text[]) as k(key)
    join inbound_delivery d on d.dedupe_key = k.key join graphile_worker.jobs j on j.key = 'inbound:' || d.id`;
  return keys.length - Number(found?.kept ?? 0);
}

async function killed(world: World, web: Web, addresses: readonly string[]): Promise<Row> {
  const running = load(addresses);
  for (let kill = 0; kill < KILLS; kill += 1) {
    await sleep(100 + Math.random() * 700);
    await web.kill();
    await web.start();
  }
  await sleep(300);
  const sent = await running.end();
  const [stored] = await world.admin`select count(*)::int as rows from inbound_delivery`;
  const figures = {
    ...{
      kills: KILLS,
      "answered 2xx": taken(sent).length,
      "cut off": sent.filter(({ status }) => status === 0).length,
    },
    ...{ rows: Number(stored?.rows ?? 0), "2xx without a row": await lost(world, sent) },
  };
  return row("kill -9 of the web process while webhooks come in", figures, {
    "every 2xx has its row and its job": figures["2xx without a row"] === 0,
    "webhooks were taken": figures["answered 2xx"] > KILLS * 5,
    "some were under way when it was killed": figures["cut off"] > 0,
  });
}

/** Ends Postgres' connections to the web process under load, again and again. */
async function cutOff(world: World, addresses: readonly string[]): Promise<Row> {
  const running = load(addresses);
  let ended = 0;
  for (let round = 0; round < 30; round += 1) {
    await sleep(30 + Math.random() * 120);
    const gone = await world.admin`
      select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'patchbay' and pid <> pg_backend_pid()`;
    ended += gone.length;
  }
  const sent = await running.end();
  await until(
    "the web process to take webhooks again",
    async () => {
      const again = load(addresses);
      await sleep(200);
      return taken(await again.end()).length > 0;
    },
    30_000,
  );
  const other = sent.filter(({ status }) => ![0, 200, 429, 503].includes(status)).length;
  const figures = {
    ...{ "connections ended": ended, "answered 2xx": taken(sent).length },
    ...{ "answered 503": sent.filter(({ status }) => status === 503).length, other },
    "2xx without a row": await lost(world, sent),
  };
  return row("connections to Postgres ended while webhooks come in", figures, {
    "every 2xx has its row and its job": figures["2xx without a row"] === 0,
    "what was not stored is answered 429 or 503": other === 0,
    "connections were ended": ended > 0,
  });
}

/** Postgres stands still for longer than a request waits. */
async function frozen(world: World, addresses: readonly string[]): Promise<Row> {
  const backend = Number((await world.admin`select pg_backend_pid() as pid`)[0]?.pid ?? 0);
  const family = familyOf(parentOf(backend) ?? 0).filter((pid) => pid !== process.pid);
  const running = load(addresses);
  await sleep(500);
  const before = running.sent.length;
  for (const pid of family) process.kill(pid, "SIGSTOP");
  await sleep(14_000);
  for (const pid of family) process.kill(pid, "SIGCONT");
  await until("webhooks to be taken again", async () => taken(running.sent.slice(before)).length > 20, 60_000);
  const sent = await running.end();
  const refused = sent.filter(({ status }) => status === 429 || status === 503);
  const slowest = Math.round(Math.max(...sent.map(({ milliseconds }) => milliseconds)));
  const figures = {
    ...{ "answered 2xx": taken(sent).length, "answered 429": refused.filter(({ status }) => status === 429).length },
    ...{ "answered 503": refused.filter(({ status }) => status === 503).length, "slowest answer ms": slowest },
    "2xx without a row": await lost(world, sent),
  };
  return row("Postgres stands still for 14 s", figures, {
    "every 2xx has its row and its job": figures["2xx without a row"] === 0,
    "vendors are told to come again, and when":
      refused.length > 0 && refused.every((one) => one.retryAfter !== undefined),
    "nothing but 2xx, 429 and 503 is answered": sent.every(({ status }) => [0, 200, 429, 503].includes(status)),
  });
}

/** Twenty senders push 50 MB each; what the process keeps of it is watched. */
async function large(web: Web, addresses: readonly string[]): Promise<Row> {
  const before = memoryOf(web.pid())?.rss ?? 0;
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, memoryOf(web.pid())?.rss ?? 0);
  }, 50);
  let read = 0;
  const statuses = await Promise.all(Array.from({ length: 20 }, (_, index) => push(addresses[index] ?? "")));
  clearInterval(watch);
  async function push(to: string): Promise<number> {
    async function* body() {
      const chunk = Buffer.alloc(64 * 1024, "x");
      for (let sent = 0; sent < 50 * 16; sent += 1) {
        read += chunk.byteLength;
        yield chunk;
      }
    }
    return request(to, { method: "POST", body: Readable.from(body()), reset: true }).then(
      async (answer) => {
        await answer.body.dump();
        return answer.statusCode;
      },
      () => 0,
    );
  }
  const figures = {
    ...{ senders: statuses.length, "grew by MB": Math.round(peak - before), "sent MB of 1000": Math.round(read / 1e6) },
    "answered 413 or cut off": statuses.filter((status) => status === 413 || status === 0).length,
  };
  return row("bodies of 50 MB", figures, {
    "none is taken": figures["answered 413 or cut off"] === statuses.length,
    "they are not read to their end": read < 500e6,
    "the process grows by less than 100 MB": peak - before < 100,
  });
}

/** The steady pace of the bench. Times mean something on a quiet machine. */
async function steady(addresses: readonly string[]): Promise<Row> {
  const waits = await steadily(addresses, 20);
  const p99 = round(percentile(waits, 99));
  return row(
    `${PER_SECOND} a second of 4 KB`,
    { webhooks: waits.length, "p50 ms": round(percentile(waits, 50)), "p99 ms": p99 },
    { "p99 within 50 ms": p99 <= 50 },
  );
}

const made = z.object({ applicationId: z.coerce.string() });

/** Webhooks that never come are found by the regular reading, all of them. */
async function reconciled(): Promise<Row> {
  const sandbox = await startSandbox();
  try {
    const employerId = await makeEmployer("Reconciled");
    const connectionId = await connectSandboxVendor(sandbox, employerId, "greenhouse");
    const manifest = manifestOf("greenhouse");
    if (!manifest) throw new Error("Greenhouse left the catalogue.");
    await withEmployer(employerId, (tx) => prepareStreams(tx, employerId, connectionId, manifest));
    const read = async (mode: "full" | "incremental") => {
      for (const resource of ["jobs", "stages", "candidates", "applications"] as const)
        await readThrough(employerId, connectionId, resource, mode);
    };
    const known = async () => {
      const [found] = await withEmployer(employerId, (tx) =>
        tx.execute(`select count(*)::int as count from external_record where connection_id = '${connectionId}'
          and resource = 'applications' and deleted_at is null`),
      );
      return Number(found?.count ?? 0);
    };
    await read("full");
    const before = await known();
    let dropped = 0;
    let heard = 0;
    while (dropped < DROPPED) {
      const answer = await sandbox.control("greenhouse", "actions/apply", {});
      if (Math.random() < 0.95) dropped += 1;
      else {
        const { applicationId: externalId } = made.parse(answer);
        const change = { kind: "changed", resource: "applications", externalId } as const;
        const scope = { signal: new AbortController().signal, idempotencyKey: `heard:${externalId}` };
        await patiently(() => applyInboundChange(employerId, connectionId, change, scope));
        heard += 1;
      }
    }
    const told = (await known()) - before;
    await read("incremental");
    const found = (await known()) - before - told;
    return row(
      "events that were dropped on the way",
      { dropped, heard, told, "found by reading": found },
      {
        "what was heard is there": told === heard,
        "every dropped one is found": found === dropped,
      },
    );
  } finally {
    await sandbox.close();
  }
}

async function readThrough(
  employerId: string,
  connectionId: string,
  resource: ResourceName,
  mode: "full" | "incremental",
): Promise<void> {
  const started = await withEmployer(employerId, (tx) =>
    openRun(tx, employerId, connectionId, resource, { mode, startedBy: "chaos" }),
  );
  if (!started.started) throw new Error(started.why);
  for (let page = 0; ; page += 1) {
    const [run] = await withEmployer(employerId, (tx) =>
      tx.execute(`select finished_at from sync_run where id = '${started.runId}'`),
    );
    if (run?.finished_at) return;
    await patiently(() => runPage(employerId, started.runId, page, new AbortController().signal));
  }
}

/** Waits out the vendor's limit, as the queue would. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof IntegrationError) || error.kind !== "rate-limited") throw error;
      await sleep(Math.max(100, (error.info.retryAfter?.getTime() ?? 0) - Date.now()));
    }
  }
}
