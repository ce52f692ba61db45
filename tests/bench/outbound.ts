import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { systemActor } from "#app/services/actor.ts";
import { wakeEndpoints } from "#app/services/delivery-wake.server.ts";
import { createEndpoint } from "#app/services/endpoints.server.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { delivery, event } from "#db/schema/webhooks.ts";
import { makeEmployer } from "#tests/support/connections.ts";
import { oneKilobyte } from "./body.ts";
import { type Child, startHelper, startProcess } from "./children.ts";
import type { World } from "./world.ts";

const hello = z.object({ ports: z.array(z.number()) });
const counted = z.object({
  count: z.number(),
  unique: z.number(),
  mostOpen: z.number(),
  mostHanging: z.number(),
  arrivals: z.array(z.tuple([z.string(), z.number()])),
});

export interface Receiver {
  /** The first of its hosts. */
  origin: string;
  /** As many as were asked for; one process answers all. */
  origins: readonly string[];
  /** What came, and the most that was unanswered at a time: all of it, and what hangs. */
  counts(): Promise<{ count: number; unique: number; mostOpen: number; mostHanging: number }>;
  /** When each "path webhook-id" that begins so came first, on the shared clock. */
  arrivals(prefix: string): Promise<Map<string, number>>;
  forget(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the receiving process and lets deliveries reach it. Each host is a port: origins share no sockets. */
export async function startReceiver(settings: { delayMs?: number; hosts?: number } = {}): Promise<Receiver> {
  const child = await startHelper("receiver", settings);
  const hosts = hello.parse(child.hello).ports.map((port) => `127.0.0.1:${port}`);
  setEnvironment({ PATCHBAY_ALLOW_LOOPBACK_EGRESS: hosts.join(",") });
  const origins = hosts.map((host) => `http://${host}`);
  return {
    origin: origins[0] ?? "",
    origins,
    counts: async () => counted.parse(await child.ask("counts")),
    arrivals: async (prefix) => new Map(counted.parse(await child.ask(`arrivals ${prefix}`)).arrivals),
    forget: async () => void (await child.ask("forget")),
    stop: child.stop,
  };
}

/** An employer with endpoints at these paths of the receiver. */
export const employerWithEndpoints = (receiver: Pick<Receiver, "origin">, paths: readonly string[]): Promise<Sender> =>
  employerWithUrls(paths.map((path) => receiver.origin + path));

/** An employer that sends to these endpoints. */
export interface Sender {
  employerId: string;
  endpointIds: string[];
}

/** An employer with endpoints at these addresses. */
export async function employerWithUrls(urls: readonly string[]): Promise<Sender> {
  const employerId = await makeEmployer("Bench");
  const actor = systemActor(employerId, "Bench");
  const endpointIds: string[] = [];
  for (const url of urls) endpointIds.push((await createEndpoint(actor, { url })).id);
  return { employerId, endpointIds };
}

/** Writes events with one delivery each, endpoint after endpoint in turn, due at `at`: what `emitEvent` writes. */
export async function writeDeliveries(
  employerId: string,
  endpointIds: readonly string[],
  count: number,
  at: Date = new Date(),
): Promise<void> {
  for (let written = 0; written < count; written += 500) {
    const page = Array.from(
      { length: Math.min(500, count - written) },
      (_, index) => endpointIds[(written + index) % endpointIds.length] ?? "",
    );
    await withEmployer(employerId, (tx) => insertDeliveries(tx, employerId, page, at));
  }
}

/** An event of one endpoint alone, with what wakes a worker for it, in one transaction; answers the event's id. */
export const sendTo = (employerId: string, endpointId: string): Promise<string> =>
  withEmployer(employerId, async (tx) => {
    const at = new Date();
    const [eventId = ""] = await insertDeliveries(tx, employerId, [endpointId], at);
    await wakeEndpoints(tx, employerId, { endpointIds: [endpointId], since: at });
    return eventId;
  });

/** One event and delivery for each of these endpoints; answers the events' ids. */
async function insertDeliveries(
  tx: EmployerTx,
  employerId: string,
  endpointIds: readonly string[],
  at: Date,
): Promise<string[]> {
  const type = "job.closed";
  const rows = endpointIds.map((endpointId) => ({ eventId: newId(), deliveryId: newId(), endpointId }));
  await tx
    .insert(event)
    .values(rows.map(({ eventId: id }) => ({ employerId, id, type, body: oneKilobyte(id), createdAt: at })));
  await tx.insert(delivery).values(
    rows.map(({ eventId, deliveryId: id, endpointId }) => ({
      ...{ employerId, id, endpointId, eventId, eventType: type, createdAt: at, nextAttemptAt: at },
      state: "queued" as const,
    })),
  );
  return rows.map(({ eventId }) => eventId);
}

/** Tells the workers that something is due for these endpoints since then, as the transaction that writes a delivery does. */
export const wake = (employerId: string, endpointIds: readonly string[], since = new Date(0)): Promise<void> =>
  withEmployer(employerId, (tx) => wakeEndpoints(tx, employerId, { endpointIds, since }));

/** The worker process, ready to take jobs. */
export async function startWorkerProcess(world: World, variables: Record<string, string> = {}): Promise<Child> {
  await world.admin`delete from worker_heartbeat`;
  const worker = startProcess("worker", variables);
  const beats = async () => Number((await world.admin`select count(*) from worker_heartbeat`)[0]?.count ?? 0);
  await until("the worker to be ready", async () => (await beats()) > 0, 20_000);
  await sleep(500);
  return worker;
}

/** Asks every 20 ms; throws when it takes longer than `limit` milliseconds. */
export async function until(what: string, isSo: () => Promise<boolean>, limit: number): Promise<void> {
  const end = Date.now() + limit;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Waited ${Math.round(limit / 1000)} s for ${what}.`);
    await sleep(20);
  }
}
