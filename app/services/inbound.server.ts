import { inArray } from "drizzle-orm";
import { loadAdapter } from "#app/integrations/adapters.server.ts";
import type { AnyAdapter } from "#app/integrations/contract/adapter.ts";
import type { RawRequest, Webhook } from "#app/integrations/contract/capabilities.ts";
import { type HandshakeAnswer, handshakeAnswer } from "#app/integrations/kit/handshake.server.ts";
import { parseJson, textAt } from "#app/integrations/kit/paths.ts";
import { headerOf, provesBody } from "#app/integrations/kit/signed-content.server.ts";
import type { Refusal } from "#app/integrations/kit/verify.server.ts";
import { callerAddress } from "#app/platform/caller.server.ts";
import { env } from "#app/platform/env.server.ts";
import { log } from "#app/platform/log.server.ts";
import { withSystem } from "#db/client.server.ts";
import { inboundRoute } from "#db/schema/connections.ts";
import { INBOUND_BODY_BYTES, readCapped } from "./inbound-body.server.ts";
import { isReadable } from "./inbound-envelope.server.ts";
import { flooded } from "./inbound-flood.server.ts";
import { findOwner, type InboundOwner } from "./inbound-owner.server.ts";
import { BehindError, COME_BACK, pressureGate } from "./inbound-pressure.server.ts";
import { accountLookup, subscriptionLookup, tokenLookup } from "./inbound-routes.server.ts";
import { appSecrets, secretSourceOf, secretsOf, verifyInbound } from "./inbound-secrets.server.ts";
import { keepUnclaimed, quarantine, recordRefusal, storeInbound } from "./inbound-store.server.ts";
import { otherRefusals, refusalWords } from "./inbound-words.ts";
import { subscriptionIds } from "./subscriptions.server.ts";

/** Requests that one address takes from one vendor in a minute, per web process. */
const PER_MINUTE = 30_000;
/** Guesses at addresses that one caller has in a minute. */
const GUESSES = 60;

type Hooked = AnyAdapter & { webhook: Webhook };
type Target = { kind: "connections"; owners: readonly InboundOwner[] } | { kind: "app" };

/** The address that was called: the vendor, and an endpoint's unguessable part, or the vendor's account and a topic. */
export interface InboundAddress {
  vendorId: string;
  token: string | null;
  account?: { id: string; topic: string };
}

/** A request before its body is read. */
export interface Incoming {
  method: string;
  /** Path and query, as called. */
  url: string;
  headers: Record<string, string>;
  caller: string;
  /** The exact bytes, or null when there are more than `most`. */
  body(most: number): Promise<Uint8Array | null>;
}

/**
 * Takes a vendor's request: flood check, body cap, address, signature over the raw bytes, then one transaction with the
 * ids, the sealed bytes and the job, and only then a 2xx. A repeat is answered 2xx and changes nothing. Whoever is
 * refused learns only that: 404 for an unknown address, 401 for anything that does not verify, 413, 429. While Postgres
 * is behind it is 429 at once, and 503 when a request could not be stored in time: the vendor keeps it and sends it again.
 */
export async function receiveIncoming(incoming: Incoming, address: InboundAddress): Promise<Response> {
  try {
    return await receive(incoming, address);
  } catch (error) {
    if (error instanceof BehindError) return plain(429, { "retry-after": String(COME_BACK.behind) });
    log().error({ err: error, vendor: address.vendorId }, "An incoming webhook could not be stored.");
    return plain(503, { "retry-after": String(COME_BACK.unreachable) });
  }
}

/** As `receiveIncoming`, for a request as the routes have it. */
export function receiveWebhook(request: Request, address: InboundAddress): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const incoming: Incoming = {
    ...{ method: request.method, url: pathname + search, headers: Object.fromEntries(request.headers) },
    caller: callerAddress(request),
    body: (most) => readCapped(request, most),
  };
  return receiveIncoming(incoming, address);
}

/** One for the process: what waits for Postgres waits in one place. */
const gate = pressureGate();

async function receive(incoming: Incoming, address: InboundAddress): Promise<Response> {
  const { vendorId, token, account } = address;
  const wait = flooded(`in:${vendorId}:${token ?? account?.id ?? ""}`, PER_MINUTE, 60);
  if (wait !== null) return plain(429, { "retry-after": String(wait) });
  const body = await incoming.body(INBOUND_BODY_BYTES);
  return gate.run(body?.byteLength ?? 0, () => take(incoming, address, body));
}

async function take(incoming: Incoming, address: InboundAddress, body: Uint8Array | null): Promise<Response> {
  const { vendorId, account } = address;
  const adapter = await loadAdapter(vendorId);
  const target = adapter && hooks(adapter) ? await resolve(adapter, address, incoming) : null;
  if (!adapter || !hooks(adapter) || target === null) return unknown(incoming.caller);
  if (body === null) {
    if (target.kind === "connections")
      for (const owner of target.owners) await recordRefusal(owner, otherRefusals.tooBig);
    return plain(413, { connection: "close" });
  }
  const { method, url, headers } = incoming;
  const raw = { method, url, headers, body };
  if (target.kind === "app") return toApp(adapter, raw);
  if (target.owners.length > 0) return toConnections(adapter, target.owners, raw);
  const world = placesOf(adapter)[0]?.environment ?? "production";
  if (account) await keepUnclaimed({ vendorId, environment: world, accountId: account.id }, raw);
  return unknown(incoming.caller);
}

const hooks = (adapter: AnyAdapter): adapter is Hooked => adapter.webhook !== undefined;

/**
 * Where a request belongs: the connection of its token or of the subscription that its header names, the connections of
 * the account in its path (none: nobody has connected it), or the app whose account is read after verification.
 */
async function resolve(
  adapter: Hooked,
  { token, account }: InboundAddress,
  incoming: Pick<Incoming, "headers">,
): Promise<Target | null> {
  const { routing, signature } = adapter.webhook;
  if (account) {
    if (routing.per !== "path" || !routing.topics.includes(account.topic)) return null;
    const places = placesOf(adapter).map((place) => accountLookup(place.vendorId, place.environment, account.id));
    const owners = await Promise.all(places.map((lookup) => findOwner([lookup], signature)));
    return { kind: "connections", owners: owners.filter((owner) => owner !== null) };
  }
  if (token === null && routing.per === "app") return { kind: "app" };
  const named = routing.per === "connection" ? headerOf(incoming, routing.subscriptionHeader ?? "x-none") : undefined;
  if (token === null && named === undefined) return null;
  const lookups =
    token === null ? placesOf(adapter).map((place) => subscriptionLookup(place, named ?? "")) : [tokenLookup(token)];
  const owner = await findOwner(lookups, signature);
  return owner?.vendorId === adapter.manifest.id ? { kind: "connections", owners: [owner] } : null;
}

function unknown(caller: string): Response {
  const wait = flooded(`guess:${caller}`, GUESSES, 60);
  return wait === null ? plain(404) : plain(429, { "retry-after": String(wait) });
}

/** The connection whose secret fits takes the request; when none does, each of them shows that it was turned away. */
async function toConnections(adapter: Hooked, owners: readonly InboundOwner[], raw: RawRequest): Promise<Response> {
  const { webhook } = adapter;
  const refused: { owner: InboundOwner; reason: Refusal }[] = [];
  for (const owner of owners) {
    const secrets = await secretsOf(webhook.signature, owner);
    const early = greet(webhook, raw, secrets, false);
    if (early) return early;
    const verdict = await verifyInbound(adapter, webhook.signature, owner.environment, {
      ...{ request: raw, secrets },
      now: new Date(),
    });
    if (verdict.ok) return accept(webhook, owner, raw, secrets);
    refused.push({ owner, reason: verdict.reason });
  }
  for (const { owner, reason } of refused) await recordRefusal(owner, refusalWords[reason]);
  return plain(401);
}

async function accept(
  webhook: Webhook,
  owner: InboundOwner,
  raw: RawRequest,
  secrets: readonly string[],
): Promise<Response> {
  if (!(await fromLiveSubscription(webhook, owner, raw))) {
    await recordRefusal(owner, otherRefusals.unknownSubscription);
    return plain(401);
  }
  const late = greet(webhook, raw, secrets, true);
  if (late) return late;
  if (raw.method !== "POST") return plain(405, { allow: "POST" });
  if (!provesBody(webhook.signature) && !isReadable(webhook, raw)) {
    await recordRefusal(owner, otherRefusals.unreadable);
    return plain(401);
  }
  if ((await storeInbound(owner, webhook, raw)) === null) await recordRefusal(owner, otherRefusals.repeated);
  return plain(200);
}

/** Whether the header that names the subscription, where the vendor sends one, names one that this connection has. */
async function fromLiveSubscription(webhook: Webhook, owner: InboundOwner, raw: RawRequest): Promise<boolean> {
  const { routing } = webhook;
  if (routing.per !== "connection" || routing.subscriptionHeader === undefined) return true;
  const named = headerOf(raw, routing.subscriptionHeader);
  return named !== undefined && (await subscriptionIds(owner.employerId, owner.id)).includes(named);
}

/** Every world in which a vendor's subscriptions may live. */
const placesOf = ({ manifest }: Hooked) =>
  [...manifest.environments.map((one) => one.id), "sandbox"].map((environment) => ({
    vendorId: manifest.id,
    environment,
  }));

/** One address for all accounts: the signature says from which world it came, the verified body says whose it is. */
async function toApp(adapter: Hooked, raw: RawRequest): Promise<Response> {
  const { webhook } = adapter;
  const source = secretSourceOf(webhook.signature);
  const setting = source?.of === "app" ? source.setting : null;
  for (const world of worlds()) {
    const secrets = setting === null ? [] : await appSecrets(setting, adapter.manifest.id, world);
    const early = greet(webhook, raw, secrets, false);
    if (early) return early;
    const check = { request: raw, secrets, now: new Date() };
    const verdict = await verifyInbound(adapter, webhook.signature, world, check);
    if (verdict.ok) return greet(webhook, raw, secrets, true) ?? toAccount(adapter, raw, world);
  }
  log().warn({ vendor: adapter.manifest.id }, "A webhook for this instance's app was refused: no signature fits.");
  return plain(401);
}

/** The simulated vendors' secrets are printed in the open: without the sandbox they count for nothing. */
const worlds = () => (env().PATCHBAY_SANDBOX === "on" ? ["production", "sandbox"] : ["production"]);

/** Stands in the quarantine for the account of a request that verifies and names none. */
const NO_ACCOUNT = "(none)";

async function toAccount(adapter: Hooked, raw: RawRequest, world: string): Promise<Response> {
  if (raw.method !== "POST") return plain(405, { allow: "POST" });
  const { routing } = adapter.webhook;
  const path = routing.per === "app" ? routing.accountPath : "";
  const accountId = textAt(parseJson(new TextDecoder().decode(raw.body)), path) ?? NO_ACCOUNT;
  const vendorId = adapter.manifest.id;
  const places = world === "sandbox" ? ["sandbox"] : adapter.manifest.environments.map((one) => one.id);
  const lookups = places.map((environment) => accountLookup(vendorId, environment, accountId));
  const [route] = await withSystem((tx) => tx.select().from(inboundRoute).where(inArray(inboundRoute.lookup, lookups)));
  if (route) {
    const owner = { employerId: route.employerId, id: route.connectionId, vendorId };
    await storeInbound(owner, adapter.webhook, raw);
  } else {
    await quarantine({ vendorId, environment: places[0] ?? world, accountId: accountId.slice(0, 200) }, raw);
  }
  return plain(200);
}

/** The answer to a vendor's proof-of-address request at this point of the order, or null. */
function greet(webhook: Webhook, raw: RawRequest, secrets: readonly string[], verified: boolean): Response | null {
  if (!webhook.handshake || webhook.handshake.verified !== verified) return null;
  const answer: HandshakeAnswer | null = handshakeAnswer(webhook.handshake, raw, secrets);
  return answer && new Response(answer.body, { status: answer.status, headers: answer.headers });
}

const plain = (status: number, headers: Record<string, string> = {}): Response =>
  new Response(null, { status, headers: { "cache-control": "no-store", ...headers } });
