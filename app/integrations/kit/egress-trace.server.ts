import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import { Socket } from "node:net";

/** What a call goes through, in order: the address is looked up and checked, TCP, TLS, the wait for headers, the body. */
export const stages = ["dns", "connect", "tls", "ttfb", "body"] as const;
export type Stage = (typeof stages)[number];

/** How far a call came and what it took. */
export interface Trace {
  /** Where it was when it ended. */
  at: Stage;
  /** Milliseconds in each stage that it went through. A socket kept from an earlier call has no dns, connect or tls. */
  timings: Readonly<Partial<Record<Stage, number>>>;
  /** The address spoken with; null when none was reached. */
  remoteAddress: string | null;
}

/** Whose request is being written at this moment. */
let writing: Stopwatch | undefined;

/** Follows one call through its stages. */
export class Stopwatch {
  at: Stage = "dns";
  remoteAddress: string | null = null;
  readonly #spent: Partial<Record<Stage, number>> = {};
  #since: number | undefined;

  /** Ends the stage that runs and begins this one; entered twice, a stage adds up. */
  enter(stage: Stage): void {
    const now = performance.now();
    this.#close(now);
    this.at = stage;
    this.#since = now;
  }

  /** Its request is written next, and what is written before anything else happens is this request. */
  writes(): void {
    writing = this;
    queueMicrotask(() => {
      if (writing === this) writing = undefined;
    });
  }

  stop(): void {
    this.#close(performance.now());
  }

  trace(): Trace {
    this.stop();
    const timings = Object.fromEntries(
      Object.entries(this.#spent).map(([stage, spent]) => [stage, Math.round(spent * 10) / 10]),
    );
    return { at: this.at, timings, remoteAddress: this.remoteAddress };
  }

  #close(now: number): void {
    if (this.#since !== undefined) this.#spent[this.at] = (this.#spent[this.at] ?? 0) + now - this.#since;
    this.#since = undefined;
  }
}

const running = new AsyncLocalStorage<Stopwatch>();

/** Makes a call under its stopwatch: whatever is connected for it is timed by it. */
export const timed = <T>(watch: Stopwatch, call: () => T): T => running.run(watch, call);

/** The stopwatch of the call that this connection is made for. */
export const currentWatch = (): Stopwatch => running.getStore() ?? new Stopwatch();

/** undici says over which socket a request goes in the same breath in which it tells the request that it begins. */
subscribe("undici:client:sendHeaders", (message) => {
  const watch = writing;
  writing = undefined;
  if (!watch || typeof message !== "object" || message === null || !("socket" in message)) return;
  watch.enter("ttfb");
  if (message.socket instanceof Socket) watch.remoteAddress = message.socket.remoteAddress ?? null;
});
