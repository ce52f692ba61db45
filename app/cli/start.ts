import { join, resolve } from "node:path";
import { instanceSecrets } from "#app/platform/dev-secrets.server.ts";
import { assertEnvironment, env, setEnvironment } from "#app/platform/env.server.ts";
import { makeFolder } from "#app/platform/folders.server.ts";
import { startEmbeddedPostgres } from "#db/embedded.server.ts";
import { keepRunning, runOnce, runStep, type Step, stopSteps } from "./children.server.ts";
import { claimInstance } from "./instance.server.ts";
import { choosePort } from "./ports.server.ts";
import { explain, stopOnSignal } from "./process.server.ts";

/** Whom the story's sign-in link is for; an instance without the story has nobody of this address. */
const STORY_PERSON = "mara@hollinverge.example";

/** What was started, in order; stopped from the last to the first. */
const started: { stop(): Promise<void> | void }[] = [];
let stopped: Promise<void> | undefined;

const stop = (): Promise<void> => {
  stopped ??= (async () => {
    await stopSteps();
    for (const part of started.reverse()) await part.stop();
  })();
  return stopped;
};

try {
  stopOnSignal(stop);
  stopWithNpm();
  await start();
} catch (error) {
  // Stopping ends what is under way: that is no failure, and whoever asked for it ends the process.
  if (!stopped) {
    await stop();
    explain(error);
    process.exit();
  }
}

/**
 * `npm start`: Postgres if none is configured, sandbox, migrations, web, and the worker. On a new instance the story is
 * told while people look in already; the worker begins when it is told, so that nothing overtakes it.
 */
async function start(): Promise<void> {
  assertEnvironment();
  const state = resolve(env().PATCHBAY_STATE);
  const claim = await inFolder(state, async () => {
    makeFolder(state);
    return claimInstance(state);
  });
  if (claim.kind === "taken") {
    throw new Error(
      claim.url ? `Patchbay is already running at ${claim.url}` : `Patchbay is already starting on ${state}`,
    );
  }
  started.push({ stop: claim.release });
  const secrets = await inFolder(state, async () => instanceSecrets());
  for (const file of secrets.created) console.log(`Made a key for this machine: ${file}`);

  if (env().DATABASE_URL === undefined) {
    const database = await inFolder(state, () => startEmbeddedPostgres(state));
    started.push(database);
    setEnvironment({ DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl });
    console.log(`Postgres keeps its data in ${database.dataFolder}`);
  }
  const { HOST, PORT, PATCHBAY_URL, PATCHBAY_SANDBOX } = env();
  const port = await choosePort(state, "web", PORT);
  const url = PATCHBAY_URL ?? `http://${HOST === "0.0.0.0" ? "127.0.0.1" : HOST}:${port}`;
  const variables = { PORT: String(port), PATCHBAY_URL: url, ...(await startSandbox(state, url, PATCHBAY_SANDBOX)) };

  await runOnce("migrate", variables);
  const story = runStep("seed", variables);
  const web = keepRunning("web", variables);
  started.push(web);
  await Promise.all([web.ready(() => answers(`http://127.0.0.1:${port}/healthz`)), story.heard("people")]);
  if (stopped) return;
  claim.setUrl(url);
  console.log(`Patchbay is ready at ${url}`);
  await runOnce("sign-in-link", variables, [STORY_PERSON, "--origin", url, "--quiet"]);
  await endOf(story);
  if (!stopped) started.push(keepRunning("worker", variables));
}

/** Waits for the story. One that fails keeps nobody from using what is there. */
async function endOf(story: Step): Promise<void> {
  const waiting = setTimeout(() => console.log("The story is still being told; pages fill while it goes on."), 500);
  const isTold = await story.ended;
  clearTimeout(waiting);
  if (!isTold && !stopped)
    console.error("The story could not be told to its end (see above). The next start goes on with it.");
}

/** The simulated vendors, on one port that stays the same; what other processes must know of them. */
async function startSandbox(state: string, portal: string, wanted: "on" | "off"): Promise<Record<string, string>> {
  if (wanted === "off") return { PATCHBAY_SANDBOX: "off" };
  const port = await choosePort(state, "sandbox", env().PATCHBAY_SANDBOX_PORT);
  const origin = env().PATCHBAY_SANDBOX_URL ?? `http://127.0.0.1:${port}`;
  const args = ["--port", String(port), "--state", join(state, "sandbox.json"), "--portal", portal, "--public", origin];
  const sandbox = keepRunning("sandbox", {}, args);
  started.push(sandbox);
  await sandbox.ready(() => answers(`http://127.0.0.1:${port}/_control`));
  const allowed = [...env().PATCHBAY_ALLOW_LOOPBACK_EGRESS, `127.0.0.1:${port}`];
  return {
    PATCHBAY_SANDBOX: "on",
    PATCHBAY_SANDBOX_URL: origin,
    ...(env().NODE_ENV === "production" ? {} : { PATCHBAY_ALLOW_LOOPBACK_EGRESS: allowed.join(",") }),
  };
}

/** Says with the way out why the system does not let us use the folder or a file in it. */
async function inFolder<T>(state: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new Error(
      `Patchbay cannot use the folder ${state}: ${error.message}. Set PATCHBAY_STATE to one that it may write.`,
    );
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}

/** npm does not pass SIGTERM on: when the shell that it ran us in is gone, stop as if it had. */
function stopWithNpm(): void {
  if (env().npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGTERM");
  }, 1_000).unref();
}
