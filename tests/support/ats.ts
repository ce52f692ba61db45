import { createServer } from "node:http";
import { and, eq, isNull } from "drizzle-orm";
import { receiveWebhook } from "#app/services/inbound.server.ts";
import { processInbound } from "#app/services/inbound-process.server.ts";
import { startDue } from "#app/services/sync.server.ts";
import { runPage } from "#app/services/sync-page.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { externalRecord, syncRun, syncStream } from "#db/schema/sync.ts";
import { inboundDelivery } from "#db/schema/webhooks.ts";

/** The inbound route's own work behind a real socket, so that a simulated vendor can call it; every body is kept. */
export async function startInbound() {
  const bodies: { path: string; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(Buffer.from(part));
    const body = Buffer.concat(parts);
    const path = request.url ?? "";
    bodies.push({ path, body: body.toString("utf8") });
    const [, , vendorId = "", token] = path.split("/");
    const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]);
    const call = new Request(`http://internal${path}`, { method: "POST", headers, body });
    response.writeHead((await receiveWebhook(call, { vendorId, token: token ?? null })).status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  return { origin, bodies, close: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

/** Answers the consent page of a simulated vendor as a person does; gives what it sends back to us. */
export async function answerConsent(url: URL, account: string, decision: "allow" | "deny" = "allow") {
  const form = new URLSearchParams(url.searchParams);
  form.set("decision", decision);
  form.set("account", account);
  const answer = await fetch(url.origin + url.pathname, { method: "POST", body: form, redirect: "manual" });
  return new URL(answer.headers.get("location") ?? "").searchParams;
}

type Resource = "jobs" | "stages" | "candidates" | "applications";

/** The sync of one connection in the tester's hand: run by run, and what came of it. */
export function syncOf(
  at: () => { employerId: string; connectionId: string },
  vendor: () => { settle(): Promise<unknown> },
  signal: AbortSignal,
) {
  const inTenant = <T>(work: Parameters<typeof withEmployer<T>>[1]) => withEmployer(at().employerId, work);

  async function sync(resource: Resource) {
    const { employerId, connectionId } = at();
    await inTenant((tx) =>
      tx
        .update(syncStream)
        .set({ nextRunAt: new Date(0) })
        .where(eq(syncStream.resource, resource)),
    );
    await startDue(employerId, connectionId, resource);
    const open = and(
      eq(syncRun.connectionId, connectionId),
      eq(syncRun.resource, resource),
      isNull(syncRun.finishedAt),
    );
    const [run] = await inTenant((tx) => tx.select().from(syncRun).where(open));
    if (!run) throw new Error(`No run of ${resource} was started.`);
    for (let page = 0; ; page += 1) {
      await runPage(employerId, run.id, page, signal);
      const [now] = await inTenant((tx) => tx.select().from(syncRun).where(eq(syncRun.id, run.id)));
      if (now?.finishedAt) return now;
    }
  }

  return {
    inTenant,
    sync,
    async copyAll() {
      for (const resource of ["jobs", "stages", "candidates", "applications"] as const) await sync(resource);
    },
    /** External ids of what is here and not deleted, in order. */
    known: (resource: Resource) =>
      inTenant(async (tx) => {
        const rows = await tx.select().from(externalRecord).where(eq(externalRecord.resource, resource));
        return rows.flatMap((row) => (row.deletedAt === null ? [row.externalId] : [])).sort();
      }),
    /** Lets the vendor send what it has, and processes it; one line for each delivery there is. */
    async processAll(): Promise<string[]> {
      await vendor().settle();
      const waiting = eq(inboundDelivery.state, "received");
      const rows = await inTenant((tx) => tx.select().from(inboundDelivery).where(waiting));
      for (const row of rows) await processInbound(at().employerId, row.id, signal);
      const done = await inTenant((tx) => tx.select().from(inboundDelivery));
      return done.map((row) => `${row.type} ${row.state}: ${row.note}`);
    },
  };
}
