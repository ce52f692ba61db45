import { EgressError } from "#app/integrations/kit/egress.server.ts";
import { allow } from "#app/platform/permissions.ts";
import type { Actor } from "./actor.ts";
import { deliveryEgress } from "./delivery-egress.server.ts";
import { refuseEndpointUrl } from "./endpoint-url.server.ts";
import { inboxTokenOf } from "./inbox-address.server.ts";
import { throttle } from "./throttle.server.ts";

export interface UrlCheck {
  url: string;
  good: boolean;
  /** What was found, in a sentence for the person. */
  sentence: string;
}

const CHECK_MS = 5_000;
const PER_EMPLOYER = { limit: 30, seconds: 60 };

/**
 * Looks whether an address can be an endpoint: by the rules first, then by one HEAD request through the guard of all
 * deliveries, 5 s at most, no redirect followed. An answer below 300, or one that refuses HEAD, is good. Kinds: forbidden, rate-limited.
 */
export async function checkEndpointUrl(actor: Actor, text: string): Promise<UrlCheck> {
  allow(actor, "webhooks:manage");
  const url = text.trim();
  const refused = url === "" ? "Type an address first." : refuseEndpointUrl(url);
  if (refused !== null) return { url, good: false, sentence: refused };
  if (inboxTokenOf(url) !== null)
    return { url, good: true, sentence: "It is an address of Patchbay's own; deliveries are handed over inside." };
  await throttle(`url-check:${actor.employerId}`, PER_EMPLOYER);
  const started = performance.now();
  try {
    const { status } = await deliveryEgress(null).request(url, {
      ...{ method: "HEAD", timeoutMs: CHECK_MS, maxBytes: 1024, overflow: "truncate" },
      headers: { "user-agent": "Patchbay-Webhooks/1" },
    });
    const ms = Math.round(performance.now() - started);
    return { url, good: status < 300 || (status >= 400 && status < 500), sentence: sentenceOf(status, ms) };
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
    return { url, good: false, sentence: `${error.message} You can save it all the same.` };
  }
}

function sentenceOf(status: number, ms: number): string {
  const answered = `It answered ${status} in ${ms.toLocaleString("en")} ms.`;
  if (status >= 300 && status < 400)
    return `${answered} It sends callers elsewhere, and we never follow: give the last address.`;
  if (status >= 500) return `${answered} It is there, but broken at the moment.`;
  return `${answered} Deliveries are POST requests: send a test event to see one taken.`;
}
