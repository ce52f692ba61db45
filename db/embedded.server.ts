import { randomBytes } from "node:crypto";
import { join, resolve } from "node:path";
import { z } from "zod";
import { writeOnce } from "#app/platform/dev-secrets.server.ts";
import { binaries, clusterFolder, runAs } from "./embedded/binaries.server.ts";
import { ensureCluster } from "./embedded/cluster.server.ts";
import { startPostmaster } from "./embedded/postmaster.server.ts";
import { ensureDatabase } from "./roles.server.ts";

export interface EmbeddedPostgres {
  /** Login of web and worker, bound by row-level security. */
  appUrl: string;
  /** Login that owns the tables and migrates. */
  ownerUrl: string;
  /** Superuser: makes databases and roles, nothing else. */
  adminUrl: string;
  port: number;
  dataFolder: string;
  /** False when another process runs this server: `stop` then leaves it alone. */
  ours: boolean;
  stop(): Promise<void>;
}

const passwordsSchema = z.object({ admin: z.string(), owner: z.string(), app: z.string() });
const newPassword = () => randomBytes(24).toString("base64url");

/** The passwords of the three logins, made when the state folder has none. */
function passwordsOf(state: string): z.output<typeof passwordsSchema> {
  const made = () => JSON.stringify({ admin: newPassword(), owner: newPassword(), app: newPassword() });
  return passwordsSchema.parse(JSON.parse(writeOnce(join(state, "postgres-passwords.json"), made).content));
}

/**
 * Runs the Postgres of node_modules on a free port of 127.0.0.1 with its data under the state folder, and makes the
 * database `patchbay` with its logins. Starts, adopts what runs already, and ends when this process ends, however it
 * ends. Throws with one plain sentence when the folder or the machine cannot be used.
 */
export async function startEmbeddedPostgres(
  stateDir: string,
  { throwAway = false }: { throwAway?: boolean } = {},
): Promise<EmbeddedPostgres> {
  const state = resolve(stateDir);
  const as = runAs();
  const place = { folder: clusterFolder(state, as, () => passwordsOf(state).admin), native: binaries(as), as };
  const passwords = passwordsOf(state);
  const dataFolder = ensureCluster(place, passwords.admin);
  const postmaster = await startPostmaster(place, dataFolder, { throwAway, logFile: join(state, "postgres.log") });
  const url = (login: string, password: string, database: string) =>
    `postgres://${login}:${password}@127.0.0.1:${postmaster.port}/${database}`;
  try {
    await ensureDatabase(url("patchbay_admin", passwords.admin, "postgres"), "patchbay", passwords);
  } catch (error) {
    await postmaster.stop();
    throw error;
  }
  return {
    appUrl: url("patchbay_app", passwords.app, "patchbay"),
    ownerUrl: url("patchbay_owner", passwords.owner, "patchbay"),
    adminUrl: url("patchbay_admin", passwords.admin, "postgres"),
    port: postmaster.port,
    dataFolder,
    ours: postmaster.ours,
    stop: postmaster.stop,
  };
}
