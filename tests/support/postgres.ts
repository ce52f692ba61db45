import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import type { TestProject } from "vitest/node";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "#db/embedded.server.ts";
import { migrateDatabase } from "#db/migrate.server.ts";
import { ensureDatabase, inDatabase } from "#db/roles.server.ts";

/** Name of the migrated database that every test file's own database is copied from. */
export const TEMPLATE = "patchbay_template";

export interface TestPostgres {
  adminUrl: string;
  ownerUrl: string;
  appUrl: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    postgres: TestPostgres;
  }
}

interface Shared {
  users: number;
  server: Promise<{ server: EmbeddedPostgres; folder: string }>;
}

// Each project has its own copy of this module, but all run in one process: the server is shared through it.
const shared: { current?: Shared } = registry();

function registry(): { current?: Shared } {
  const key = Symbol.for("patchbay.test-postgres");
  const existing = Reflect.get(globalThis, key);
  if (existing) return existing;
  const fresh = {};
  Reflect.set(globalThis, key, fresh);
  return fresh;
}

/** Vitest's global set-up: starts Postgres, makes the template, tells the test files where it is; ends it with the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.current ??= { users: 0, server: start() };
  const mine = shared.current;
  mine.users += 1;
  const { server, folder } = await mine.server;
  project.provide("postgres", { adminUrl: server.adminUrl, ownerUrl: server.ownerUrl, appUrl: server.appUrl });
  return async () => {
    mine.users -= 1;
    if (mine.users > 0) return;
    delete shared.current;
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

async function start() {
  const folder = mkdtempSync(join(tmpdir(), "patchbay-test-"));
  // As root, Postgres runs as another user, who must be able to enter the folder; its data and passwords stay private.
  chmodSync(folder, 0o755);
  const server = await startEmbeddedPostgres(folder, { throwAway: true });
  try {
    const passwordOf = (url: string) => new URL(url).password;
    const passwords = { owner: passwordOf(server.ownerUrl), app: passwordOf(server.appUrl) };
    await ensureDatabase(server.adminUrl, TEMPLATE, passwords);
    await migrateDatabase({
      ownerUrl: inDatabase(server.ownerUrl, TEMPLATE),
      appUrl: inDatabase(server.appUrl, TEMPLATE),
    });
    const admin = postgres(server.adminUrl, { max: 1, onnotice: () => {} });
    await admin.unsafe(`alter database ${TEMPLATE} with is_template true allow_connections false`);
    await admin.end();
    return { server, folder };
  } catch (error) {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
