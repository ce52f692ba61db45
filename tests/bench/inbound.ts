import { Agent, request } from "undici";
import { signAs } from "#app/integrations/kit/sign.server.ts";
import { webhook } from "#app/integrations/vendors/greenhouse/webhook.server.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { saveSecrets } from "#app/services/credentials.server.ts";
import { inboundUrl } from "#app/services/inbound-routes.server.ts";
import { loadConnection } from "#app/services/vendor-context.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { makeConnection, makeEmployer } from "#tests/support/connections.ts";
import { atPace, clock } from "./bench.ts";

export const PER_SECOND = 200;
/** One address takes a limited number of requests a minute. */
const CONNECTIONS = 20;
const SECRET = "a secret of the bench";

/** Addresses of connections of one employer, whose secret signs what `webhookRequest` makes. */
export async function greenhouseAddresses(): Promise<string[]> {
  const employerId = await makeEmployer("Bench");
  const addresses: string[] = [];
  for (let index = 0; index < CONNECTIONS; index += 1) {
    const id = await makeConnection(employerId, { vendorId: "greenhouse", label: `Bench ${index}` });
    const row = await loadConnection(employerId, id);
    addresses.push(
      await withEmployer(employerId, async (tx) => {
        await saveSecrets(tx, employerId, id, { webhookSecret: SECRET });
        return inboundUrl(tx, row);
      }),
    );
  }
  return addresses;
}

/** What Greenhouse would send, about 4 KB, and signed as it signs. */
export function webhookRequest(number: number) {
  const job = { id: number, version: newId(), notes: "x".repeat(4_000) };
  const body = JSON.stringify({ action: "job_updated", payload: { job } });
  const signed = signAs(webhook.signature, { secret: SECRET, body: Buffer.from(body), now: new Date() });
  return { body, headers: { "content-type": "application/json", "greenhouse-event-id": newId(), ...signed } };
}

const dispatcher = new Agent({ connections: 64 });

/** Posts one and fails unless it is taken. */
export async function post(to: string, what: ReturnType<typeof webhookRequest>): Promise<void> {
  const answer = await request(to, { method: "POST", dispatcher, ...what });
  await answer.body.dump();
  if (answer.statusCode !== 200) throw new Error(`A webhook was answered ${answer.statusCode}.`);
}

/** Sends at a steady pace whether or not the answers keep up; milliseconds from the planned moment to each answer. */
export async function steadily(to: readonly string[], seconds: number): Promise<number[]> {
  const requests = Array.from({ length: seconds * PER_SECOND }, (_, index) => webhookRequest(index));
  const waits: number[] = [];
  await atPace({ perSecond: PER_SECOND, total: requests.length }, async (turn, planned) => {
    await post(to[turn % to.length] ?? "", requests[turn] ?? webhookRequest(turn));
    waits.push(clock() - planned);
  });
  return waits;
}
