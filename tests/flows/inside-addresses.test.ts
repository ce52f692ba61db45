import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { setEnvironment } from "#app/platform/env.server.ts";
import { type Actor, systemActor } from "#app/services/actor.ts";
import { createConnection, getConnection, saveCredentials } from "#app/services/connections.server.ts";
import { attemptDelivery } from "#app/services/deliveries.server.ts";
import { listDeliveries } from "#app/services/delivery-log.server.ts";
import { checkEndpointUrl } from "#app/services/endpoint-check.server.ts";
import { AppError } from "#app/services/errors.ts";
import { eventCatalog } from "#app/services/event-catalog.ts";
import { emitEvent } from "#app/services/events.server.ts";
import { subscribeHook } from "#app/services/hooks.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { makeEmployer } from "#tests/support/connections.ts";
import { testDatabase } from "#tests/support/database.ts";
import { insideResolver, insideUrls, PUBLIC } from "#tests/support/inside-urls.ts";
import { type PlayedInternet, playInternet } from "#tests/support/played-internet.ts";

/** Every way out that this process makes leads into the played internet. */
const out = vi.hoisted(() => ({ options: {} as Partial<PlayedInternet["options"]> }));
vi.mock("#app/integrations/kit/egress.server.ts", async (original) => {
  const real = await original<typeof import("#app/integrations/kit/egress.server.ts")>();
  return {
    ...real,
    createEgress: (options: Parameters<typeof real.createEgress>[0]) =>
      real.createEgress({ ...options, ...out.options }),
  };
});

await testDatabase();
setEnvironment({ PATCHBAY_URL: "https://portal.test" });
let resolve = insideResolver();
const internet = await playInternet((name) => resolve(name));
out.options = internet.options;
beforeEach(() => {
  internet.forget();
  resolve = insideResolver();
});
afterAll(() => internet.close());

const newActor = async (): Promise<Actor> => systemActor(await makeEmployer("Hollin"), "Mara");

describe.each(["caldav", "nextcloud"])("the server of %s", (vendorId) => {
  const connect = async (server: string) => {
    const actor = await newActor();
    const id = await createConnection(actor, { vendorId, environment: "production" });
    const form = { server, username: "rosa", password: "a-password", invitations: "server" };
    const proof = await saveCredentials(actor, id, form).catch((error: unknown) => {
      if (error instanceof AppError && error.info.fields?.server) return { ok: false as const, kind: "config" };
      throw error;
    });
    return { proof, row: await getConnection(actor, id) };
  };

  it("is not called when it leads inside, and nothing is kept", async () => {
    for (const { url } of insideUrls) {
      // A name that changes is public once: what answers there sends us on to the next look-up.
      internet.answer((request, response) =>
        response.writeHead(301, { connection: "close", location: `${request.path}again/` }).end(),
      );
      const { proof, row } = await connect(url);
      expect([url, proof]).toMatchObject([url, { ok: false, kind: "config" }]);
      expect([url, row.state, row.config]).toEqual([url, "added", {}]);
      expect([url, internet.inside()]).toEqual([url, []]);
    }
  });

  it("is called when it is public", async () => {
    internet.answer((_request, response) => response.writeHead(401).end());
    expect((await connect("https://outside.example/")).proof).toMatchObject({ ok: false, kind: "auth-revoked" });
    expect(new Set(internet.arrived.map(({ host }) => host))).toEqual(new Set(["outside.example"]));
    expect(internet.inside()).toEqual([]);
  });
});

describe("an address of a receiver", () => {
  it("is not looked at when it leads inside", async () => {
    let actor = await newActor();
    for (const [index, { url, turns }] of insideUrls.entries()) {
      if (turns.length > 1) continue;
      if (index % 20 === 0) actor = await newActor();
      expect([url, (await checkEndpointUrl(actor, url)).good]).toEqual([url, false]);
      expect([url, internet.dialled]).toEqual([url, []]);
    }
    internet.answer((_request, response) => response.writeHead(405).end());
    expect((await checkEndpointUrl(await newActor(), "https://outside.example/hooks")).good).toBe(true);
    expect(internet.dialled).toEqual([PUBLIC]);
  });

  it("is not posted to by a REST hook when it leads inside", async () => {
    for (const { url, turns, seen } of insideUrls) {
      const actor = await newActor();
      const { employerId } = actor;
      const made = subscribeHook(actor, { targetUrl: url, type: "job.closed" });
      const hook = await made.then(
        (subscribed) => subscribed.hook,
        (error: unknown) => {
          if (error instanceof AppError && error.info.fields?.targetUrl) return null;
          throw error;
        },
      );
      expect([url, hook === null]).toEqual([url, seen]);
      if (!hook) continue;
      internet.answer((_request, response) => response.writeHead(200, { connection: "close" }).end("thanks"));
      for (let turn = 1; turn <= Math.max(1, turns.length); turn++) {
        await withEmployer(employerId, (tx) =>
          emitEvent(tx, employerId, "job.closed", null, eventCatalog["job.closed"].sample),
        );
        const [delivery] = (await listDeliveries(actor, { endpointId: hook.id })).deliveries;
        await attemptDelivery({ employerId, deliveryId: delivery?.id ?? "", endpointId: hook.id });
        expect([url, internet.inside()]).toEqual([url, []]);
      }
    }
  });
});
