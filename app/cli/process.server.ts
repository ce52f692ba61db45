import { log } from "#app/platform/log.server.ts";
import { isLostConnection } from "#db/lost-connection.server.ts";

/** Prints what went wrong in plain words and makes the process end with 1. */
export function explain(error: unknown): void {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

/**
 * Runs `stop` once on SIGINT or SIGTERM and then ends the process; a second signal ends it at once. Waiting for the
 * parent's death is done by `leave-with-parent.ts`, which sends SIGTERM.
 */
export function stopOnSignal(stop: (signal: string) => Promise<void>): void {
  let stopping = false;
  const handle = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    stop(signal).then(
      () => process.exit(0),
      (error: unknown) => {
        log().error({ err: error }, "The process did not stop cleanly.");
        process.exit(1);
      },
    );
  };
  process.on("SIGINT", handle);
  process.on("SIGTERM", handle);
}

/**
 * Lets the process live on when Postgres restarts. The client asks for the types of arrays on each new connection, and when
 * that connection ends meanwhile nobody waits for the answer: the next query opens another. Everything else is fatal as ever.
 */
export function outliveLostConnections(): void {
  process.on("unhandledRejection", (error) => {
    if (!isLostConnection(error)) throw error;
    log().warn({ err: error }, "A connection to Postgres was lost while it was being opened.");
  });
}
