import { readFileSync, renameSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { hasCode, writeOnce } from "#app/platform/dev-secrets.server.ts";

const noteSchema = z.object({ port: z.number().int() });
const answerSchema = z.object({ state: z.string(), url: z.string().nullable() });

export type Claim =
  | { kind: "ours"; setUrl(url: string): void; release(): void }
  /** Another process holds the state folder; its address is null while it is starting. */
  | { kind: "taken"; url: string | null };

/**
 * Makes this process the one that runs on a state folder. The holder answers on a loopback port noted in the folder, so
 * a note left by a killed process is known from a living one without trusting process ids.
 */
export async function claimInstance(stateDir: string): Promise<Claim> {
  const file = join(stateDir, "running.json");
  let url: string | null = null;
  const server = createServer((socket) => socket.on("error", () => {}).end(JSON.stringify({ state: stateDir, url })));
  const port = await listen(server);
  for (;;) {
    const note = writeOnce(file, () => JSON.stringify({ port }));
    if (note.isNew) {
      server.unref();
      const release = () => {
        rmSync(file, { force: true });
        server.close();
      };
      return { kind: "ours", release, setUrl: (next) => (url = next) };
    }
    const holder = await ask(note.content, stateDir);
    if (holder) {
      server.close();
      return { kind: "taken", url: holder.url };
    }
    removeIfStill(file, note.content);
  }
}

/** Removes the note of a dead process, but not the one that another start has just put in its place. */
function removeIfStill(file: string, content: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  const moved = readFileSync(aside, "utf8");
  if (moved === content) rmSync(aside);
  else renameSync(aside, file);
}

async function ask(note: string, stateDir: string): Promise<{ url: string | null } | undefined> {
  const noted = noteSchema.safeParse(parseJson(note));
  if (!noted.success) return undefined;
  const answer = answerSchema.safeParse(parseJson(await readAll(noted.data.port)));
  return answer.success && answer.data.state === stateDir ? { url: answer.data.url } : undefined;
}

function readAll(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    let text = "";
    socket.setTimeout(2_000, () => socket.destroy());
    socket.on("data", (bytes) => (text += bytes.toString("utf8")));
    socket.on("error", () => resolve(""));
    socket.on("close", () => resolve(text));
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address !== null && typeof address === "object") resolve(address.port);
    });
  });
}
