/**
 * Loaded before a process that `npm start` runs (`node --import`). The channel to the parent closes however the parent
 * ends, `kill -9` included; then this process stops as on SIGTERM, and is ended if it takes too long.
 */
const GRACE_MS = 20_000;

process.once("disconnect", () => {
  setTimeout(() => process.exit(1), GRACE_MS).unref();
  process.kill(process.pid, "SIGTERM");
});
process.channel?.unref();
