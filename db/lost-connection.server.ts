/** What Postgres and its client say when a connection ends: 57P01 to 57P03, 08xxx, or the socket's own word. */
const LOST =
  /^(?:57P0[123]|08\w{3}|CONNECTION_(?:CLOSED|ENDED|DESTROYED)|CONNECT_TIMEOUT|ECONNRESET|ECONNREFUSED|EPIPE)$/;

/** Whether an error, or what caused it, says that the connection to Postgres ended, and nothing about what was asked. */
export const isLostConnection = (error: unknown): boolean =>
  error instanceof Error &&
  (("code" in error && typeof error.code === "string" && LOST.test(error.code)) || isLostConnection(error.cause));
