export type LogEntry = {
  at: string;
  account: string | null;
  method: string;
  host: string;
  path: string;
  status: number | string;
  fault: string | null;
  ms: number;
};

const LOG_SIZE = 100;
const STAMPS = 50_000;

/** The most events in any window of the given length; the times ascend. */
export const peakWithin = (times: readonly number[], windowMs: number): number => {
  let peak = 0;
  let first = 0;
  for (const [index, at] of times.entries()) {
    while ((times[first] ?? at) <= at - windowMs) first++;
    peak = Math.max(peak, index - first + 1);
  }
  return peak;
};

/** Counts what reached one vendor: per account, at most so many in a window, and how many at once. */
export const createMeter = () => {
  let stamps: { at: number; account: string; method: string; path: string }[] = [];
  const running = new Map<string, number>();
  let concurrency = new Map<string, number>();
  let log: LogEntry[] = [];
  return {
    begin(account: string | null, method: string, path: string): () => void {
      const who = account ?? "nobody";
      stamps.push({ at: performance.now(), account: who, method, path });
      if (stamps.length > STAMPS) stamps = stamps.slice(-STAMPS / 2);
      const now = (running.get(who) ?? 0) + 1;
      running.set(who, now);
      concurrency.set(who, Math.max(concurrency.get(who) ?? 0, now));
      return () => running.set(who, (running.get(who) ?? 1) - 1);
    },
    record(entry: LogEntry): void {
      log.push(entry);
      if (log.length > LOG_SIZE) log = log.slice(-LOG_SIZE);
    },
    log: (): readonly LogEntry[] => log,
    /** `peak` is the most requests of one account within `seconds`, `concurrency` the most at once. */
    read(seconds: number, match?: RegExp) {
      const chosen = match ? stamps.filter((stamp) => match.test(`${stamp.method} ${stamp.path}`)) : stamps;
      const accounts: Record<string, { total: number; peak: number; concurrency: number }> = {};
      for (const name of new Set(chosen.map((stamp) => stamp.account))) {
        const times = chosen.filter((stamp) => stamp.account === name).map((stamp) => stamp.at);
        accounts[name] = {
          total: times.length,
          peak: peakWithin(times, seconds * 1000),
          concurrency: concurrency.get(name) ?? 0,
        };
      }
      return { total: chosen.length, seconds, accounts };
    },
    clear(): void {
      stamps = [];
      log = [];
      concurrency = new Map();
    },
  };
};
