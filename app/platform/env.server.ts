import { z } from "zod";

/**
 * The one reader of process.env. Every variable keeps its own name as key, so that a search finds setter and reader.
 * All are optional in development; `missingInProduction` says which are not in production.
 */
const text = z.string().trim().min(1).optional();
const port = z.coerce.number().int().min(0).max(65_535);
/** From a week, which no setting undercuts, to what a planner still looks through quickly. */
const keptDays = (usual: number) => z.coerce.number().int().min(7).max(400).default(usual);
const list = z
  .string()
  .default("")
  .transform((value) =>
    value
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
  );

const schema = z.object({
  /** "production" makes missing secrets a refusal; "test" is set by Vitest. */
  NODE_ENV: z.enum(["development", "production", "test"]).default("development"),
  /** The login of web and worker. Absent: Postgres is started from the state folder. */
  DATABASE_URL: text,
  /** The login that owns the tables and migrates; DATABASE_URL when absent. */
  DATABASE_OWNER_URL: text,
  /** "embedded" says on purpose that production runs on the Postgres of the state folder. */
  PATCHBAY_DATABASE: z.enum(["embedded", "external"]).optional(),
  /** Connections of one process for drizzle; the raw client has as many again, opened on demand. */
  DATABASE_POOL: z.coerce.number().int().min(1).max(200).default(10),
  /** "off" behind a transaction pooler that cannot keep prepared statements. */
  DATABASE_PREPARE: z.enum(["on", "off"]).default("on"),
  /** What one worker process does at once: requests of outbound webhooks, and jobs. */
  PATCHBAY_WORKER_DELIVERIES: z.coerce.number().int().min(1).max(1_000).default(256),
  PATCHBAY_WORKER_TASKS: z.coerce.number().int().min(1).max(200).default(8),
  /** Whole days that what was sent and received is kept; then its daily partitions are dropped. */
  PATCHBAY_KEEP_EVENTS_DAYS: keptDays(90),
  PATCHBAY_KEEP_DELIVERIES_DAYS: keptDays(90),
  PATCHBAY_KEEP_ATTEMPTS_DAYS: keptDays(90),
  /** Raw requests of vendors, sealed, and the ids by which a repeated one is known. */
  PATCHBAY_KEEP_INBOUND_DAYS: keptDays(60),
  /** Folder of everything that must survive a restart when nothing else is configured. */
  PATCHBAY_STATE: z.string().min(1).default(".patchbay"),
  /** Port of the web server; 0 takes a free one. */
  PORT: port.default(0),
  HOST: z.string().min(1).default("127.0.0.1"),
  /** Origin under which people and vendors reach this instance, without a path. */
  PATCHBAY_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Whether the simulated vendors are offered. */
  PATCHBAY_SANDBOX: z.enum(["on", "off"]).optional(),
  PATCHBAY_SANDBOX_URL: z.url({ protocol: /^https?$/ }).optional(),
  PATCHBAY_SANDBOX_PORT: port.default(0),
  /** Encryption keys: `keyId:base64 of 32 bytes`, comma separated, the first encrypts and all decrypt. */
  PATCHBAY_KEYS: text,
  /** Signs sessions and one-time links. */
  PATCHBAY_AUTH_SECRET: text,
  SMTP_URL: text,
  MAIL_FROM: z.string().min(1).default("Patchbay <patchbay@localhost>"),
  /** Folder of vendors' own API documents for the contract tests; `../shared/contracts` when absent. */
  PATCHBAY_CONTRACTS: text,
  /** A Chromium for the browser tests; the system's or the packaged one when absent. */
  CHROMIUM_PATH: text,
  /** A collector shows it as a bearer token at /metrics; absent: there is no such address. */
  PATCHBAY_METRICS_TOKEN: z.string().trim().min(16).optional(),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).optional(),
  /** Header in which the proxy in front puts the caller's address, for example x-real-ip. Absent: the socket's address. */
  PATCHBAY_TRUSTED_IP_HEADER: z.string().trim().toLowerCase().min(1).optional(),
  /** host:port pairs that the egress guard lets through although they are not public. Refused in production. */
  PATCHBAY_ALLOW_LOOPBACK_EGRESS: list,
  /** The key with which `npm run webhooks` speaks to the API of PATCHBAY_URL. */
  PATCHBAY_API_KEY: text,
  /** Set by npm for the scripts that it runs. */
  npm_lifecycle_event: text,
  /** Folder of uploaded documents; `documents` in the state folder when absent. */
  PATCHBAY_DOCUMENTS: text,
  /** Bucket of an S3-compatible store for documents, in place of the folder. */
  PATCHBAY_S3_BUCKET: text,
  PATCHBAY_S3_REGION: z.string().min(1).default("us-east-1"),
  /** Origin of another maker's store; AWS itself when absent. */
  PATCHBAY_S3_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  /** Before every object's name, for example `patchbay/`. */
  PATCHBAY_S3_PREFIX: z.string().trim().default(""),
  /** Absent: the usual AWS sources (AWS_ACCESS_KEY_ID, profile, machine role). */
  PATCHBAY_S3_ACCESS_KEY_ID: text,
  PATCHBAY_S3_SECRET_ACCESS_KEY: text,
  /** What looks at each document before anybody may open it: a command that reads it, or an address it is posted to. */
  PATCHBAY_SCAN_COMMAND: text,
  PATCHBAY_SCAN_URL: z.url({ protocol: /^https?$/ }).optional(),
});

type Parsed = z.output<typeof schema>;
/** The settings of this process: `PATCHBAY_SANDBOX` is always decided, everything else as declared above. */
export type Env = Parsed & { PATCHBAY_SANDBOX: "on" | "off" };

let memo: Env | undefined;

/** The settings of this process, read once. Throws one error naming every variable that cannot be read. */
export function env(): Env {
  memo ??= parseEnv(process.env);
  return memo;
}

/** Parses any set of variables by the rules of `env`. Empty strings count as absent. */
export function parseEnv(variables: Record<string, string | undefined>): Env {
  const present = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
  const result = schema.safeParse(present);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`These environment variables cannot be used:\n${lines.join("\n")}`);
  }
  const parsed = result.data;
  if (parsed.NODE_ENV === "production" && parsed.PATCHBAY_ALLOW_LOOPBACK_EGRESS.length > 0) {
    throw new Error("PATCHBAY_ALLOW_LOOPBACK_EGRESS opens private addresses and is refused in production.");
  }
  if (parsed.PATCHBAY_SCAN_COMMAND !== undefined && parsed.PATCHBAY_SCAN_URL !== undefined)
    throw new Error("Set PATCHBAY_SCAN_COMMAND or PATCHBAY_SCAN_URL, not both.");
  return { ...parsed, PATCHBAY_SANDBOX: parsed.PATCHBAY_SANDBOX ?? (parsed.NODE_ENV === "production" ? "off" : "on") };
}

const REQUIRED_IN_PRODUCTION = [
  {
    name: "PATCHBAY_KEYS",
    hint: `encrypts credentials; make one with: node -p "'k1:'+require('crypto').randomBytes(32).toString('base64')"`,
  },
  {
    name: "PATCHBAY_AUTH_SECRET",
    hint: `signs sessions; make one with: node -p "require('crypto').randomBytes(32).toString('base64url')"`,
  },
  { name: "PATCHBAY_URL", hint: "the public origin, for example https://patchbay.example.com" },
  {
    name: "DATABASE_URL",
    hint: "postgres://user:password@host/database of the app's login, or set PATCHBAY_DATABASE=embedded to use the state folder",
  },
] as const;

/** One line per setting that production needs and that is missing: its name, what it is, how to make one. */
export function missingInProduction(current: Env = env()): string[] {
  if (current.NODE_ENV !== "production") return [];
  return REQUIRED_IN_PRODUCTION.filter(({ name }) => {
    if (name === "DATABASE_URL" && current.PATCHBAY_DATABASE === "embedded") return false;
    return current[name] === undefined;
  }).map(({ name, hint }) => `${name}: ${hint}`);
}

/**
 * First call of every process entry. Throws when production lacks a secret, listing all of them at once.
 */
export function assertEnvironment(): void {
  const missing = missingInProduction();
  if (missing.length > 0) {
    throw new Error(`Patchbay does not start in production without:\n${missing.map((line) => `  ${line}`).join("\n")}`);
  }
}

/**
 * The OAuth client of a vendor's app as the environment holds it: `PATCHBAY_GOOGLE_CALENDAR_CLIENT_ID` and
 * `…_CLIENT_SECRET` for the vendor `google-calendar`. Undefined unless the id is set; a public client has no secret.
 */
export function vendorClientFromEnv(vendorId: string): { clientId: string; clientSecret?: string } | undefined {
  const prefix = `PATCHBAY_${vendorId.toUpperCase().replaceAll("-", "_")}_CLIENT`;
  const clientId = process.env[`${prefix}_ID`];
  const clientSecret = process.env[`${prefix}_SECRET`];
  if (!clientId) return undefined;
  return { clientId, ...(clientSecret ? { clientSecret } : {}) };
}

/** The variables for a child process: this process's own, with `changes` on top. */
export function childEnvironment(changes: Record<string, string>): NodeJS.ProcessEnv {
  return { ...process.env, ...changes };
}

/**
 * Sets variables of this process and forgets what was read: for the start command, which learns addresses while it
 * starts, and for tests. Whoever read `env()` before keeps the old values.
 */
export function setEnvironment(changes: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  memo = undefined;
}
