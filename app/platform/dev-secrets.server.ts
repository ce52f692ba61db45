import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { type Env, env } from "./env.server.ts";
import { makeFolder } from "./folders.server.ts";

export interface InstanceSecrets {
  /** In the form of PATCHBAY_KEYS. */
  keys: string;
  authSecret: string;
  /** Files written by this call, for the console. Empty when both came from the environment or existed before. */
  created: string[];
}

let memo: { of: Env; secrets: InstanceSecrets } | undefined;

/**
 * The instance's secrets: from the environment, else, outside production, from files in the state folder (mode 0600),
 * which are made on first use. Several processes may call it at once and all get the same values.
 */
export function instanceSecrets(): InstanceSecrets {
  const current = env();
  if (memo?.of === current) return { ...memo.secrets, created: [] };
  const secrets = readSecrets(current);
  memo = { of: current, secrets };
  return secrets;
}

function readSecrets(current: Env): InstanceSecrets {
  const { NODE_ENV, PATCHBAY_KEYS, PATCHBAY_AUTH_SECRET, PATCHBAY_STATE } = current;
  if (NODE_ENV === "production" && (PATCHBAY_KEYS === undefined || PATCHBAY_AUTH_SECRET === undefined)) {
    throw new Error("PATCHBAY_KEYS and PATCHBAY_AUTH_SECRET must be set in production.");
  }
  const created: string[] = [];
  const fromState = (name: string, make: () => string): string => {
    const file = join(resolve(PATCHBAY_STATE), name);
    const { content, isNew } = writeOnce(file, make);
    if (isNew) created.push(file);
    return content;
  };
  return {
    keys: PATCHBAY_KEYS ?? fromState("encryption-keys", () => `dev1:${randomBytes(32).toString("base64")}`),
    authSecret: PATCHBAY_AUTH_SECRET ?? fromState("auth-secret", () => randomBytes(32).toString("base64url")),
    created,
  };
}

/**
 * Reads a small private file, making it when absent. The content is complete before the name exists (write, then
 * `link`), so a second process never reads half of it, and the loser of a race reads the winner's.
 */
export function writeOnce(file: string, make: () => string): { content: string; isNew: boolean } {
  const existing = readIfPresent(file);
  if (existing !== undefined) return { content: existing, isNew: false };
  makeFolder(resolve(file, ".."));
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(draft, make(), { mode: 0o600, flag: "wx" });
  try {
    linkSync(draft, file);
    return { content: readFileSync(file, "utf8"), isNew: true };
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    return { content: readFileSync(file, "utf8"), isNew: false };
  } finally {
    unlinkSync(draft);
  }
}

function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

const codeSchema = z.object({ code: z.string() });

/** Whether a caught value is a system error with this code, for example "EEXIST". */
export function hasCode(error: unknown, code: string): boolean {
  const parsed = codeSchema.safeParse(error);
  return parsed.success && parsed.data.code === code;
}
