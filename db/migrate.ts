import { assertEnvironment, env } from "#app/platform/env.server.ts";
import { migrateDatabase } from "./migrate.server.ts";

/** `node db/migrate.ts`: migrates the database of DATABASE_OWNER_URL (else DATABASE_URL) and says what it found. */
try {
  assertEnvironment();
  const appUrl = env().DATABASE_URL;
  if (appUrl === undefined) throw new Error("Set DATABASE_URL; without one, npm start migrates its own Postgres.");
  const report = await migrateDatabase({ appUrl, ownerUrl: env().DATABASE_OWNER_URL ?? appUrl });
  for (const notice of report.notices) console.warn(notice);
  console.log(`The database is up to date (${report.applied} migrations).`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
