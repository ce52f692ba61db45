import { parseArgs } from "node:util";
import { z } from "zod";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import { openLocally } from "#app/integrations/local.server.ts";
import { commands, describe, type Flags, type Line } from "./vendor-commands.ts";
import { configInput, credentialsInput, readJson } from "./vendor-input.ts";

/**
 * `npm run vendor -- <id> <command> [flags]`: drives one adapter without a database and prints one JSON line per result.
 * `--origin` sends every request of the vendor there, path and query kept, its host in `x-forwarded-host`; `--sandbox`
 * uses the simulated vendor below that address. Exit code 1 after an error line, 2 for a wrong call.
 */
const names = [
  "origin",
  "sandbox",
  "credentials",
  "config",
  "environment",
  "key",
  "resource",
  "checkpoint",
  "cursor",
  "pages",
  "id",
  "data",
  "job",
  "ref",
  "why",
  "calendar",
  "from",
  "to",
  "token",
  "event",
  "search",
  "message",
] as const;

const usage = () =>
  [
    "npm run vendor -- <id> <command> [--origin URL | --sandbox URL] [--credentials JSON|@file] [--config JSON|@file] [--environment ID]",
    "",
    ...Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(14)}${about}`),
  ].join("\n");

class WrongCall extends Error {}

function print(line: Line): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: Object.fromEntries(names.map((name) => [name, { type: "string" as const }])),
  });
  const [vendorId, name] = positionals;
  const command = name === undefined || !Object.hasOwn(commands, name) ? undefined : commands[name];
  if (!vendorId || !command) throw new WrongCall(usage());

  const get = (flag: string): string | undefined => {
    const value = values[flag];
    return typeof value === "string" ? value : undefined;
  };
  const flags: Flags = {
    get,
    need(flag) {
      const value = get(flag);
      if (value === undefined) throw new WrongCall(`${name} needs --${flag}.`);
      return value;
    },
    json: (flag, schema) => schema.parse(readJson(flags.need(flag))),
  };
  const { client, tokens, keep, values: fields } = credentialsInput.parse(readJson(get("credentials") ?? "{}"));
  const config = configInput.parse(readJson(get("config") ?? "{}"));
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort(new Error("Stopped.")));
  const origin = get("origin");
  const sandbox = get("sandbox");
  const vendor = await openLocally({
    vendorId,
    values: { ...config, ...fields },
    setup: config,
    unfilled: command.offline ?? false,
    client,
    tokens,
    keep,
    environmentId: get("environment"),
    signal: stop.signal,
    idempotencyKey: get("key"),
    rewrite: origin ? { kind: "origin", origin } : sandbox ? { kind: "sandbox", origin: sandbox } : undefined,
  });
  try {
    for await (const line of command.run(vendor, flags)) print(line);
  } finally {
    await vendor.close();
  }
  return 0;
}

/** The exit code for whatever went wrong, after saying it. */
function tell(error: unknown): number {
  if (error instanceof IntegrationError) {
    print({ type: "error", ...describe(error) });
    return 1;
  }
  const text =
    error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error);
  process.stderr.write(`${text}\n`);
  return 2;
}

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.exitCode = await main().catch(tell);
