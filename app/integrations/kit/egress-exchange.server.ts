import type { Dispatcher } from "undici";
import type { EgressAnswer, EgressRequest } from "./egress.server.ts";
import { EgressError, toEgressError } from "./egress-error.server.ts";
import { Stopwatch, timed } from "./egress-trace.server.ts";

/** Interim answers (1xx) that are taken before the real one. */
const MOST_INTERIM = 8;

type Ended = { answer: EgressAnswer } | { error: unknown };

/** Sends one request and reads its answer to the end or to the limit. Throws EgressError, or the caller's abort reason. */
export function exchange(dispatcher: Dispatcher, target: URL, request: EgressRequest): Promise<EgressAnswer> {
  const { signal } = request;
  return new Promise((resolve, reject) => {
    const one = new Exchange(target.hostname, request, (ended) => {
      signal?.removeEventListener("abort", onAbort);
      if ("answer" in ended) resolve(ended.answer);
      else reject(ended.error);
    });
    const onAbort = () => one.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    timed(one.watch, () =>
      dispatcher.dispatch(
        {
          origin: target.origin,
          path: target.pathname + target.search,
          method: (request.method ?? "GET") as Dispatcher.HttpMethod,
          headers: { ...request.headers },
          body: request.body ?? null,
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        one,
      ),
    );
  });
}

/**
 * One request as undici reports on it. The answer is gathered here without a stream in between: it is small or cut. What
 * comes after the end, by deadline, abort or limit, is not looked at; a request that has not begun by then never does.
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly watch = new Stopwatch();
  readonly #hostname: string;
  readonly #most: number;
  readonly #truncates: boolean;
  readonly #settle: (ended: Ended) => void;
  readonly #deadline: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #interim = 0;
  #status: number | undefined;
  #headers = new Headers();
  #controller: Dispatcher.DispatchController | undefined;
  #ended = false;

  constructor(hostname: string, request: EgressRequest, settle: (ended: Ended) => void) {
    const { timeoutMs = 30_000, maxBytes = 10 * 1024 * 1024, overflow = "fail" } = request;
    this.#hostname = hostname;
    this.#most = maxBytes;
    this.#truncates = overflow === "truncate";
    this.#settle = settle;
    this.#deadline = setTimeout(() => this.#breakOff(this.#tooLate(timeoutMs)), timeoutMs);
  }

  /** Ends it for a reason of the caller's own. */
  abort(reason: unknown): void {
    this.#end({ error: reason });
    this.#controller?.abort(asError(reason));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#ended) controller.abort(new Error("It has ended before it began."));
    else this.watch.writes();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: RawHeaders): void {
    if (this.#ended) return;
    if (status < 200) {
      this.#interim += 1;
      if (this.#interim > MOST_INTERIM)
        this.#breakOff(new EgressError("too-large", `${this.#hostname} sent interim answers (1xx) without end.`));
      return;
    }
    this.#status = status;
    this.#headers = toHeaders(headers);
    this.watch.enter("body");
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#ended) return;
    const room = this.#most - this.#size;
    if (chunk.length <= room) {
      this.#chunks.push(chunk);
      this.#size += chunk.length;
    } else if (this.#truncates) {
      this.#chunks.push(chunk.subarray(0, room));
      this.#answer(true);
      this.#controller?.abort(new Error("The rest is not read."));
    } else {
      const sentence = `${this.#hostname} answered with more than ${this.#most} bytes.`;
      this.#breakOff(new EgressError("too-large", sentence));
    }
  }

  onResponseEnd(): void {
    this.#answer(false);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(this.#told(error));
  }

  #answer(truncated: boolean): void {
    if (this.#status === undefined) return;
    const body = Buffer.concat(this.#chunks);
    this.#end({
      answer: { status: this.#status, headers: this.#headers, body, truncated, trace: this.watch.trace() },
    });
  }

  #breakOff(error: EgressError): void {
    this.#fail(error);
    this.#controller?.abort(error);
  }

  #fail({ phase, message, code, cause }: EgressError): void {
    if (!this.#ended) this.#end({ error: new EgressError(phase, message, { code, cause, trace: this.watch.trace() }) });
  }

  #end(ended: Ended): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    this.#settle(ended);
  }

  /** Once the headers were there, a broken connection is told as what it is. */
  #told(error: unknown): EgressError {
    const failure = toEgressError(error, this.#hostname);
    if (this.#status === undefined || failure.phase !== "reset") return failure;
    const sentence = `${this.#hostname} answered ${this.#status} and broke off in the middle of its answer.`;
    return new EgressError("reset", sentence, { code: failure.code, cause: failure.cause });
  }

  #tooLate(timeoutMs: number): EgressError {
    const [name, within] = [this.#hostname, `within ${timeoutMs / 1000} s`];
    const sentence = {
      dns: `The name ${name} was not resolved ${within}.`,
      connect: `${name} did not accept the connection ${within}.`,
      tls: `${name} did not finish the encrypted greeting ${within}.`,
      ttfb: `${name} did not answer ${within}.`,
      body: `${name} answered ${this.#status} and did not end its answer ${within}.`,
    }[this.watch.at];
    return new EgressError("timeout", sentence);
  }
}

type RawHeaders = Readonly<Record<string, string | string[] | undefined>>;

function toHeaders(raw: RawHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw))
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) headers.append(name, one);
  return headers;
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));
