import { Logger } from "graphile-worker";
import { log } from "#app/platform/log.server.ts";

/** Said once of each pool: its connections are fewer than its jobs at once, on purpose (jobs/runner.server.ts). */
const MEANT = /maxPoolSize/;

/** graphile-worker's own lines in our log; its chatter about each job is debug. */
export function workerLogger(): Logger {
  return new Logger((scope) => (level, message) => {
    const fields = Object.fromEntries(
      Object.entries(scope).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
    if (level === "error") log().error(fields, message);
    else if (level === "warning" && !MEANT.test(message)) log().warn(fields, message);
    else log().debug(fields, message);
  });
}
