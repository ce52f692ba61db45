import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { setEnvironment } from "#app/platform/env.server.ts";
import { closeDatabase } from "#db/client.server.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "#db/embedded.server.ts";
import { migrateDatabase } from "#db/migrate.server.ts";
import { inDatabase } from "#db/roles.server.ts";
import { cpuSeconds } from "./bench.ts";
import { familyOf } from "./children.ts";

export interface World {
  folder: string;
  server: EmbeddedPostgres;
  /** Superuser in the app's database: for counting, never part of what is measured. */
  admin: postgres.Sql;
  /** CPU seconds of Postgres with all its backends so far. */
  postgresCpu(): number;
  /** Whether statements are counted from now on; only in a world with `statements`, which begins with counting. */
  countStatements(on: boolean): Promise<void>;
  /** An empty database beside the app's, for the other side of a comparison; returns its owner's URL. */
  bareDatabase(name: string): Promise<string>;
  stop(): Promise<void>;
}

/**
 * A migrated instance in a folder of its own: the embedded Postgres with the settings of production (it waits for the
 * disk), this process and its children pointed at it. With `statements`, pg_stat_statements counts them.
 */
export async function startWorld({ statements = false }: { statements?: boolean } = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "patchbay-bench-"));
  // As root, Postgres runs as another user, who must be able to enter the folder.
  chmodSync(folder, 0o755);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  const server = await (statements ? withStatements(folder) : startEmbeddedPostgres(folder));
  setEnvironment({
    PATCHBAY_STATE: folder,
    DATABASE_URL: server.appUrl,
    DATABASE_OWNER_URL: server.ownerUrl,
    PATCHBAY_SANDBOX: "off",
    LOG_LEVEL: "error",
  });
  await closeDatabase();
  await migrateDatabase(server);
  const admin = postgres(inDatabase(server.adminUrl, "patchbay"), { max: 2, onnotice: () => {} });
  const postmaster = Number(readFileSync(join(server.dataFolder, "postmaster.pid"), "utf8").split("\n")[0]);
  return {
    folder,
    server,
    admin,
    postgresCpu: () => cpuSeconds(familyOf(postmaster)),
    async countStatements(on) {
      await admin.unsafe(`alter system set pg_stat_statements.track = '${on ? "top" : "none"}'`);
      await admin.unsafe(`alter system set compute_query_id = '${on ? "auto" : "off"}'`);
      await admin`select pg_reload_conf()`;
    },
    async bareDatabase(name) {
      await admin.unsafe(`create database ${name} owner patchbay_owner`);
      return inDatabase(server.ownerUrl, name);
    },
    async stop() {
      await closeDatabase();
      await admin.end();
      await server.stop();
      process.off("exit", remove);
      remove();
    },
  };
}

async function withStatements(folder: string): Promise<EmbeddedPostgres> {
  const first = await startEmbeddedPostgres(folder);
  const admin = postgres(first.adminUrl, { max: 1, onnotice: () => {} });
  await admin`alter system set shared_preload_libraries = 'pg_stat_statements'`;
  await admin.end();
  await first.stop();
  const server = await startEmbeddedPostgres(folder);
  const again = postgres(inDatabase(server.adminUrl, "patchbay"), { max: 1, onnotice: () => {} });
  await again`create extension pg_stat_statements`;
  await again.end();
  return server;
}
