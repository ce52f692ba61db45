import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";

const fileSchema = z.object({ vendors: z.record(z.string(), z.unknown()), mail: z.unknown(), receivers: z.unknown() });
export type Stored = z.infer<typeof fileSchema>;

/** Reads the kept state; null when there is none or it cannot be read, in which case the sandbox starts afresh. */
export const readStore = (file: string): Stored | null => {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return null;
  }
};

const SETTLE_MS = 500;

/** Writes the state a moment after the last change, by a new file and a rename: a crash leaves the old or the new one. */
export const createStore = (file: string | null, snapshot: () => Stored) => {
  let timer: NodeJS.Timeout | null = null;
  const write = () => {
    if (timer) clearTimeout(timer);
    timer = null;
    if (file === null) return;
    mkdirSync(dirname(file), { recursive: true });
    const fresh = `${file}.${process.pid}.new`;
    writeFileSync(fresh, JSON.stringify(snapshot()), { mode: 0o600 });
    renameSync(fresh, file);
  };
  return {
    changed() {
      if (file !== null && timer === null) timer = setTimeout(write, SETTLE_MS).unref();
    },
    flush: write,
  };
};
