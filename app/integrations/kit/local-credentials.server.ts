import { IntegrationError } from "../contract/errors.ts";
import type { AuthStrategy } from "../contract/manifest.ts";
import type { CredentialsProvider, Grant } from "./auth.server.ts";
import { clientCredentials, type OAuthClient, type OAuthIo, refreshGrant, type TokenSet } from "./oauth.server.ts";

/** Credentials in the memory of one process, for the command line and the conformance suite. Refreshes are shared. */
export function createLocalCredentials(options: {
  io: OAuthIo;
  strategy: AuthStrategy;
  secrets: Readonly<Record<string, string>>;
  /** The vendor app, for strategies that refresh with it. */
  client?: OAuthClient | undefined;
  tokens?: { accessToken: string; refreshToken?: string | undefined } | undefined;
  keep?: Readonly<Record<string, string>> | undefined;
}): CredentialsProvider & { refreshes(): number } {
  const { io, strategy, secrets } = options;
  let refreshToken = options.tokens?.refreshToken;
  let grant: Grant = {
    version: 1,
    secrets,
    keep: options.keep ?? {},
    ...(options.tokens ? { accessToken: options.tokens.accessToken } : {}),
  };
  let running: Promise<Grant> | null = null;
  let refreshes = 0;

  async function renew(): Promise<TokenSet> {
    if (strategy.kind === "oauth2-client") return clientCredentials(io, strategy, { ...io.config, ...secrets });
    if (strategy.kind === "oauth2-code" && options.client && refreshToken)
      return refreshGrant(io, strategy, options.client, refreshToken);
    throw new IntegrationError("auth-revoked", "There is nothing to renew the access token with.");
  }

  return {
    current: async () => grant,
    async refresh(staleVersion) {
      if (staleVersion !== grant.version) return grant;
      running ??= renew()
        .then((tokens) => {
          refreshes++;
          refreshToken = tokens.refreshToken ?? refreshToken;
          grant = {
            ...grant,
            version: grant.version + 1,
            accessToken: tokens.accessToken,
            keep: { ...grant.keep, ...tokens.keep },
          };
          return grant;
        })
        .finally(() => {
          running = null;
        });
      return running;
    },
    refreshes: () => refreshes,
  };
}
