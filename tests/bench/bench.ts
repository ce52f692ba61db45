import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** One line of the table: what was measured, against what, and whether it is good enough. */
export interface Row {
  name: string;
  holds: boolean;
  /** Of ours to the baseline, the median of the pairs; absent where a row has nothing to be compared with. */
  ratio?: number;
  ours: number;
  baseline?: number;
  unit: string;
  target: string;
  /** What explains the figure, by name. */
  figures?: Readonly<Record<string, number | string>>;
}

export interface BenchOptions {
  /** The full sizes; the default ones are smaller and take a few minutes together. */
  long: boolean;
}

/** Measures and answers one row or several. It starts what it needs and ends it. */
export type Bench = (options: BenchOptions) => Promise<Row[]>;

/** The machine a table was measured on. `load` is the average of the last minute: above the cores, times say little. */
export function machine(postgres: string) {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    node: process.version.slice(1),
    postgres,
    load: round(loadavg()[0] ?? 0),
  };
}

export type Machine = ReturnType<typeof machine>;

/** Two significant places behind the point at most. */
export const round = (value: number): number => Math.round(value * 100) / 100;

export const median = (values: readonly number[]): number => percentile(values, 50);

/** The smallest value that `share` per cent of the values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((share / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/**
 * Runs the sides in turn (A B A B …, or A B C A B C … with others), so that what else the machine does falls on all, and
 * keeps what belongs together under the same number.
 */
export async function inTurn<Side>(
  turns: number,
  ours: () => Promise<Side>,
  baseline: () => Promise<Side>,
  ...others: (() => Promise<Side>)[]
): Promise<{ ours: Side[]; baseline: Side[]; others: Side[][] }> {
  const rest: Side[][] = others.map(() => []);
  const sides: { ours: Side[]; baseline: Side[]; others: Side[][] } = { ours: [], baseline: [], others: rest };
  for (let turn = 0; turn < turns; turn += 1) {
    sides.ours.push(await ours());
    sides.baseline.push(await baseline());
    for (const [index, other] of others.entries()) rest[index]?.push(await other());
  }
  return sides;
}

/** Starts `total` things at a steady pace, whether or not the earlier ones have ended, and waits for all of them. */
export async function atPace(
  { perSecond, total }: { perSecond: number; total: number },
  one: (turn: number, planned: number) => Promise<unknown>,
): Promise<void> {
  const running: Promise<unknown>[] = [];
  const began = clock();
  for (let turn = 0; turn < total; turn += 1) {
    const planned = began + (turn * 1000) / perSecond;
    await sleep(Math.max(0, planned - clock()));
    const started = one(turn, planned);
    // Thrown at the end; until then nobody waits for it.
    started.catch(() => {});
    running.push(started);
  }
  await Promise.all(running);
}

/** What is started during a measurement and has to be ended. */
export interface Stoppable {
  stop(): Promise<void>;
}

/** Runs `work` and then stops, from the last to the first, whatever it gave to `keep`, also when it throws. */
export async function keeping<T>(
  work: (keep: <One extends Stoppable>(starting: Promise<One>) => Promise<One>) => Promise<T>,
): Promise<T> {
  const kept: Stoppable[] = [];
  try {
    return await work(async (starting) => {
      const one = await starting;
      kept.push(one);
      return one;
    });
  } finally {
    for (const one of kept.reverse()) await one.stop();
  }
}

/** Median of ours[i] / baseline[i]. */
export const ratioOf = (ours: readonly number[], baseline: readonly number[]): number =>
  median(ours.map((value, index) => value / (baseline[index] ?? Number.NaN)));

/** Milliseconds on the clock that all processes of this machine share. */
export const clock = (): number => performance.timeOrigin + performance.now();

/** Resident and proportional memory of a process in MB; undefined where there is no /proc. */
export function memoryOf(pid: number): { rss: number; pss: number } | undefined {
  const text = readProc(pid, "smaps_rollup");
  const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text ?? "")?.[1] ?? 0) / 1024;
  return text === undefined ? undefined : { rss: of("Rss"), pss: of("Pss") };
}

/** The most resident memory that a process has had so far, in MB; NaN where there is no /proc. */
export const peakMemoryOf = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readProc(pid, "status") ?? "")?.[1] ?? Number.NaN) / 1024;

/** CPU seconds that these processes and their ended children have used; 0 where there is no /proc. */
export function cpuSeconds(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const fields = statOf(pid);
    return [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0);
  });
  return ticks.reduce((sum, value) => sum + value, 0) / 100;
}

/** The parent of a process, or undefined when it is gone. */
export const parentOf = (pid: number): number | undefined => {
  const parent = statOf(pid)[1];
  return parent === undefined ? undefined : Number(parent);
};

/** The fields of /proc/<pid>/stat after the command, whose name may hold spaces. */
const statOf = (pid: number): string[] => {
  const text = readProc(pid, "stat");
  return text === undefined ? [] : text.slice(text.lastIndexOf(")") + 2).split(" ");
};

export function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}
