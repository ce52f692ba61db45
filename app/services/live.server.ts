import { sql as statement } from "drizzle-orm";
import { log } from "#app/platform/log.server.ts";
import { type EmployerTx, listen, withSystem } from "#db/client.server.ts";

/** What a page may follow. Only ids travel; the page loads the rest again under its own rights. */
export const liveTopics = [
  "activity",
  "connection",
  "delivery",
  "interview",
  "issue",
  "job",
  "posting",
  "sync",
  "application",
] as const;
export type LiveTopic = (typeof liveTopics)[number];

export interface LiveMessage {
  topic: LiveTopic | "all";
  id: string;
}

/** Tells open pages, when the transaction commits, that something under a topic changed. Equal notes of one transaction are one. */
export async function notifyLive(tx: EmployerTx, employerId: string, topic: LiveTopic, id: string): Promise<void> {
  await tx.execute(statement`select pg_notify('live', ${`${employerId} ${topic} ${id}`})`);
}

/** Notes of `notifyLiveSoon` that go out together. */
const GATHER_MS = 150;
let gathered: Set<string> | undefined;

/**
 * As `notifyLive`, for changes that come by the hundred: equal notes of a moment are one, and they go out together a
 * little later, outside the transaction, because notes make commits wait for each other. Call it when the change is
 * about to commit.
 */
export function notifyLiveSoon(employerId: string, topic: LiveTopic, ids: readonly string[]): void {
  const waiting = gathered ?? new Set<string>();
  for (const id of ids) waiting.add(`${employerId} ${topic} ${id}`);
  if (gathered) return;
  gathered = waiting;
  setTimeout(() => {
    gathered = undefined;
    const notes = JSON.stringify([...waiting]);
    withSystem((tx) =>
      tx.execute(statement`select pg_notify('live', note) from json_array_elements_text(${notes}::json) note`),
    ).catch((error: unknown) => log().debug({ err: error }, "Open pages were not told of a change."));
  }, GATHER_MS).unref();
}

type Subscriber = (message: LiveMessage) => void;
const subscribers = new Map<string, Set<Subscriber>>();
let listening: Promise<{ stop(): Promise<void> }> | undefined;

const isTopic = (word: string): word is LiveTopic => liveTopics.some((topic) => topic === word);

function deliver(payload: string): void {
  const [employerId = "", topic = "", id = ""] = payload.split(" ");
  if (!isTopic(topic)) return;
  for (const tell of subscribers.get(employerId) ?? []) tell({ topic, id });
}

function tellEveryone(): void {
  for (const of of subscribers.values()) for (const tell of of) tell({ topic: "all", id: "" });
}

/** Follows one employer's changes on the one LISTEN connection of this process; returns how to leave. */
export async function followLive(employerId: string, tell: Subscriber): Promise<() => Promise<void>> {
  const own = subscribers.get(employerId) ?? new Set<Subscriber>();
  subscribers.set(employerId, own.add(tell));
  listening ??= listen("live", { onMessage: deliver, onReconnect: tellEveryone });
  try {
    await listening;
  } catch (error) {
    listening = undefined;
    own.delete(tell);
    throw error;
  }
  return async () => {
    own.delete(tell);
    if (own.size === 0) subscribers.delete(employerId);
    if (subscribers.size > 0 || !listening) return;
    const last = listening;
    listening = undefined;
    await (await last).stop().catch((error: unknown) => log().debug({ err: error }, "unlisten"));
  };
}

const BEAT_MS = 20_000;

/**
 * The stream behind `EventSource`: `event: change` with `{topic, id}`, a comment every 20 s so that proxies keep the line
 * open. Ends with the request.
 */
export function liveResponse(request: Request, employerId: string): Response {
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    async start(controller) {
      let open = true;
      const write = (text: string) => {
        if (open) controller.enqueue(encoder.encode(text));
      };
      const beat = setInterval(() => write(": beat\n\n"), BEAT_MS);
      let leave: (() => Promise<void>) | undefined;
      const end = () => {
        if (!open) return;
        open = false;
        clearInterval(beat);
        void leave?.();
        controller.close();
      };
      request.signal.addEventListener("abort", end, { once: true });
      write("retry: 3000\n\n");
      try {
        const left = await followLive(employerId, (message) =>
          write(`event: change\ndata: ${JSON.stringify(message)}\n\n`),
        );
        leave = left;
        if (!open) await left();
        write("event: ready\ndata: {}\n\n");
      } catch (error) {
        log().warn({ err: error }, "A live stream could not listen.");
        end();
      }
      if (request.signal.aborted) end();
    },
  });
  return new Response(stream, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    },
  });
}
