import { IntegrationError } from "#app/integrations/contract/errors.ts";
import type { Environment, Manifest } from "#app/integrations/contract/manifest.ts";
import { createEgress, type Egress, installGlobalDispatcher } from "#app/integrations/kit/egress.server.ts";
import type { Rewrite } from "#app/integrations/kit/urls.server.ts";
import { env } from "#app/platform/env.server.ts";

/** How calls of one connection leave the house. */
export interface Wire {
  egress: Egress;
  environment: Environment | undefined;
  rewrite: Rewrite | undefined;
}

/** One guarded agent per list of exceptions, kept for the life of the process. */
const agents = new Map<string, Egress>();

function agentFor(allow: readonly string[]): Egress {
  const key = [...allow].sort().join(",");
  const agent = agents.get(key) ?? createEgress({ allow });
  agents.set(key, agent);
  return agent;
}

/** Guards the whole process, so that no library goes round the egress. What vendors and deliveries may reach, it may too. */
export function guardProcess(): void {
  const { PATCHBAY_SANDBOX_URL, PATCHBAY_ALLOW_LOOPBACK_EGRESS } = env();
  const sandbox = PATCHBAY_SANDBOX_URL === undefined ? [] : [new URL(PATCHBAY_SANDBOX_URL).host];
  installGlobalDispatcher(agentFor([...PATCHBAY_ALLOW_LOOPBACK_EGRESS, ...sandbox]));
}

/**
 * Real environments go to public addresses only. The sandbox is a rewrite to its own origin, and that origin is then the
 * one private address that can be reached. Kind config when the sandbox is asked for and switched off.
 */
export function wireOf(manifest: Pick<Manifest, "environments">, environment: string): Wire {
  const { PATCHBAY_SANDBOX, PATCHBAY_SANDBOX_URL, PATCHBAY_ALLOW_LOOPBACK_EGRESS } = env();
  if (environment !== "sandbox") {
    const known = manifest.environments.find((one) => one.id === environment);
    return { egress: agentFor(PATCHBAY_ALLOW_LOOPBACK_EGRESS), environment: known, rewrite: undefined };
  }
  if (PATCHBAY_SANDBOX === "off" || PATCHBAY_SANDBOX_URL === undefined)
    throw new IntegrationError("config", "The simulated vendors are switched off on this instance.");
  const url = new URL(PATCHBAY_SANDBOX_URL);
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return {
    egress: agentFor([`${url.hostname.replace(/^\[|\]$/g, "")}:${port}`]),
    environment: undefined,
    rewrite: { kind: "sandbox", origin: url.origin },
  };
}

/** The address of a path at the simulated vendors; null where there are none. */
function sandboxAddress(path: string): string | null {
  const { PATCHBAY_SANDBOX, PATCHBAY_SANDBOX_URL } = env();
  if (PATCHBAY_SANDBOX === "off" || PATCHBAY_SANDBOX_URL === undefined) return null;
  return new URL(path, PATCHBAY_SANDBOX_URL).href;
}

/** Where people see what the simulated vendor holds, what to paste from it, and how to break it; null for real environments. */
export const sandboxPage = (vendorId: string, environment: string): string | null =>
  environment === "sandbox" ? sandboxAddress(`/_control/${vendorId}`) : null;

/** A receiver for the webhooks of an employer that has no system of its own at hand; null where there is no sandbox. */
export const sandboxReceiver = (name: string): string | null =>
  sandboxAddress(`/_receiver/${encodeURIComponent(name)}`);
