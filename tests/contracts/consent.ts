import type { Manifest } from "#app/integrations/contract/manifest.ts";
import type { Egress } from "#app/integrations/kit/egress.server.ts";
import {
  authorizationUrl,
  exchangeCode,
  newConsent,
  readCallback,
  revoke,
} from "#app/integrations/kit/oauth.server.ts";
import type { Sandbox } from "#app/sandbox/server.ts";
import { decideConsent } from "#app/sandbox/testing.ts";

/** Signs in on the simulated vendor's own page, trades the code for tokens and gives them back, where the vendor has such a page. */
export async function consent(manifest: Manifest, egress: Egress, sandbox: Sandbox): Promise<void> {
  const strategies = manifest.auth.kind === "choice" ? Object.values(manifest.auth.options) : [manifest.auth];
  const strategy = strategies.find((one) => one.kind === "oauth2-code");
  const registered = sandbox.vendor(manifest.id).credentials().good?.client;
  if (!strategy || !registered) return;
  const io = { manifest, egress, rewrite: { kind: "sandbox", origin: sandbox.origin } } as const;
  const client = { clientId: registered.clientId ?? "", clientSecret: registered.clientSecret ?? "" };
  const redirectUri = "http://127.0.0.1:1/oauth/callback";
  const { state, codeVerifier } = newConsent();
  const url = authorizationUrl({ io, strategy, clientId: client.clientId, redirectUri, state, codeVerifier });
  const account = /name="account" value="([^"]+)"/.exec(await (await fetch(url)).text())?.[1] ?? "";
  const back = await decideConsent(url.href, { decision: "allow", account });
  const code = readCallback(back.searchParams, state);
  const tokens = await exchangeCode(io, strategy, client, { code, redirectUri, codeVerifier });
  await revoke(io, strategy, client, tokens.accessToken);
}
