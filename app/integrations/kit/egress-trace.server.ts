import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import { Socket } from "node:net";
import type { Dispatcher } from "undici";

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

let writing: Stopwatch | undefined;

/** undici says over which socket a request goes in the same breath in which it tells the request that it begins. */
subscribe("undici:client:sendHeaders", (message) => {
  const watch = writing;
  writing = undefined;
  if (!watch || typeof message !== "object" || message === null || !("socket" in message)) return;
  watch.enter("ttfb");
  if (message.socket instanceof Socket) watch.remoteAddress = message.socket.remoteAddress ?? null;
});

/** Tells each call's stopwatch when its request is written and to which address, over a new socket or a kept one. */
export const watchRequests: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
  const watch = running.getStore();
  return dispatch(options, watch ? watched(handler, watch) : handler);
};

function watched(handler: Dispatcher.DispatchHandler, watch: Stopwatch): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller, context) {
      handler.onRequestStart?.(controller, context);
      writing = watch;
      // Only what is written before anything else happens is this request.
      queueMicrotask(() => {
        if (writing === watch) writing = undefined;
      });
    },
    onRequestUpgrade: (...all) => handler.onRequestUpgrade?.(...all),
    onResponseStart: (...all) => handler.onResponseStart?.(...all),
    onResponseData: (...all) => handler.onResponseData?.(...all),
    onResponseEnd: (...all) => handler.onResponseEnd?.(...all),
    onResponseError: (...all) => handler.onResponseError?.(...all),
  };
}
