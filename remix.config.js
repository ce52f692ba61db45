import { vitePlugin as remix } from "@remix-run/dev";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";

/**
 * The one Vite config: Remix, the production bundles and Vitest read it, each by an explicit `--config remix.config.js`.
 * Vitest leaves the Remix plugin out, because tests load modules and not routes; so does the mode "processes", which
 * bundles start, worker and their like (app/cli/build.ts).
 */
const testProject = (name, include, options = {}) => ({
  extends: true,
  test: { name, include, setupFiles: ["tests/support/setup.ts"], ...options },
});

/** One Postgres for all projects of a run, with a migrated template database; unit tests start none. */
const withPostgres = { globalSetup: ["tests/support/postgres.ts"] };

/** Rollup drops hints in zod's comments that stand where it cannot use them, and says so at length. */
const withoutCommentRemarks = (warning, warn) => {
  if (warning.code !== "INVALID_ANNOTATION") warn(warning);
};

export default defineConfig(({ mode, command }) => ({
  plugins:
    mode === "test" || mode === "processes"
      ? []
      : [
          tailwindcss(),
          remix({
            ignoredRouteFiles: ["**/*.test.*"],
            future: {
              v3_fetcherPersist: true,
              v3_relativeSplatPath: true,
              v3_throwAbortReason: true,
              v3_singleFetch: true,
              v3_lazyRouteDiscovery: true,
              v3_routeConfig: true,
            },
          }),
        ],
  // Unbundled, drizzle-orm alone costs 170 MB a process: production bundles everything (docs/decisions).
  ssr: command === "build" ? { noExternal: true, external: ["pg-native"] } : {},
  // React and others choose their production code by this name; `env()` reads the whole environment and is not touched.
  define: command === "build" ? { "process.env.NODE_ENV": JSON.stringify("production") } : {},
  build: { target: "es2023", rollupOptions: { onwarn: withoutCommentRemarks } },
  test: {
    reporters: ["default", "./tests/support/closing-line.ts"],
    projects: [
      testProject("unit", ["{app,db,jobs,tests/support,tests/contracts}/**/*.test.ts"]),
      testProject("conformance", ["tests/conformance/**/*.test.ts"], withPostgres),
      // Other people's clients against the simulated vendors: `npm run test:sdks`.
      testProject("sdks", ["tests/sdks/**/*.test.ts"], { testTimeout: 30_000 }),
      testProject("flows", ["tests/flows/**/*.test.ts"], { ...withPostgres, testTimeout: 60_000, hookTimeout: 60_000 }),
      // What is promised about webhooks, by name: `npm run check:webhooks`.
      testProject("webhooks", ["tests/webhooks/**/*.test.ts"], {
        ...withPostgres,
        testTimeout: 120_000,
        hookTimeout: 60_000,
      }),
      testProject("e2e", ["tests/{e2e,story}/**/*.test.ts"], {
        globalSetup: ["tests/support/build.ts", ...withPostgres.globalSetup],
        testTimeout: 120_000,
        hookTimeout: 180_000,
        fileParallelism: false,
      }),
    ],
  },
}));
