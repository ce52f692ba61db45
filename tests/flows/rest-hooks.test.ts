import { and, eq, isNull } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { newId } from "#app/platform/crypto.server.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { attemptDelivery } from "#app/services/deliveries.server.ts";
import { listDeliveries } from "#app/services/delivery-log.server.ts";
import { createEndpoint, getEndpoint } from "#app/services/endpoints.server.ts";
import { emitEvent } from "#app/services/events.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { issue } from "#db/schema/connections.ts";
import { apiCaller } from "#tests/support/api-caller.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { startReceiver } from "#tests/support/receiver.ts";

await testDatabase();
const { url } = await testApp();
const receiver = await startReceiver();
setEnvironment({ PATCHBAY_ALLOW_LOOPBACK_EGRESS: receiver.host });

const close = (employerId: string, title: string) =>
  withEmployer(employerId, (tx) =>
    emitEvent(tx, employerId, "job.closed", null, {
      ...{ job: { id: newId(), title }, reason: null, closedAt: new Date().toISOString() },
    }),
  );

describe("REST hooks", () => {
  it("subscribe an address to one event, once, deliver to it, and end by DELETE", async () => {
    const { call, member } = await apiCaller(url);
    const wanted = { targetUrl: receiver.url, event: "job.closed" };
    const made = await call("POST", "/api/v1/hooks", wanted);
    expect(made).toMatchObject({ status: 201, json: { state: "subscribed", event: "job.closed" } });
    expect(made.json.secret).toMatch(/^whsec_/);
    expect((await call("POST", "/api/v1/hooks", wanted)).json).toMatchObject({ id: made.json.id, secret: null });
    const eventId = await close(member.employerId, "Weaver");
    const [row] = (await listDeliveries(member.actor, { endpointId: made.json.id })).deliveries;
    if (!row) throw new Error("no delivery was written");
    await attemptDelivery({ employerId: member.employerId, deliveryId: row.id, endpointId: row.endpointId });
    expect(receiver.arrived.at(-1)?.headers["webhook-id"]).toBe(eventId);
    expect((await call("DELETE", `/api/v1/hooks/${made.json.id}`)).status).toBe(204);
    expect((await call("DELETE", `/api/v1/hooks/${made.json.id}`)).status).toBe(404);
    expect((await call("GET", "/api/v1/hooks")).json.data).toEqual([]);
  });

  it("unsubscribe by answering 410: nothing is kept for them, and nobody is alarmed", async () => {
    const { call, member } = await apiCaller(url);
    const { id } = (await call("POST", "/api/v1/hooks", { targetUrl: receiver.url, event: "job.closed" })).json;
    receiver.answer((response) => response.writeHead(410).end());
    await close(member.employerId, "First");
    const [row] = (await listDeliveries(member.actor, { endpointId: id })).deliveries;
    await attemptDelivery({ employerId: member.employerId, deliveryId: row?.id ?? "", endpointId: id });
    receiver.answer((response) => response.writeHead(200).end("thanks"));
    expect((await call("GET", `/api/v1/hooks/${id}`)).json.state).toBe("unsubscribed");
    expect(await getEndpoint(member.actor, id)).toMatchObject({ state: "off", offReason: "gone", kind: "hook" });
    await close(member.employerId, "Second");
    expect((await listDeliveries(member.actor, { endpointId: id })).deliveries).toHaveLength(1);
    const alarms = await withEmployer(member.employerId, (tx) =>
      tx
        .select({ id: issue.id })
        .from(issue)
        .where(and(eq(issue.employerId, member.employerId), isNull(issue.resolvedAt))),
    );
    expect(alarms).toEqual([]);
    const again = await call("POST", "/api/v1/hooks", { targetUrl: receiver.url, event: "job.closed" });
    expect(again.json.id).not.toBe(id);
  });

  it("show samples as a plain list: the catalogue's until something happened, then what happened, newest first", async () => {
    const { call, member } = await apiCaller(url);
    const sample = await call("GET", "/api/v1/hooks/samples/job.closed");
    expect(sample.json).toMatchObject([{ type: "job.closed", test: true, data: { reason: "filled" } }]);
    for (const title of ["a", "b", "c", "d"]) await close(member.employerId, title);
    const real = await call("GET", "/api/v1/hooks/samples/job.closed");
    expect(real.json.map((body: { data: { job: { title: string } } }) => body.data.job.title)).toEqual(["d", "c", "b"]);
  });

  it("refuse an unknown event, an address inside, and an endpoint that is no hook", async () => {
    const { call, member } = await apiCaller(url);
    expect((await call("POST", "/api/v1/hooks", { targetUrl: receiver.url, event: "no.such" })).status).toBe(400);
    const inside = await call("POST", "/api/v1/hooks", { targetUrl: "https://10.0.0.1/x", event: "job.closed" });
    expect(inside).toMatchObject({ status: 400, json: { errors: [{ field: "targetUrl" }] } });
    expect((await call("GET", "/api/v1/hooks/samples/no.such")).status).toBe(404);
    const { id } = await createEndpoint(member.actor, { url: "https://hooks.example.com/in" });
    expect((await call("DELETE", `/api/v1/hooks/${id}`)).status).toBe(404);
  });
});
