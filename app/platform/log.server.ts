import { type Logger, pino } from "pino";
import { env } from "./env.server.ts";

/** Property names whose values never reach a log line, at the top or up to two levels down. */
const SECRET_NAMES = [
  "authorization",
  "cookie",
  "set-cookie",
  "password",
  "secret",
  "clientSecret",
  "client_secret",
  "accessToken",
  "access_token",
  "refreshToken",
  "refresh_token",
  "idToken",
  "id_token",
  "apiKey",
  "api_key",
  "token",
  "signature",
  "codeVerifier",
  "code_verifier",
  "ciphertext",
];

const pathTo = (name: string) => (/^\w+$/.test(name) ? [name, `*.${name}`, `*.*.${name}`] : dashed(name));
const dashed = (name: string) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`];

export type { Logger };

let root: Logger | undefined;

/** The process's logger: JSON lines on standard output, secrets replaced, level from LOG_LEVEL (info; silent in tests). */
export function log(): Logger {
  root ??= createLogger();
  return root;
}

/** A logger carrying ids on every line: `logWith({ task: "sync-page", connectionId })`. */
export const logWith = (bindings: Record<string, string | number>): Logger => log().child(bindings);

/** Makes a logger with the redaction of `log`; tests pass the stream that takes the lines. */
export function createLogger(destination?: { write(line: string): void }): Logger {
  const { LOG_LEVEL, NODE_ENV } = env();
  const options = {
    level: LOG_LEVEL ?? (NODE_ENV === "test" && !destination ? "silent" : "info"),
    base: { pid: process.pid },
    redact: { paths: SECRET_NAMES.flatMap(pathTo), censor: "[redacted]" },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return destination ? pino(options, destination) : pino(options);
}
