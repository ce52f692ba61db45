import { setTimeout as sleep } from "node:timers/promises";
import { type Bench, keeping, median, memoryOf, round } from "../bench.ts";
import { bigEmployer } from "../big-employer.ts";
import { timedGet } from "../http.ts";
import { startWebProcess } from "../web.ts";
import { startWorld } from "../world.ts";

const FLAT_MB = 60;
const UNCHANGED_MS = 5;

/** A feed of 50,000 jobs read by a crawler, three times over: the web process's memory; then asked for unchanged. */
export const feed: Bench = () =>
  keeping(async (keep) => {
    const items = 50_000;
    const world = await keep(startWorld());
    const { member, feedConnectionId } = await bigEmployer(world, { jobs: items, activity: 1_000, feedItems: items });
    const web = await keep(startWebProcess(world));
    const url = `${web.url}/feeds/${member.slug}/${feedConnectionId}.xml`;
    const first = await timedGet(url, { "if-none-match": '"0"', range: "bytes=0-0" });
    const etag = String(first.headers.etag ?? "");
    // The first reading warms the code up; what later ones add is the feed's.
    const before = memoryOf(web.pid)?.rss ?? Number.NaN;
    let highest = before;
    let reading = true;
    const watching = (async () => {
      while (reading) {
        highest = Math.max(highest, memoryOf(web.pid)?.rss ?? 0);
        await sleep(50);
      }
    })();
    const seconds: number[] = [];
    for (let turn = 0; turn < 3; turn += 1) seconds.push((await timedGet(url)).whole / 1000);
    reading = false;
    await watching;
    const unchanged = [];
    for (let turn = 0; turn < 100; turn += 1) unchanged.push(await timedGet(url, { "if-none-match": etag }));
    const waits = unchanged.map((answer) => answer.whole);
    const growth = round(highest - before);
    const p50 = round(median(waits));
    const megabytes = round(first.bytes / 1024 ** 2);
    return [
      {
        name: "feed memory",
        holds: first.status === 200 && growth < FLAT_MB,
        ours: growth,
        unit: "MB more in the web process while read",
        target: `< ${FLAT_MB} MB`,
        figures: { items, "feed MB": megabytes, seconds: round(median(seconds)), "MB before": round(before) },
      },
      {
        name: "feed unchanged",
        holds: unchanged.every((answer) => answer.status === 304) && p50 <= UNCHANGED_MS,
        ours: p50,
        unit: "ms to a 304, p50",
        target: `≤ ${UNCHANGED_MS} ms`,
        figures: { status: unchanged[0]?.status ?? 0 },
      },
    ];
  });
