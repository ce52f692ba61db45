import type { Manifest, RateBucket } from "../contract/manifest.ts";

/** Whose budget a call spends. `key` is the connection id, or the vendor id where one budget serves the instance. */
export interface PaceAsk {
  vendorId: string;
  key: string;
  /** The endpoint class with a budget of its own; null for the common one. */
  class: string | null;
  buckets: readonly RateBucket[];
}

/** What an answer said about the budget. */
export interface PaceNews {
  remaining?: number;
  resetAt?: Date;
  /** The vendor refused; nothing more before this time. */
  blockedUntil?: Date;
}

/** The budget shared by all workers, taken before the call. The service keeps it in Postgres. */
export interface Pacer {
  take(ask: PaceAsk): Promise<{ ok: true } | { ok: false; retryAfter: Date }>;
  learn?(ask: PaceAsk, news: PaceNews): Promise<void>;
}

/** The budgets that a call of this method and path spends under a manifest's policy: one, or the common one besides. */
export function paceAsks(manifest: Manifest, connectionId: string, method: string, path: string): readonly PaceAsk[] {
  const policy = manifest.rateLimit;
  const own = policy.classes?.find((one) => new RegExp(one.match).test(`${method} ${path}`));
  const whose = { vendorId: manifest.id, key: policy.per === "app" ? manifest.id : connectionId };
  const common = { ...whose, class: null, buckets: policy.buckets };
  if (!own) return [common];
  const special = { ...whose, class: own.name, buckets: own.buckets };
  return own.besides ? [common, special] : [special];
}

/** A sliding-window budget in memory, exact at any moment, for tests and the command line. */
export function createMemoryPacer(now: () => Date = () => new Date()): Pacer {
  const taken = new Map<string, number[]>();
  const blocked = new Map<string, number>();
  const nameOf = (ask: PaceAsk) => `${ask.vendorId}\n${ask.key}\n${ask.class ?? ""}`;
  return {
    async take(ask) {
      const name = nameOf(ask);
      const at = now().getTime();
      const longest = Math.max(0, ...ask.buckets.map((bucket) => bucket.seconds)) * 1000;
      const calls = (taken.get(name) ?? []).filter((call) => call > at - longest);
      let free = blocked.get(name) ?? 0;
      for (const bucket of ask.buckets) {
        const inWindow = calls.filter((call) => call > at - bucket.seconds * 1000);
        const oldestThatCounts = inWindow[inWindow.length - bucket.limit];
        if (oldestThatCounts !== undefined) free = Math.max(free, oldestThatCounts + bucket.seconds * 1000);
      }
      taken.set(name, calls);
      if (free > at) return { ok: false, retryAfter: new Date(free) };
      calls.push(at);
      return { ok: true };
    },
    async learn(ask, news) {
      const until = news.blockedUntil ?? (news.remaining === 0 ? news.resetAt : undefined);
      if (until) blocked.set(nameOf(ask), until.getTime());
    },
  };
}
