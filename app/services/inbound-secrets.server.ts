import type { AnyAdapter } from "#app/integrations/contract/adapter.ts";
import type { RawRequest } from "#app/integrations/contract/capabilities.ts";
import type { SecretSource, Signature } from "#app/integrations/contract/signature.ts";
import { type Verdict, verifySignature } from "#app/integrations/kit/verify.server.ts";
import type { InboundOwner } from "./inbound-owner.server.ts";
import { subscriptionSecrets } from "./subscriptions.server.ts";
import { publicOrigin, vendorSetting } from "./vendor-apps.server.ts";
import { wireOf } from "./vendor-wire.server.ts";

export const secretSourceOf = (signature: Signature): SecretSource | null =>
  "secret" in signature ? signature.secret : null;

/** Every secret with which this connection's vendor may sign now. Empty means that nothing can be accepted. */
export async function secretsOf(signature: Signature, owner: InboundOwner): Promise<readonly string[]> {
  const source = secretSourceOf(signature);
  if (source === null) return [];
  if (source.of === "app") return appSecrets(source.setting, owner.vendorId, owner.environment);
  if (source.of === "subscription") return subscriptionSecrets(owner.employerId, owner.id);
  return owner.secret === null ? [] : [owner.secret];
}

/** The signing secret of this instance's app at a vendor, in one world. */
export async function appSecrets(setting: string, vendorId: string, environment: string): Promise<readonly string[]> {
  const secret = await vendorSetting(vendorId, environment, setting);
  return secret === null ? [] : [secret];
}

/** Checks the raw bytes against the vendor's declared signature. The vendor may sign the address as it calls it. */
export function verifyInbound(
  adapter: Pick<AnyAdapter, "manifest">,
  signature: Signature,
  environment: string,
  check: { request: RawRequest; secrets: readonly string[]; now: Date },
): Promise<Verdict> {
  const called = signature.scheme === "hmac" && signature.signed.includes("{url}");
  return verifySignature(signature, {
    ...check,
    ...(called ? { url: publicOrigin() + check.request.url } : {}),
    ...(signature.scheme === "jwt" ? { egress: wireOf(adapter.manifest, environment).egress } : {}),
  });
}
