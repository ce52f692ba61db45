import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Bench, keeping, memoryOf, readProc, round } from "../bench.ts";
import { familyOf, startProcess } from "../children.ts";
import { until } from "../outbound.ts";
import { answers } from "../web.ts";

const SECONDS = 10;
const IDLE_MB = 450;
/** Unused connections close within a minute; after that nothing changes any more. */
const SETTLE_MS = 75_000;

/**
 * The start command on an empty folder: seconds until the sign-in page answers, then, when all has been quiet for a
 * while, the memory of web, worker and Postgres. RSS counts shared pages once per process, PSS once.
 */
export const freshStart: Bench = () =>
  keeping(async (keep) => {
    const state = mkdtempSync(join(tmpdir(), "patchbay-bench-"));
    // As root, Postgres runs as another user: closed to them, the folder would not hold the data, and not be all we leave.
    chmodSync(state, 0o755);
    await keep(Promise.resolve({ stop: async () => rmSync(state, { recursive: true, force: true }) }));
    const port = 20_000 + (process.pid % 20_000);
    const began = performance.now();
    const starting = startProcess("start", {
      PATCHBAY_STATE: join(state, "state"),
      PORT: String(port),
      DATABASE_URL: "",
      DATABASE_OWNER_URL: "",
      PATCHBAY_SANDBOX: "",
      PATCHBAY_URL: "",
    });
    const instance = await keep(Promise.resolve(starting));
    await until("the sign-in page", () => answers(`http://127.0.0.1:${port}/login`), 120_000);
    const seconds = round((performance.now() - began) / 1000);
    await sleep(SETTLE_MS);
    const parts = memoryByPart(instance.pid);
    const sum = (names: readonly string[], kind: "rss" | "pss") =>
      round(names.reduce((total, name) => total + (parts.get(name)?.[kind] ?? 0), 0));
    const counted = ["web", "worker", "postgres"];
    const rss = sum(counted, "rss");
    return [
      {
        name: "fresh-start",
        holds: seconds <= SECONDS,
        ours: seconds,
        unit: "s to the sign-in page",
        target: `≤ ${SECONDS} s`,
      },
      {
        name: "fresh-start memory",
        holds: rss > 0 && rss <= IDLE_MB,
        ours: rss,
        unit: "MB RSS, web + worker + Postgres, idle",
        target: `≤ ${IDLE_MB} MB`,
        figures: {
          PSS: sum(counted, "pss"),
          ...Object.fromEntries([...parts].map(([name, { rss: own }]) => [`${name} RSS`, round(own)])),
        },
      },
    ];
  });

function memoryByPart(pid: number): Map<string, { rss: number; pss: number }> {
  const parts = new Map<string, { rss: number; pss: number }>();
  for (const member of familyOf(pid)) {
    const command = (readProc(member, "cmdline") ?? "").replaceAll("\0", " ");
    const script = /processes\/([\w-]+)\.js(?!.*processes\/)/.exec(command)?.[1];
    const name = script ?? (command.includes("postgres") ? "postgres" : "other");
    const { rss, pss } = memoryOf(member) ?? { rss: 0, pss: 0 };
    const known = parts.get(name) ?? { rss: 0, pss: 0 };
    parts.set(name, { rss: known.rss + rss, pss: known.pss + pss });
  }
  return parts;
}
