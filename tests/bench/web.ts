import { choosePort } from "#app/cli/ports.server.ts";
import { setEnvironment } from "#app/platform/env.server.ts";
import { signedIn } from "#tests/support/people.ts";
import { type Child, startProcess } from "./children.ts";
import { until } from "./outbound.ts";
import type { World } from "./world.ts";

/** The web process of the production build on a free port, answering; this process knows its address too. */
export async function startWebProcess(world: World): Promise<Child & { url: string }> {
  const port = await choosePort(world.folder, "web", 0);
  const url = `http://127.0.0.1:${port}`;
  setEnvironment({ PATCHBAY_URL: url });
  const web = startProcess("web", { PORT: String(port) });
  await until("the web process", () => answers(`${url}/healthz`), 30_000);
  return { ...web, url };
}

/** The cookies of a member who has signed in there, as a request carries them. */
export async function cookieOf(url: string, member: { email: string }): Promise<string> {
  const visitor = await signedIn(url, member);
  return [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
}

/** Whether anything answers there. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000), redirect: "manual" });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
