import { and, eq } from "drizzle-orm";
import { type DeliveryOutcome, NOWHERE } from "#app/integrations/kit/deliver.server.ts";
import { verifyStandard } from "#app/integrations/kit/standard-webhooks.server.ts";
import type { Refusal } from "#app/integrations/kit/verify.server.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { inbox, inboxRequest } from "#db/schema/webhook-guests.ts";
import { endpoint } from "#db/schema/webhooks.ts";
import { liveSecrets } from "./endpoint-secrets.server.ts";
import { employerOfInbox } from "./inbox-address.server.ts";
import { forgetRequests } from "./inboxes.server.ts";
import { notifyLive } from "./live.server.ts";
import { spend } from "./throttle.server.ts";

/** A longer body is refused; of what is taken, this much is kept. */
export const INBOX_BODY_BYTES = 256 * 1024;
const KEPT_BYTES = 64 * 1024;
const PER_INBOX = { limit: 120, seconds: 60 };
const HEADERS_AT_MOST = 60;
const HEADER_CHARACTERS = 2_000;

/** What may be a secret of the sender's is not kept. */
const HIDDEN = new Set(["authorization", "cookie", "proxy-authorization", "x-api-key"]);

export interface Arriving {
  method: string;
  /** Path and query as called. */
  path: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
}

export interface InboxAnswer {
  status: number;
  text: string;
  headers: Readonly<Record<string, string>>;
}

const answer = (status: number, text: string, headers: Record<string, string> = {}): InboxAnswer => ({
  ...{ status, text, headers },
});

/**
 * Takes a request at an inbox: keeps it with the verdict on its signature, forgets the oldest, and answers as the inbox
 * was told to. 404 for an address that is none, 429 beyond 120 a minute; neither is kept.
 */
export async function receiveAtInbox(token: string, arriving: Arriving, now = new Date()): Promise<InboxAnswer> {
  const employerId = employerOfInbox(token);
  const found = employerId === null ? null : await find(employerId, token);
  if (employerId === null || !found) return answer(404, "No inbox lives at this address.\n");
  const spent = await spend(`inbox:${found.id}`, PER_INBOX);
  if (!spent.allowed) return answer(429, "At most 120 requests a minute.\n", { "retry-after": String(spent.reset) });
  await withEmployer(employerId, async (tx) => {
    const { verified, verdict } = await judge(tx, employerId, arriving, now);
    await tx.insert(inboxRequest).values({
      ...{ employerId, id: newId(), inboxId: found.id, receivedAt: now, method: arriving.method },
      path: arriving.path.slice(0, HEADER_CHARACTERS),
      headers: shownHeaders(arriving.headers),
      body: asText(arriving.body.subarray(0, KEPT_BYTES)),
      ...{ bytes: arriving.body.length, cut: arriving.body.length > KEPT_BYTES },
      ...{ verified, verdict, answered: found.answerStatus },
    });
    await forgetRequests(tx, employerId, found.id, now);
    await notifyLive(tx, employerId, "delivery", found.id);
  });
  return answer(found.answerStatus, found.answerStatus === 204 ? "" : "Kept.\n");
}

async function find(employerId: string, token: string) {
  const [row] = await withEmployer(employerId, (tx) =>
    tx
      .select({ id: inbox.id, answerStatus: inbox.answerStatus })
      .from(inbox)
      .where(and(eq(inbox.employerId, employerId), eq(inbox.token, token))),
  );
  return row ?? null;
}

/** Postgres takes no NUL in text. */
const asText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).replaceAll("\0", "\u2400");

const shownHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !name.startsWith("x-patchbay-"))
      .slice(0, HEADERS_AT_MOST)
      .map(([name, value]) => [name, HIDDEN.has(name) ? "(hidden)" : value.slice(0, HEADER_CHARACTERS)]),
  );

const reasons: Record<Refusal, string> = {
  "missing-secret": "There is no endpoint yet whose secret could have signed it.",
  "missing-header": "Not signed: webhook-id, webhook-timestamp and webhook-signature must all be there.",
  "bad-timestamp": "webhook-timestamp is not a number of seconds.",
  "too-old": "webhook-timestamp is more than five minutes old.",
  "too-new": "webhook-timestamp is more than five minutes ahead.",
  malformed: "webhook-signature is not written as v1,… in base64.",
  mismatch:
    "No secret of your endpoints made this signature: the body was changed on the way, or another secret signed it.",
  "keys-unavailable": "The signature could not be checked now.",
};

/** Looks for the endpoint of the employer whose live secret signed it. */
async function judge(
  tx: EmployerTx,
  employerId: string,
  { method, path, headers, body }: Arriving,
  now: Date,
): Promise<{ verified: boolean; verdict: string }> {
  const endpoints = await tx
    .select({ id: endpoint.id, url: endpoint.url })
    .from(endpoint)
    .where(eq(endpoint.employerId, employerId));
  const ids = endpoints.map(({ id }) => id);
  const secrets = await liveSecrets(tx, employerId, ids, now);
  const request = { method, url: path, headers: { ...headers }, body };
  let reason: Refusal = "missing-secret";
  for (const { id, url } of endpoints) {
    const verdict = await verifyStandard(request, secrets.get(id)?.standard ?? [], now);
    if (verdict.ok) return { verified: true, verdict: `Signed with the secret of ${new URL(url).host}.` };
    if (verdict.reason !== "missing-secret") reason = verdict.reason;
  }
  return { verified: false, verdict: reasons[reason] };
}

/** A delivery whose endpoint is an inbox of this instance, handed over without a socket; its outcome as of any attempt. */
export async function handOver(
  token: string,
  delivery: { url: string; headers: Readonly<Record<string, string>>; body: string },
): Promise<DeliveryOutcome> {
  const started = performance.now();
  const { url, headers, body } = delivery;
  const given = await receiveAtInbox(token, {
    ...{ method: "POST", path: new URL(url).pathname, headers },
    body: Buffer.from(body, "utf8"),
  });
  const ms = Math.round(performance.now() - started);
  return {
    ...{ answered: true, status: given.status, text: given.text, truncated: false, ms, trace: NOWHERE },
    headers: new Headers({ ...given.headers, "content-type": "text/plain" }),
  };
}
