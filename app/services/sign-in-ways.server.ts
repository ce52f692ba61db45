import type { AuthStrategy, Manifest, Scope } from "#app/integrations/contract/manifest.ts";
import { findVendorClient } from "./vendor-apps.server.ts";
import type { Connection } from "./vendor-context.server.ts";

/** One way to sign in, and what its form needs to say. */
export interface SignInWay {
  /** The choice in the form that leads here; null where there is nothing to choose. */
  when: { field: string; is: string } | null;
  /** Sign-in happens on the vendor's own page. */
  consent: boolean;
  /** False when this instance has no app at the vendor, so that consent cannot begin. */
  appReady: boolean;
  scopes: readonly Scope[];
}

/** The ways to sign in at a vendor: one, or one per choice of the form. */
export async function signInWays(
  manifest: Pick<Manifest, "id" | "auth">,
  row: Pick<Connection, "environment">,
): Promise<SignInWay[]> {
  const { auth } = manifest;
  const ways: { when: SignInWay["when"]; strategy: AuthStrategy }[] =
    auth.kind === "choice"
      ? Object.entries(auth.options).map(([is, strategy]) => ({ when: { field: auth.field, is }, strategy }))
      : [{ when: null, strategy: auth }];
  const known = ways.some(({ strategy }) => strategy.kind === "oauth2-code")
    ? (await findVendorClient(manifest.id, row.environment)) !== null
    : true;
  return ways.map(({ when, strategy }) => ({
    when,
    consent: strategy.kind === "oauth2-code",
    appReady: strategy.kind !== "oauth2-code" || known,
    scopes: strategy.kind === "oauth2-code" || strategy.kind === "oauth2-client" ? strategy.scopes : [],
  }));
}
