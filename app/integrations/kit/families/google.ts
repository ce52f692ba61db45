import type { AuthStrategy } from "../../contract/manifest.ts";

/** The parts of Google's OAuth that every Google vendor shares. Browser-safe, because manifests are made of it. */
export const googleOAuth = {
  kind: "oauth2-code",
  authorizeUrl: "https://accounts.google.com/o/oauth2/v2/auth",
  tokenUrl: "https://oauth2.googleapis.com/token",
  revokeUrl: "https://oauth2.googleapis.com/revoke",
  pkce: "S256",
  clientAuth: "body",
  refresh: "static",
  // Without both, Google gives a refresh token on the very first consent only.
  authorizeParams: { access_type: "offline", prompt: "consent" },
} as const satisfies Omit<Extract<AuthStrategy, { kind: "oauth2-code" }>, "scopes">;

/** The hosts that every Google sign-in needs besides the product's own. */
export const googleHosts = ["oauth2.googleapis.com"] as const;
