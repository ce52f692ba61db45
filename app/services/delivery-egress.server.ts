import { createEgress, type Egress, type EgressOptions } from "#app/integrations/kit/egress.server.ts";
import { sha256Hex } from "#app/platform/crypto.server.ts";
import { env } from "#app/platform/env.server.ts";
import type { ClientCertificate } from "./client-certificate.server.ts";

/** Certificates whose sockets are kept at a time; one unused for a while makes room for a new one. */
const POOLS_AT_MOST = 100;
/** Longer than any attempt lasts. */
const UNUSED_MS = 60_000;
/** A socket is kept this long with nothing to send. */
const IDLE_MS = 20_000;
/** No request begins on a socket of an older agent, and every attempt ends within 15 s: no socket lives for five minutes. */
const AGENT_MS = 280_000;

interface Pool {
  egress: Egress;
  bornAt: number;
  usedAt: number;
}

/**
 * The guarded ways to receivers: agents of their own, so that receivers and vendors do not share sockets, and one for
 * each client certificate, because a socket carries the identity it was opened with. An agent is replaced before its
 * sockets are five minutes old, so that a name which moved is looked up again, and when the exceptions change. `clock`
 * counts milliseconds.
 */
export function createDeliveryEgress(options: EgressOptions = {}, clock: () => number = () => performance.now()) {
  let pools: { allow: string; byIdentity: Map<string, Pool> } = { allow: "", byIdentity: new Map() };

  return (certificate: ClientCertificate | null): Egress => {
    const exceptions = env().PATCHBAY_ALLOW_LOOPBACK_EGRESS;
    const allow = exceptions.join(",");
    if (pools.allow !== allow) {
      for (const { egress } of pools.byIdentity.values()) void egress.retire();
      pools = { allow, byIdentity: new Map() };
    }
    const { byIdentity } = pools;
    const identity = certificate ? sha256Hex(`${certificate.cert}\n${certificate.key}`) : "";
    const now = clock();
    retireOld(byIdentity, now);
    const known = byIdentity.get(identity);
    if (known) {
      known.usedAt = now;
      return known.egress;
    }
    makeRoom(byIdentity, now);
    const egress = createEgress({
      ...{ allow: exceptions, connections: Math.ceil(env().PATCHBAY_WORKER_DELIVERIES / 2), idleMs: IDLE_MS },
      ...(certificate ? { identity: certificate } : {}),
      ...options,
    });
    byIdentity.set(identity, { egress, bornAt: now, usedAt: now });
    return egress;
  };
}

/** The one of this process. */
export const deliveryEgress = createDeliveryEgress();

function retireOld(byIdentity: Map<string, Pool>, now: number): void {
  for (const [identity, { egress, bornAt }] of byIdentity) {
    if (now - bornAt < AGENT_MS) continue;
    byIdentity.delete(identity);
    void egress.retire();
  }
}

function makeRoom(byIdentity: Map<string, Pool>, now: number): void {
  if (byIdentity.size < POOLS_AT_MOST) return;
  for (const [identity, { egress, usedAt }] of byIdentity) {
    if (identity === "" || now - usedAt < UNUSED_MS) continue;
    byIdentity.delete(identity);
    void egress.close();
  }
}
