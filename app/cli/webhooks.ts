import { parseArgs } from "node:util";
import { env } from "#app/platform/env.server.ts";
import { apiOf, CallFailed } from "./webhooks-client.ts";
import { type Line, listen, replay, trigger } from "./webhooks-commands.ts";

/**
 * `npm run webhooks -- listen | trigger <event-type> | replay <delivery or event id>`: an engineer's own machine as a
 * receiver, by polling the API. Exit code 1 when Patchbay refused or did not answer, 2 for a wrong call.
 */
const usage = `npm run webhooks -- listen [--forward-to URL] [--types a,b] [--after latest|oldest|CURSOR] [--limit N] [--secret whsec_…]
npm run webhooks -- trigger <event-type> [--endpoint ID]
npm run webhooks -- replay <delivery or event id> [--endpoint ID | --forward-to URL [--secret whsec_…]]

--url    where Patchbay is; PATCHBAY_URL when absent
--key    an API key with webhooks:read, and webhooks:manage to trigger and replay; PATCHBAY_API_KEY when absent
--json   one line of JSON per step`;

class WrongCall extends Error {}

const text = { type: "string" } as const;
const options = {
  ...{ url: text, key: text, types: text, after: text, limit: text, secret: text, endpoint: text, "forward-to": text },
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const;

function read() {
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    throw new WrongCall(error instanceof Error ? (error.message.split(". ")[0] ?? "") : String(error));
  }
}

function address(name: string, value: string): string {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))
    throw new WrongCall(`${name} is no web address. It begins with https:// or http://.`);
  return value;
}

function steps(signal: AbortSignal): { lines: AsyncGenerator<Line>; json: boolean } | null {
  const { values, positionals } = read();
  const [command, what, ...rest] = positionals;
  if (values.help || command === undefined) return null;
  const takes = command === "listen" ? 0 : 1;
  if (!["listen", "trigger", "replay"].includes(command))
    throw new WrongCall(`There is no command ${command}. There are listen, trigger and replay.`);
  if (rest.length > 0 || (takes === 0 && what !== undefined))
    throw new WrongCall(`${command} takes ${takes} word${takes === 1 ? "" : "s"}.`);
  const { PATCHBAY_URL, PATCHBAY_API_KEY } = env();
  const url = values.url ?? PATCHBAY_URL;
  const key = values.key ?? PATCHBAY_API_KEY;
  if (url === undefined) throw new WrongCall("Say where Patchbay is: --url https://… or PATCHBAY_URL.");
  if (key === undefined)
    throw new WrongCall("Give an API key: --key pbk_… or PATCHBAY_API_KEY. Settings, API keys makes one.");
  const api = apiOf(address("--url", url), key, signal);
  const { secret, endpoint: endpointId } = values;
  const forwardTo = values["forward-to"] === undefined ? undefined : address("--forward-to", values["forward-to"]);
  const json = values.json ?? false;
  if (secret !== undefined && !/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(secret))
    throw new WrongCall("--secret is whsec_ and at least 24 bytes in base64.");
  if (command === "listen") {
    const limit = values.limit === undefined ? undefined : Number(values.limit);
    if (limit !== undefined && !(Number.isInteger(limit) && limit > 0))
      throw new WrongCall("--limit is a whole number above 0.");
    return { json, lines: listen({ api, signal, forwardTo, secret, types: values.types, after: values.after, limit }) };
  }
  if (what === undefined)
    throw new WrongCall(
      command === "trigger" ? "Say which event, job.closed for example." : "Say which delivery or event, by its id.",
    );
  if (command === "trigger") return { json, lines: trigger(api, what, endpointId) };
  return { json, lines: replay(api, what, { endpointId, forwardTo, secret, signal }) };
}

async function main(): Promise<number> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  try {
    const work = steps(stop.signal);
    if (!work) {
      process.stdout.write(`${usage}\n`);
      return 0;
    }
    for await (const { words, json } of work.lines)
      process.stdout.write(`${work.json ? JSON.stringify(json) : words}\n`);
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 0;
    process.stderr.write(`${error instanceof Error ? error.message.split("\n")[0] : String(error)}\n`);
    return error instanceof CallFailed ? 1 : 2;
  }
}

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.exitCode = await main();
