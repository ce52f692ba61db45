import type { Ctx, Http } from "../contract/ctx.ts";

/** All that one adapter call may touch, made by the service around it. `config` never holds a secret field. */
export function createContext(parts: {
  connectionId: string;
  config: Readonly<Record<string, unknown>>;
  grant?: Readonly<Record<string, string>>;
  http: Http;
  signal: AbortSignal;
  idempotencyKey: string;
  now?: () => Date;
}): Ctx {
  return Object.freeze({ grant: {}, now: () => new Date(), ...parts });
}
