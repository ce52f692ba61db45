import assert from "node:assert/strict";
import type { RawRequest, Webhook } from "#app/integrations/contract/capabilities.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import type { Signature } from "#app/integrations/contract/signature.ts";
import { parseJson, textAt } from "#app/integrations/kit/paths.ts";
import { signAs, signFields } from "#app/integrations/kit/sign.server.ts";
import { verifySignature } from "#app/integrations/kit/verify.server.ts";
import type { Check } from "../check.ts";
import type { World } from "../world.ts";

const signed: NonNullable<Check["when"]> = (_manifest, adapter) =>
  adapter.webhook !== undefined && adapter.webhook.signature.scheme !== "url-token";
const sampled: NonNullable<Check["when"]> = (_manifest, adapter, world) =>
  adapter.webhook !== undefined && world.isSimulated && world.simulated.events.length > 0;

function module(world: World): Webhook {
  assert.ok(world.adapter.webhook, "There is no webhook module.");
  return world.adapter.webhook;
}

/** The secret that signs: typed, set up on this instance, or chosen when subscribing. */
function secretOf(world: World, chosen: string): string {
  const { signature } = module(world);
  if (!("secret" in signature)) return "";
  const { secret } = signature;
  if (secret.of === "subscription") return chosen;
  const bare = (name: string) => name.replaceAll("_", "").toLowerCase();
  const found =
    secret.of === "connection"
      ? world.values("good")[secret.field]
      : Object.entries(world.app()).find(([name]) => bare(name) === bare(secret.setting))?.[1];
  return found ?? chosen;
}

/** Has the simulation register our address, in the vendor's own way. A vendor may issue one secret per target. */
export async function register(world: World): Promise<{ secrets: readonly string[]; url: string }> {
  const webhook = module(world);
  const behind = { connection: "/0f9d2c77a1b2", app: "", path: "/acme" }[webhook.routing.per];
  const url = `${world.receiver.origin}/webhooks/${world.manifest.id}${behind}`;
  const chosen = "conformance-secret-0001";
  const secret = secretOf(world, chosen);
  if (webhook.subscribe) {
    const vendor = await world.openSetUp();
    const issued: string[] = [];
    for (const target of webhook.targets?.(vendor.ctx) ?? [null]) {
      const made = await webhook.subscribe(vendor.ctx, { url, secret: chosen, target });
      if (made.secret) issued.push(made.secret);
    }
    if (issued.length > 0) return { secrets: issued, url };
  } else {
    const action = world.simulated.actions.find((one) => one.fields?.some((field) => field.name === "url"));
    if (action) await world.simulated.runAction(action.id, { url, secret });
  }
  await world.simulated.settle();
  world.receiver.take();
  return { secrets: [secret], url };
}

/** Every kind of event that the simulation can send, as it arrived. */
export async function samples(world: World): Promise<{ event: string; request: RawRequest }[]> {
  const all: { event: string; request: RawRequest }[] = [];
  for (const event of world.simulated.events) {
    await world.simulated.sendWebhook(event, {}, null, false);
    await world.simulated.settle();
    for (const request of world.receiver.take()) all.push({ event, request });
  }
  assert.ok(all.length > 0, "The simulation sent nothing.");
  return all;
}

/** Signing and verifying a body that carries its signature: each covered value counts, and so does the signature itself. */
async function inverseInside(signature: Extract<Signature, { scheme: "hmac-fields" }>): Promise<void> {
  const now = new Date("2026-09-21T14:13:20Z");
  const covered = [...signature.signed.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  const { bodyPath, unit } = signature.dated;
  assert.ok(covered.includes(bodyPath), "The time is not covered by the signature.");
  const time = unit === "iso" ? now.toISOString() : now.getTime() / (unit === "ms" ? 1 : 1000);
  const values: Record<string, unknown> = { ...Object.fromEntries(covered.map((name) => [name, `${name}-7`])) };
  const body = signFields(signature, {
    secret: "secret-number-1",
    body: { ...values, [bodyPath]: time, type: "ping" },
  });
  const judge = async (bytes: Uint8Array, ...secrets: string[]) => {
    const request: RawRequest = { method: "POST", url: "/webhooks/x", headers: {}, body: bytes };
    return (await verifySignature(signature, { request, secrets, now })).ok;
  };
  assert.equal(await judge(body, "secret-number-1"), true);
  assert.equal(await judge(body, "secret-number-2", "secret-number-1"), true, "A second live secret does not verify.");
  assert.equal(await judge(body, "secret-number-2"), false, "Another secret verifies.");
  assert.equal(await judge(body), false, "No secret verifies.");
  const parsed = parseJson(new TextDecoder().decode(body));
  assert.ok(typeof parsed === "object" && parsed !== null);
  for (const name of [...covered, signature.at])
    for (const value of [undefined, "x", 7])
      assert.equal(
        await judge(new TextEncoder().encode(JSON.stringify({ ...parsed, [name]: value })), "secret-number-1"),
        false,
        `A changed ${name} verifies.`,
      );
}

export const webhook: Check[] = [
  {
    id: "W-1",
    title: "every event of the vendor verifies and is understood",
    when: sampled,
    async run(world) {
      const { secrets } = await register(world);
      const { signature, parse } = module(world);
      for (const { event, request } of await samples(world)) {
        const verdict = await verifySignature(signature, { request, secrets, now: new Date() });
        assert.deepEqual(verdict, { ok: true }, `"${event}" was refused: ${JSON.stringify(verdict)}.`);
        const events = parse(request);
        assert.ok(
          events.every((one) => one.dedupeId !== "" && one.type !== ""),
          `"${event}" has no id or type.`,
        );
      }
    },
  },
  {
    id: "W-2",
    title: "what was tampered with, is old, or lies ahead is refused",
    when: (manifest, adapter, world) => sampled(manifest, adapter, world) && signed(manifest, adapter, world),
    async run(world) {
      const { secrets } = await register(world);
      const { signature } = module(world);
      const [event] = world.simulated.events;
      assert.ok(event);
      const tampers = ["signature", "secret", "no-signature"] as const;
      const overBody = signature.scheme === "hmac" ? (["body"] as const) : [];
      const timed =
        (signature.scheme === "hmac" && signature.timestamp) ||
        (signature.scheme === "shared-secret" && signature.dated) ||
        signature.scheme === "hmac-fields";
      const overTime = timed ? (["old", "future"] as const) : [];
      for (const tamper of [...tampers, ...overBody, ...overTime]) {
        await world.simulated.sendWebhook(event, {}, tamper, false);
        await world.simulated.settle();
        const [request] = world.receiver.take();
        assert.ok(request, `Nothing arrived for ${tamper}.`);
        const verdict = await verifySignature(signature, { request, secrets, now: new Date() });
        assert.equal(verdict.ok, false, `"${tamper}" was accepted.`);
      }
    },
  },
  {
    id: "W-3",
    title: "signing and verifying are inverse; one bit, another secret or none is refused",
    when: signed,
    async run(world) {
      const { signature } = module(world);
      if (signature.scheme === "jwt") return;
      if (signature.scheme === "hmac-fields") return inverseInside(signature);
      const now = new Date("2026-09-21T14:13:20Z");
      const whsec =
        signature.scheme === "hmac" && signature.secretEncoding !== undefined && signature.secretEncoding !== "utf8";
      const key = (fill: number) =>
        whsec ? `whsec_${Buffer.alloc(32, fill).toString("base64")}` : `secret-number-${fill}`;
      const dated = signature.scheme === "shared-secret" ? signature.dated : undefined;
      const time = dated ? `"${dated.bodyPath}": "${now.toISOString()}", ` : "";
      const body = new TextEncoder().encode(`{${time}"type": "ping", "id": 7}`);
      const url = "/webhooks/x";
      const headers = signAs(signature, { secret: key(1), body, now, url });
      const judge = async (request: RawRequest, secrets: string[]) =>
        (await verifySignature(signature, { request, secrets, now })).ok;
      const request: RawRequest = { method: "POST", url, headers, body };
      assert.equal(await judge(request, [key(1)]), true);
      assert.equal(await judge(request, [key(2), key(1)]), true, "A second live secret does not verify.");
      assert.equal(await judge(request, [key(2)]), false, "Another secret verifies.");
      assert.equal(await judge(request, []), false, "No secret verifies.");
      assert.equal(await judge({ ...request, headers: {} }, [key(1)]), false, "No header verifies.");
      if (signature.scheme !== "hmac" || !signature.signed.includes("{body}")) return;
      const flipped = Uint8Array.from(body, (byte, index) => (index === 3 ? byte ^ 1 : byte));
      assert.equal(await judge({ ...request, body: flipped }, [key(1)]), false, "A flipped bit verifies.");
      const anew = new TextEncoder().encode(JSON.stringify(JSON.parse(new TextDecoder().decode(body))));
      assert.equal(await judge({ ...request, body: anew }, [key(1)]), false, "JSON written anew verifies.");
    },
  },
  {
    id: "W-4",
    title: "a repeated event keeps its id, another event has another",
    when: sampled,
    async run(world) {
      await register(world);
      const { parse } = module(world);
      const all = await samples(world);
      const ids = all.flatMap(({ request }) => parse(request).map((one) => one.dedupeId));
      assert.equal(new Set(ids).size, ids.length, "Two events share one id.");
      await world.simulated.sendWebhook(all.at(-1)?.event ?? "", {}, null, true);
      await world.simulated.settle();
      const last = all.at(-1);
      const [again] = world.receiver.take();
      assert.ok(again && last, "The repeated event did not arrive.");
      assert.deepEqual(
        parse(again).map((one) => one.dedupeId),
        parse(last.request).map((one) => one.dedupeId),
      );
    },
  },
  {
    id: "W-5",
    title: "one address for all accounts names the account in its body",
    when: (manifest, adapter, world) => sampled(manifest, adapter, world) && adapter.webhook?.routing.per === "app",
    async run(world) {
      const { routing } = module(world);
      assert.ok(routing.per === "app");
      await register(world);
      const named = (await samples(world)).filter(({ request }) =>
        textAt(parseJson(new TextDecoder().decode(request.body)), routing.accountPath),
      );
      assert.ok(named.length > 0, `No event has an account at ${routing.accountPath}.`);
    },
  },
  {
    id: "W-6",
    title: "unsubscribing leaves nothing behind and may be repeated",
    when: (_manifest, adapter, world) => adapter.webhook?.subscribe !== undefined && world.has("good"),
    async run(world) {
      const webhook = module(world);
      assert.ok(webhook.unsubscribe, "There is a way in and no way out.");
      const { ctx } = await world.openSetUp();
      const url = `${world.receiver.origin}/webhooks/${world.manifest.id}/0f9d2c77a1b2`;
      const [target = null] = webhook.targets?.(ctx) ?? [null];
      const before = JSON.stringify(world.simulated.state()).split(url).length;
      const made = await webhook.subscribe?.(ctx, { url, secret: "conformance-secret-0001", target });
      assert.ok(made, "Nothing was subscribed.");
      assert.ok(
        JSON.stringify(world.simulated.state()).split(url).length > before,
        "The vendor does not know our address.",
      );
      await webhook.unsubscribe(ctx, made);
      await webhook.unsubscribe(ctx, made);
      world.receiver.take();
      const [event] = world.simulated.events;
      if (event) await world.simulated.sendWebhook(event, {}, null, false).catch(() => null);
      await world.simulated.settle();
      assert.equal(world.receiver.take().length, 0, "The vendor still calls us.");
    },
  },
  {
    id: "W-7",
    title: "a subscription that was switched off is on again in its place, and one that is gone is told",
    when: (_manifest, adapter, world) =>
      adapter.webhook?.renew !== undefined && world.has("good") && world.hasFault("suspend-webhooks"),
    async run(world) {
      const webhook = module(world);
      const { ctx } = await world.openSetUp();
      const url = `${world.receiver.origin}/webhooks/${world.manifest.id}/0f9d2c77a1b2`;
      const made = await webhook.subscribe?.(ctx, { url, secret: "conformance-secret-0001", target: null });
      assert.ok(made, "Nothing was subscribed.");
      const [event] = world.simulated.events;
      assert.ok(event);
      const arrived = async () => {
        await world.simulated.sendWebhook(event, {}, null, false);
        await world.simulated.settle();
        return world.receiver.take().length;
      };
      world.fault("suspend-webhooks");
      assert.equal(await arrived(), 0);
      const kept = await webhook.renew?.(ctx, made);
      assert.equal(kept?.id, made.id);
      assert.equal(await arrived(), 1);
      await webhook.unsubscribe?.(ctx, made);
      assert.equal(await webhook.renew?.(ctx, made), null);
    },
  },
  {
    id: "W-8",
    title: "a delivery that cannot be read is contract, never a crash",
    when: sampled,
    async run(world) {
      await register(world);
      const { parse } = module(world);
      for (const { event, request } of await samples(world))
        for (const text of ["<html>", "{", "null", "[]", ""])
          try {
            parse({ ...request, body: new TextEncoder().encode(text) });
          } catch (error) {
            const kind = error instanceof IntegrationError ? error.kind : String(error);
            assert.equal(kind, "contract", `"${event}" with the body ${JSON.stringify(text)} ended in ${kind}.`);
          }
    },
  },
];
