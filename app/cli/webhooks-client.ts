import { z } from "zod";

/* The REST API as `npm run webhooks` uses it: one function, refusals as one line. */

/** What went wrong in one line, and whether trying again later can help. */
export class CallFailed extends Error {
  readonly status: number | null;

  constructor(message: string, status: number | null) {
    super(message);
    this.status = status;
  }

  /** The network, a busy server or one that restarts: not the caller's fault. */
  get passing(): boolean {
    return this.status === null || this.status === 429 || this.status >= 500;
  }
}

const problem = z.object({ detail: z.string(), next: z.string().optional() });

export interface Api {
  call<Schema extends z.ZodType>(
    method: string,
    path: string,
    schema: Schema,
    body?: unknown,
  ): Promise<z.output<Schema>>;
}

const CALL_MS = 40_000;

/** Speaks to one instance with one key until `signal` fires. Throws CallFailed, or the signal's reason. */
export function apiOf(origin: string, key: string, signal: AbortSignal): Api {
  return {
    async call(method, path, schema, body) {
      const answer = await send(new URL(path, origin), {
        method,
        redirect: "manual",
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]),
      });
      const json = parsed(await answer.text());
      if (!answer.ok) {
        const said = problem.safeParse(json);
        const words = said.success
          ? `${said.data.detail} ${said.data.next ?? ""}`.trim()
          : `${origin} answered ${answer.status}.`;
        throw new CallFailed(words, answer.status);
      }
      const fitting = schema.safeParse(json);
      if (!fitting.success)
        throw new CallFailed(`${origin} answered something else than Patchbay does.`, answer.status);
      return fitting.data;
    },
  };

  async function send(url: URL, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init);
    } catch (error) {
      signal.throwIfAborted();
      throw new CallFailed(`${url.origin} does not answer: ${causeOf(error)}.`, null);
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The system's own word for a failed call, ECONNREFUSED for example. */
export function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && "code" in cause && typeof cause.code === "string") return cause.code;
  return cause instanceof Error ? cause.message : String(cause);
}
