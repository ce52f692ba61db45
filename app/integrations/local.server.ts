import { loadAdapter } from "./adapters.server.ts";
import { manifestOf } from "./catalog.ts";
import { schemaFor, splitSecrets, strategyFor } from "./config-schema.server.ts";
import type { AnyAdapter } from "./contract/adapter.ts";
import type { Ctx } from "./contract/ctx.ts";
import { IntegrationError } from "./contract/errors.ts";
import type { AuthStrategy, Manifest } from "./contract/manifest.ts";
import { createContext } from "./kit/context.server.ts";
import { createEgress, type Egress } from "./kit/egress.server.ts";
import { type CallRecord, createHttp, type HttpOptions } from "./kit/http.server.ts";
import { createLocalCredentials } from "./kit/local-credentials.server.ts";
import type { OAuthClient } from "./kit/oauth.server.ts";
import { createMemoryPacer, type Pacer } from "./kit/pacer.server.ts";
import type { Rewrite } from "./kit/urls.server.ts";

/** One vendor opened without a database: credentials, budget and calls live in this process. */
export interface LocalVendor {
  manifest: Manifest;
  adapter: AnyAdapter;
  strategy: AuthStrategy;
  ctx: Ctx;
  calls: readonly CallRecord[];
  refreshes(): number;
  close(): Promise<void>;
}

/**
 * Opens a vendor from form values, for the command line and the conformance suite. `values` are the manifest's fields,
 * secrets included. Kinds: unsupported for an unknown vendor, config for values that the form would refuse.
 */
export async function openLocally(options: {
  vendorId: string;
  values: Readonly<Record<string, unknown>>;
  /** Setup choices, such as a channel or a calendar. */
  setup?: Readonly<Record<string, unknown>> | undefined;
  /** Takes a form that is not filled in, for what needs no call. */
  unfilled?: boolean;
  client?: OAuthClient | undefined;
  tokens?: { accessToken: string; refreshToken?: string | undefined } | undefined;
  keep?: Readonly<Record<string, string>> | undefined;
  rewrite?: Rewrite | undefined;
  environmentId?: string | undefined;
  signal?: AbortSignal | undefined;
  egress?: Egress | undefined;
  pacer?: Pacer | undefined;
  idempotencyKey?: string | undefined;
  http?: Partial<Pick<HttpOptions, "sleep" | "now" | "totalMs" | "attemptMs">> | undefined;
}): Promise<LocalVendor> {
  const manifest = manifestOf(options.vendorId);
  const adapter = await loadAdapter(options.vendorId);
  if (!manifest || !adapter)
    throw new IntegrationError("unsupported", `There is no vendor called ${options.vendorId}.`);
  const parsed = schemaFor(manifest).safeParse(options.values);
  if (!parsed.success && !options.unfilled) {
    const issue = parsed.error.issues[0];
    throw new IntegrationError("config", issue?.message ?? "The settings cannot be used.", {
      field: issue?.path.join(".") ?? "",
    });
  }
  const { config: fields, secrets } = splitSecrets(manifest, parsed.data ?? options.values);
  const config = { ...fields, ...options.setup };
  const strategy = strategyFor(manifest, config);
  const environment = manifest.environments.find((one) => one.id === options.environmentId);
  const egress = options.egress ?? createEgress({ allow: options.rewrite ? [loopbackOf(options.rewrite.origin)] : [] });
  const signal = options.signal ?? new AbortController().signal;
  const now = options.http?.now ?? (() => new Date());
  const io = { manifest, egress, environment, rewrite: options.rewrite, config, signal, now };
  const { client, tokens, keep } = options;
  const credentials = createLocalCredentials({ io, strategy, secrets, client, tokens, keep });
  const calls: CallRecord[] = [];
  const connectionId = "local";
  const http = createHttp({
    ...options.http,
    manifest,
    strategy,
    connectionId,
    config,
    credentials,
    pacer: options.pacer ?? createMemoryPacer(now),
    egress,
    signal,
    environment,
    rewrite: options.rewrite,
    classify: adapter.classify,
    envelope: adapter.envelope,
    meter: (call) => calls.push(call),
  });
  const idempotencyKey = options.idempotencyKey ?? "local-1";
  const ctx = createContext({ connectionId, config, grant: keep ?? {}, http, signal, idempotencyKey, now });
  return {
    manifest,
    adapter,
    strategy,
    ctx,
    calls,
    refreshes: () => credentials.refreshes(),
    close: async () => {
      if (!options.egress) await egress.close();
    },
  };
}

/** `host:port` of an origin, as the guard's allow list names it. */
function loopbackOf(origin: string): string {
  const url = new URL(origin);
  return `${url.hostname.replace(/^\[|\]$/g, "")}:${url.port || (url.protocol === "https:" ? "443" : "80")}`;
}
