import { isIP } from "node:net";
import { Refusal } from "./framework.ts";

const isLoopback = (hostname: string): boolean => {
  const bare = hostname.replace(/^\[|\]$/g, "");
  if (bare === "localhost" || bare === "::1") return true;
  return isIP(bare) === 4 && bare.startsWith("127.");
};

/**
 * Fetch for everything that the sandbox sends by itself: feed crawls, webhooks, push messages. It reaches this machine
 * and the portal, nothing else; redirects are not followed, so that no answer can lead elsewhere.
 */
export const loopbackFetch =
  (portalOrigin: string | null, signal: AbortSignal) =>
  async (url: string, init: RequestInit = {}): Promise<Response> => {
    const target = new URL(url);
    const allowed =
      isLoopback(target.hostname) || (portalOrigin !== null && target.origin === new URL(portalOrigin).origin);
    if (!/^https?:$/.test(target.protocol) || !allowed)
      throw new Refusal(`The sandbox speaks to this machine only, not to ${target.host}`);
    return fetch(target, {
      redirect: "manual",
      ...init,
      signal: AbortSignal.any([signal, AbortSignal.timeout(15_000), ...(init.signal ? [init.signal] : [])]),
    });
  };
