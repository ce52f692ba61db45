import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { build, type Plugin } from "vite";
import { inProject, projectRoot } from "#app/platform/paths.server.ts";
import { explain } from "./process.server.ts";
import { processSources } from "./processes.server.ts";

/** `npm run build`: pages by Remix, then each process as one bundle with everything it imports. */
try {
  rmSync(inProject("build"), { recursive: true, force: true });
  const pages = spawnSync("remix", ["vite:build", "--config", "remix.config.js"], {
    cwd: projectRoot,
    stdio: "inherit",
  });
  if (pages.status !== 0) throw new Error("The pages could not be built (see above).");
  await buildProcesses();
} catch (error) {
  explain(error);
}

async function buildProcesses(): Promise<void> {
  const input = Object.fromEntries(
    Object.entries(processSources)
      .map(([name, source]) => [name, inProject(source)] as const)
      .filter(([, file]) => existsSync(file)),
  );
  await build({
    root: projectRoot,
    configFile: inProject("remix.config.js"),
    mode: "processes",
    logLevel: "warn",
    plugins: [simulatedVendors(), withoutCompiler()],
    build: { ssr: true, outDir: "build/processes", emptyOutDir: true, copyPublicDir: false, rollupOptions: { input } },
  });
}

/**
 * graphile-worker can read configuration written in TypeScript and brings the compiler along for it. Ours is code, so the
 * processes go without: it costs 80 MB of memory and is not there in production.
 */
function withoutCompiler(): Plugin {
  const stub = "\0without-compiler";
  return {
    name: "patchbay-without-compiler",
    enforce: "pre",
    resolveId: (id) => (id === "typescript" ? stub : null),
    load: (id) => (id === stub ? "export default undefined;" : null),
  };
}

/** The simulated vendors are found by reading their folder, which a bundle does not have: it gets them as imports. */
function simulatedVendors(): Plugin {
  return {
    name: "patchbay-simulated-vendors",
    enforce: "pre",
    transform(code, id) {
      if (id !== inProject("app/sandbox/vendors.ts")) return null;
      const call = "await found()";
      if (!code.includes(call)) throw new Error("app/sandbox/vendors.ts finds its vendors in another way now.");
      const files = readdirSync(inProject("app/sandbox/vendors")).filter((name) => name.endsWith(".ts"));
      const imports = files.map((name, index) => `import * as vendor${index} from "./vendors/${name}";`);
      const list = `[${files.map((_name, index) => `vendor${index}`).join(", ")}]`;
      return { code: `${imports.join("\n")}\n${code.replace(call, list)}`, map: null };
    },
  };
}
