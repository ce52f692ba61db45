interface Window {
  count: number;
  endsAt: number;
}

/** Keys remembered at once; with more, the oldest windows are forgotten. */
const KEYS = 10_000;
const windows = new Map<string, Window>();

/**
 * Counts one use of `key` in this process; seconds to wait once more than `limit` fell into one window, else null. In
 * memory, because a flood must be turned away before it costs a query.
 */
export function flooded(key: string, limit: number, seconds: number, now: number = Date.now()): number | null {
  const known = windows.get(key);
  const window = known && known.endsAt > now ? known : { count: 0, endsAt: now + seconds * 1000 };
  window.count += 1;
  if (window !== known) {
    windows.delete(key);
    windows.set(key, window);
    for (const oldest of windows.keys()) {
      if (windows.size <= KEYS) break;
      windows.delete(oldest);
    }
  }
  return window.count > limit ? Math.max(1, Math.ceil((window.endsAt - now) / 1000)) : null;
}
