import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { flatRoutes } from "@remix-run/dev/dist/config/flat-routes.js";
import { createRequestHandler } from "@remix-run/express";
import type { ServerBuild } from "@remix-run/node";
import { afterAll } from "vitest";
import { bareApp, drain, listen, loadContext, takeWebhooks } from "#app/cli/web-server.ts";
import * as entry from "#app/entry.server.tsx";
import { setEnvironment } from "#app/platform/env.server.ts";
import * as root from "#app/root.tsx";

type RouteModule = ServerBuild["routes"][string]["module"];

const files = import.meta.glob<RouteModule>("../../app/routes/**/*.{ts,tsx}");

export interface AppRoute {
  /** Remix's id: the file's path without its ending. */
  id: string;
  /** The whole address pattern, for example "/integrations/:id/settings". */
  path: string;
  /** The file, from `app/`. */
  file: string;
  parentId: string;
  index: boolean;
  module: RouteModule;
}

const manifest = () => flatRoutes(fileURLToPath(new URL("../../app", import.meta.url)), ["**/*.test.*"], "routes");

async function load(file: string): Promise<RouteModule> {
  const module = files[`../../app/${file}`];
  if (!module) throw new Error(`${file} is no route file.`);
  return module();
}

/** Every route of the app as Remix's own convention finds it, with its module. */
export async function appRoutes(): Promise<AppRoute[]> {
  const routes = manifest();
  const fullPath = (id: string): string => {
    const route = routes[id];
    return route ? `${fullPath(route.parentId ?? "root")}${route.path ? `/${route.path}` : ""}` : "";
  };
  return Promise.all(
    Object.values(routes).map(async ({ id, file, parentId = "root", index = false }) => ({
      id,
      path: fullPath(id) || "/",
      file,
      parentId,
      index,
      module: await load(file),
    })),
  );
}

async function serverBuild(): Promise<ServerBuild> {
  const routes: ServerBuild["routes"] = { root: { id: "root", path: "", module: root } };
  for (const { id, parentId, path, index, file } of Object.values(manifest())) {
    routes[id] = {
      id,
      parentId: parentId ?? "root",
      ...(path === undefined ? {} : { path }),
      ...(index === undefined ? {} : { index }),
      module: await load(file),
    };
  }
  const assets = Object.values(routes).map((route) => [
    route.id,
    {
      id: route.id,
      parentId: route.parentId,
      path: route.path,
      index: route.index,
      hasLoader: "loader" in route.module,
      hasAction: "action" in route.module,
      hasErrorBoundary: "ErrorBoundary" in route.module,
      module: `/assets/${route.id}.js`,
    },
  ]);
  return {
    mode: "production",
    entry: { module: entry },
    routes,
    assets: {
      entry: { imports: [], module: "/assets/entry.js" },
      routes: Object.fromEntries(assets),
      url: "/assets/manifest.js",
      version: "test",
    },
    publicPath: "/",
    assetsBuildDirectory: "build/client",
    future: {
      v3_fetcherPersist: true,
      v3_relativeSplatPath: true,
      v3_throwAbortReason: true,
      v3_lazyRouteDiscovery: true,
      v3_singleFetch: true,
    },
    isSpaMode: false,
  };
}

/**
 * Serves the app on a free port over real HTTP, without a production build: pages are rendered on the server, and their
 * scripts do not exist. Points PATCHBAY_URL at it, and ends with the test file.
 */
export async function testApp(): Promise<{ url: string }> {
  const build = await serverBuild();
  const app = bareApp();
  takeWebhooks(app, build);
  app.all("*", createRequestHandler({ build, mode: "production", getLoadContext: loadContext }));
  const server = createServer(app);
  const port = await listen(server, 0, "127.0.0.1");
  const url = `http://127.0.0.1:${port}`;
  setEnvironment({ PATCHBAY_URL: url });
  afterAll(() => drain(server, 500));
  return { url };
}
