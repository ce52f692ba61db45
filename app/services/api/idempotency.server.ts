import { and, eq, isNull, lt } from "drizzle-orm";
import { z } from "zod";
import { open, seal, sha256Hex } from "#app/platform/crypto.server.ts";
import { problem } from "#app/platform/respond.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { idempotencyKey } from "#db/schema/people.ts";

const DAY_MS = 24 * 3600 * 1000;
/** A first request that has not answered after this long died with its process. */
const ABANDONED_MS = 2 * 60 * 1000;

const sealedSchema = z.object({ keyId: z.string(), nonce: z.base64(), ciphertext: z.base64() });
const storedSchema = z.object({ body: z.string(), type: z.string().nullable() });

/**
 * Runs a changing request at most once per key and employer within a day. The first answer below 500 is kept, encrypted because it
 * may show a secret, and given again with `Idempotency-Replayed: true`. The same key with another request is refused
 * (422), and while the first one runs (409).
 */
export async function once(
  { employerId, key, request }: { employerId: string; key: string; request: string },
  run: () => Promise<Response>,
): Promise<Response> {
  const hash = sha256Hex(request);
  const at = and(eq(idempotencyKey.employerId, employerId), eq(idempotencyKey.key, key));
  const place = { employerId, ownerId: sha256Hex(key), field: "idempotent_answer" };
  const known = await withEmployer(employerId, async (tx) => {
    const old = lt(idempotencyKey.createdAt, new Date(Date.now() - DAY_MS));
    await tx.delete(idempotencyKey).where(and(eq(idempotencyKey.employerId, employerId), old));
    const abandoned = lt(idempotencyKey.createdAt, new Date(Date.now() - ABANDONED_MS));
    await tx.delete(idempotencyKey).where(and(at, isNull(idempotencyKey.status), abandoned));
    const made = await tx
      .insert(idempotencyKey)
      .values({ employerId, key, requestHash: hash })
      .onConflictDoNothing()
      .returning({ key: idempotencyKey.key });
    return made.length > 0 ? null : (await tx.select().from(idempotencyKey).where(at))[0];
  });
  if (known) {
    if (known.requestHash !== hash) {
      return problem(422, "Key used before", "This Idempotency-Key came with another request. Use a new one.");
    }
    if (known.status === null || known.body === null) return stillRunning();
    const { keyId, nonce, ciphertext } = sealedSchema.parse(JSON.parse(known.body));
    const bytes = { keyId, nonce: Buffer.from(nonce, "base64"), ciphertext: Buffer.from(ciphertext, "base64") };
    const stored = storedSchema.parse(JSON.parse(open(bytes, place)));
    const headers = new Headers({ "idempotency-replayed": "true", "cache-control": "no-store" });
    if (stored.type) headers.set("content-type", stored.type);
    return new Response(known.status === 204 ? null : stored.body, { status: known.status, headers });
  }
  if (known === undefined) return stillRunning();
  try {
    const answer = await run();
    if (answer.status >= 500 || answer.status === 429) await forget();
    else {
      const stored = { body: await answer.clone().text(), type: answer.headers.get("content-type") };
      const { keyId, nonce, ciphertext } = seal(JSON.stringify(stored), place);
      const body = JSON.stringify({
        keyId,
        nonce: nonce.toString("base64"),
        ciphertext: ciphertext.toString("base64"),
      });
      await withEmployer(employerId, (tx) => tx.update(idempotencyKey).set({ status: answer.status, body }).where(at));
    }
    return answer;
  } catch (error) {
    await forget();
    throw error;
  }

  function forget() {
    return withEmployer(employerId, (tx) => tx.delete(idempotencyKey).where(at));
  }
}

const stillRunning = () =>
  problem(409, "Still running", "The first request with this Idempotency-Key has not ended yet.", {
    headers: { "retry-after": "1" },
  });
