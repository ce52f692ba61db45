import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { z } from "zod";

const portsSchema = z.record(z.string(), z.number().int().min(1).max(65_535));

/**
 * A port for a named server: the asked one, else the one it had last time on this state folder (bookmarks and the
 * addresses stored in connections stay right), else a free one.
 */
export async function choosePort(stateDir: string, name: string, asked: number): Promise<number> {
  if (asked !== 0) return asked;
  const file = join(stateDir, "ports.json");
  const known = readPorts(file);
  const last = known[name];
  const port = (last === undefined ? undefined : await tryPort(last)) ?? (await tryPort(0));
  if (port === undefined) throw new Error("There is no free port on 127.0.0.1.");
  if (port !== last) writeFileSync(file, JSON.stringify({ ...known, [name]: port }));
  return port;
}

function readPorts(file: string): Record<string, number> {
  try {
    return portsSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return {};
  }
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(undefined));
    probe.listen(port, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(address !== null && typeof address === "object" ? address.port : undefined));
    });
  });
}
