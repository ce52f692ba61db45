import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** A real calendar server that may be installed on this machine. */
export interface ServerKind {
  name: string;
  /** Looked for on PATH, unless the variable names a file. */
  command: string;
  variable: string;
  /** Argument lists to try in turn: command lines changed between versions. */
  argumentsFor(at: { folder: string; port: number }): readonly (readonly string[])[];
  /** The calendar that the checks write to, below the origin. */
  calendar: string;
  /** Whether the calendar has to be made first. */
  makes: boolean;
}

export const USER = { name: "rosa", password: "loopback-only-1" };

export const kinds: readonly ServerKind[] = [
  {
    name: "Radicale",
    command: "radicale",
    variable: "RADICALE_BIN",
    argumentsFor({ folder, port }) {
      const users = join(folder, "users");
      const config = join(folder, "config");
      writeFileSync(users, `${USER.name}:${USER.password}\n`, { mode: 0o600 });
      const lines = [
        `[server]\nhosts = 127.0.0.1:${port}`,
        `[auth]\ntype = htpasswd\nhtpasswd_filename = ${users}\nhtpasswd_encryption = plain\ndelay = 0`,
        `[storage]\nfilesystem_folder = ${join(folder, "collections")}`,
      ];
      writeFileSync(config, lines.join("\n"));
      return [["--config", config]];
    },
    calendar: `/${USER.name}/work/`,
    makes: true,
  },
  {
    name: "Xandikos",
    command: "xandikos",
    variable: "XANDIKOS_BIN",
    argumentsFor({ folder, port }) {
      const data = join(folder, "data");
      mkdirSync(data, { recursive: true });
      const common = ["-d", data, "--autocreate", "--defaults", "--current-user-principal", `/${USER.name}/`];
      const address = ["-l", "127.0.0.1", "-p", String(port)];
      return [
        ["serve", ...common, ...address],
        [...common, ...address],
      ];
    },
    calendar: `/${USER.name}/calendars/calendar/`,
    makes: false,
  },
];

/** Where a server's program is, or why it is not run. */
export function find({ command, variable }: ServerKind): { file: string } | { reason: string } {
  const named = process.env[variable];
  const places = named ? [named] : (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, command));
  const file = places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (file) return { file };
  const where = named ? `${variable} names ${named}, which cannot be run` : `there is no "${command}" on PATH`;
  return { reason: `${where}. Install ${command} (Debian package or PyPI), or set ${variable} to its program.` };
}

export interface RunningServer {
  origin: string;
  port: number;
  stop(): Promise<void>;
}

/** Starts a server on loopback with a folder of its own, and waits until it answers. */
export async function start(kind: ServerKind, file: string): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), `calendar-${kind.command}-`));
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const said: string[] = [];
  for (const given of kind.argumentsFor({ folder, port })) {
    const child = spawn(file, given, { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.on("data", (part: Buffer) => said.push(part.toString()));
    child.stderr.on("data", (part: Buffer) => said.push(part.toString()));
    if (await answers(origin, child)) {
      if (kind.makes) await raw(origin, "MKCALENDAR", kind.calendar);
      return {
        origin,
        port,
        async stop() {
          await end(child);
          rmSync(folder, { recursive: true, force: true });
        },
      };
    }
    await end(child);
  }
  rmSync(folder, { recursive: true, force: true });
  throw new Error(`${kind.name} did not start: ${said.join("").slice(-600)}`);
}

async function answers(origin: string, child: ChildProcess): Promise<boolean> {
  for (let turn = 0; turn < 150 && child.exitCode === null; turn++) {
    const up = await raw(origin, "OPTIONS", "/").catch(() => null);
    if (up && up.status < 500) return true;
    await pause(200);
  }
  return false;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const hard = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await gone;
  clearTimeout(hard);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** One request as another calendar program would send it, without any of our code in between. */
export async function raw(
  origin: string,
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; headers: Headers; text: string }> {
  const authorization = `Basic ${Buffer.from(`${USER.name}:${USER.password}`).toString("base64")}`;
  const answer = await fetch(origin + path, {
    method,
    headers: { authorization, ...options.headers },
    ...(options.body === undefined ? {} : { body: options.body }),
    redirect: "manual",
    signal: AbortSignal.timeout(20_000),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}
