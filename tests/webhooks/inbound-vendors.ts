import { loadAdapter } from "#app/integrations/adapters.server.ts";
import { catalog } from "#app/integrations/catalog.ts";
import type { RawRequest, Webhook } from "#app/integrations/contract/capabilities.ts";
import type { Signature } from "#app/integrations/contract/signature.ts";
import { parseJson, textAt } from "#app/integrations/kit/paths.ts";
import { signAs, signFields } from "#app/integrations/kit/sign.server.ts";
import { provesBody } from "#app/integrations/kit/signed-content.server.ts";
import { newId, seal } from "#app/platform/crypto.server.ts";
import { createSandbox } from "#app/sandbox/server.ts";
import { saveSecrets } from "#app/services/credentials.server.ts";
import { identify } from "#app/services/inbound-envelope.server.ts";
import { claimAccount, inboundUrl, subscriptionLookup } from "#app/services/inbound-routes.server.ts";
import { vendorSetting } from "#app/services/vendor-apps.server.ts";
import { loadConnection } from "#app/services/vendor-context.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { inboundRoute, subscription } from "#db/schema/connections.ts";
import { register, samples } from "#tests/conformance/checks/webhook.ts";
import { createReceiver } from "#tests/conformance/receiver.ts";
import { createWorld, suiteEgress } from "#tests/conformance/world.ts";
import { makeConnection } from "#tests/support/connections.ts";

/** A vendor with webhooks, one of its events as its simulation sends it, and how to make more of them. */
export interface Sender {
  vendorId: string;
  webhook: Webhook;
  /** Whether its proof covers what the body says. */
  proves: boolean;
  /** A true event of its own by number: other ids, and a signature that fits. */
  make(number: number, as: Signing): RawRequest;
  /** Signs a body that was changed on purpose. */
  sign(request: Pick<RawRequest, "headers" | "url"> & { body: unknown }, as: Signing): RawRequest;
  /** Every header that the signature needs. */
  proofHeaders: readonly string[];
}

export interface Signing {
  secret: string;
  now: Date;
}

/** One employer's connection to a vendor, with the secret that its vendor signs with and the address it calls. */
export interface Mailbox {
  employerId: string;
  connectionId: string;
  secret: string;
  /** Path of the address, below the instance's origin. */
  path: string;
}

const text = (body: Uint8Array) => new TextDecoder().decode(body);
const bytes = (value: unknown) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

/** Every vendor of the catalogue that sends webhooks, with an event that its simulation sent. */
export async function webhookSenders(): Promise<Sender[]> {
  const receiver = await createReceiver();
  const sandbox = await createSandbox({ portalOrigin: receiver.origin });
  const egress = suiteEgress(sandbox);
  try {
    const senders: Sender[] = [];
    for (const manifest of catalog) {
      const adapter = await loadAdapter(manifest.id);
      if (!adapter?.webhook) continue;
      const world = createWorld({ manifest, adapter, sandbox, receiver, egress, writeGolden: false });
      world.simulated.reset();
      await register(world);
      const all = await samples(world);
      senders.push(
        senderOf(
          manifest.id,
          adapter.webhook,
          all.map(({ request }) => request),
        ),
      );
    }
    return senders;
  } finally {
    await egress.close();
    await sandbox.close();
    await receiver.close();
  }
}

function senderOf(vendorId: string, webhook: Webhook, all: readonly RawRequest[]): Sender {
  const means = (request: RawRequest) => webhook.parse(request).some(({ kind }) => kind !== "ignored");
  const sample = all.find(means);
  if (!sample) throw new Error(`The simulation of ${vendorId} sends nothing that means anything.`);
  const { signature } = webhook;
  const proof = proofHeadersOf(signature);
  const headers = Object.fromEntries(
    Object.entries(sample.headers).filter(
      ([name]) => ![...proof, "content-length", "host", "connection"].includes(name),
    ),
  );
  const bare: RawRequest = { ...sample, headers };
  const change = distinction(webhook, bare);
  const sign: Sender["sign"] = ({ headers: others, url, body }, { secret, now }) => {
    if (signature.scheme === "hmac-fields")
      return {
        ...bare,
        url,
        headers: { ...others },
        body: signFields(signature, { secret, body: timed(signature, body, now) }),
      };
    const whole = bytes(signature.scheme === "shared-secret" ? timed(signature, body, now) : body);
    return {
      ...bare,
      url,
      headers: { ...others, ...signAs(signature, { secret, body: whole, now, url }) },
      body: whole,
    };
  };
  return {
    ...{ vendorId, webhook, sign, proves: provesBody(signature), proofHeaders: proof },
    make(number, as) {
      const fresh = change(number);
      return sign(
        { headers: fresh.headers, url: fresh.url, body: parseJson(text(fresh.body)) ?? text(fresh.body) },
        as,
      );
    },
  };
}

function proofHeadersOf(signature: Signature): string[] {
  if (signature.scheme === "hmac")
    return [signature.header, signature.timestamp?.header, signature.idHeader].flatMap(
      (name) => name?.toLowerCase() ?? [],
    );
  return signature.scheme === "shared-secret" || signature.scheme === "jwt" ? [signature.header.toLowerCase()] : [];
}

/** The body with the time that the vendor signs, or that must be fresh, set to `now`. */
function timed(signature: Signature, body: unknown, now: Date): Record<string, unknown> {
  const fields = typeof body === "object" && body !== null ? { ...body } : {};
  if (!("dated" in signature) || !signature.dated) return fields;
  const { bodyPath } = signature.dated;
  const unit = "unit" in signature.dated ? signature.dated.unit : "iso";
  const time = unit === "iso" ? now.toISOString() : unit === "ms" ? now.getTime() : Math.floor(now.getTime() / 1_000);
  return { ...fields, [bodyPath]: time };
}

type Path = readonly string[];

function leaves(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, child]) => leaves(child, [...path, key]));
}

function withLeaf(value: unknown, [key, ...rest]: Path, number: number): unknown {
  if (key === undefined) return another(value, number);
  if (Array.isArray(value))
    return value.map((one, index) => (String(index) === key ? withLeaf(one, rest, number) : one));
  return typeof value === "object" && value !== null
    ? { ...value, [key]: withLeaf(Reflect.get(value, key), rest, number) }
    : value;
}

function another(value: unknown, number: number): unknown {
  if (typeof value === "number") return value + number;
  if (typeof value !== "string") return value;
  return /^\d{1,12}$/.test(value) ? String(Number(value) + number) : `${value}n${number}`;
}

/** Finds what tells two events of this vendor apart, by trying: changing it changes every id and not the meaning. */
function distinction(webhook: Webhook, sample: RawRequest): (number: number) => RawRequest {
  const body = parseJson(text(sample.body));
  const inBody = (body === undefined ? [] : leaves(body)).map(
    (path) =>
      (number: number): RawRequest => ({
        ...sample,
        body: bytes(withLeaf(body, path, number)),
      }),
  );
  const inHeaders = Object.entries(sample.headers).map(
    ([name, value]) =>
      (number: number): RawRequest => ({
        ...sample,
        headers: { ...sample.headers, [name]: String(another(value, number)) },
      }),
  );
  const kinds = (request: RawRequest) =>
    webhook
      .parse(request)
      .map(({ kind }) => kind)
      .join();
  const found = [...inBody, ...inHeaders].find((change) => {
    const keys = [sample, change(1), change(2)].map((one) => identify(webhook, one).dedupeKeys);
    const apart = new Set(keys.flat()).size === keys.flat().length;
    try {
      return apart && kinds(change(1)) === kinds(sample);
    } catch {
      return false;
    }
  });
  if (!found) throw new Error("Nothing tells two events of this vendor apart.");
  return found;
}

/** Connects an employer to a vendor as far as its webhooks need it. Per-app vendors sign with the instance's own secret. */
export async function openMailbox(sender: Sender, employerId: string): Promise<Mailbox> {
  const { vendorId, webhook } = sender;
  const { routing, signature } = webhook;
  const source = "secret" in signature ? signature.secret : null;
  const secret =
    source?.of === "app" ? ((await vendorSetting(vendorId, "sandbox", source.setting)) ?? "") : `secret of ${newId()}`;
  const accountId = routing.per === "app" ? accountIn(sender, routing.accountPath) : `acme-${newId()}`;
  const connectionId = await makeConnection(employerId, { vendorId, accountId });
  const row = await loadConnection(employerId, connectionId);
  const named = sender.make(0, { secret, now: new Date() }).headers;
  const url = await withEmployer(employerId, async (tx) => {
    if (source?.of === "connection") await saveSecrets(tx, employerId, connectionId, { [source.field]: secret });
    if (source?.of === "subscription") {
      const id = newId();
      const externalId = routing.per === "connection" ? (named[routing.subscriptionHeader ?? ""] ?? id) : id;
      const sealed = seal(secret, { employerId, ownerId: id, field: "subscription_secret" });
      await tx.insert(subscription).values({ employerId, id, connectionId, externalId, ...sealed, data: {} });
      const lookup = subscriptionLookup(row, externalId);
      await tx.insert(inboundRoute).values({ lookup, employerId, connectionId, vendorId }).onConflictDoNothing();
    }
    if (routing.per !== "connection") await claimAccount(tx, row, { id: accountId, name: accountId }, vendorId);
    return inboundUrl(tx, row);
  });
  const paths = {
    ...{ connection: new URL(url).pathname, app: `/webhooks/${vendorId}` },
    path: `/webhooks/${vendorId}/${accountId}/${routing.per === "path" ? topicOf(sender) : ""}`,
  };
  return { employerId, connectionId, secret, path: paths[routing.per] };
}

const plainly = { secret: "none", now: new Date() };
const accountIn = (sender: Sender, path: string) => textAt(parseJson(text(sender.make(0, plainly).body)), path) ?? "";
const topicOf = (sender: Sender) => sender.make(0, plainly).url.split("?")[0]?.split("/").at(-1) ?? "";
