import { createEgress, type Egress } from "#app/integrations/kit/egress.server.ts";
import { sha256Hex } from "#app/platform/crypto.server.ts";
import { env } from "#app/platform/env.server.ts";
import type { ClientCertificate } from "./client-certificate.server.ts";

/** Certificates whose sockets are kept at a time; one unused for a while makes room for a new one. */
const POOLS_AT_MOST = 100;
/** Longer than any attempt lasts. */
const UNUSED_MS = 60_000;

interface Pool {
  egress: Egress;
  usedAt: number;
}

let pools: { allow: string; byIdentity: Map<string, Pool> } = { allow: "", byIdentity: new Map() };

/**
 * The guarded way to receivers: agents of their own, so that receivers and vendors do not share sockets, and one for each
 * client certificate, because a socket carries the identity it was opened with. Made anew when the exceptions change.
 */
export function deliveryEgress(certificate: ClientCertificate | null): Egress {
  const exceptions = env().PATCHBAY_ALLOW_LOOPBACK_EGRESS;
  const allow = exceptions.join(",");
  if (pools.allow !== allow) pools = { allow, byIdentity: new Map() };
  const { byIdentity } = pools;
  const identity = certificate ? sha256Hex(`${certificate.cert}\n${certificate.key}`) : "";
  const now = performance.now();
  const known = byIdentity.get(identity);
  if (known) {
    known.usedAt = now;
    return known.egress;
  }
  makeRoom(byIdentity, now);
  const egress = createEgress({
    ...{ allow: exceptions, connections: Math.ceil(env().PATCHBAY_WORKER_DELIVERIES / 2) },
    ...(certificate ? { identity: certificate } : {}),
  });
  byIdentity.set(identity, { egress, usedAt: now });
  return egress;
}

function makeRoom(byIdentity: Map<string, Pool>, now: number): void {
  if (byIdentity.size < POOLS_AT_MOST) return;
  for (const [identity, { egress, usedAt }] of byIdentity) {
    if (identity === "" || now - usedAt < UNUSED_MS) continue;
    byIdentity.delete(identity);
    void egress.close();
  }
}
