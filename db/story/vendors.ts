import { z } from "zod";
import { newId } from "#app/platform/crypto.server.ts";
import { env } from "#app/platform/env.server.ts";
import type { Actor } from "#app/services/actor.ts";
import { saveSetup, setupQuestions } from "#app/services/connection-setup.server.ts";
import { createConnection, pasteables, saveCredentials } from "#app/services/connections.server.ts";
import { beginConsent, finishConsent } from "#app/services/oauth.server.ts";

const credentials = z.record(
  z.string(),
  z.object({ config: z.record(z.string(), z.string()), accountName: z.string() }),
);

/** A call to a simulated vendor's control page. */
export async function control(vendorId: string, path: string, body?: unknown): Promise<unknown> {
  const origin = env().PATCHBAY_SANDBOX_URL;
  if (origin === undefined) throw new Error("The simulated vendors have no address.");
  const init =
    body === undefined
      ? {}
      : {
          method: "POST",
          body: JSON.stringify(body),
          headers: { "content-type": "application/json", accept: "application/json" },
        };
  const answer = await fetch(`${origin}/_control/${vendorId}/${path}`, {
    ...init,
    signal: AbortSignal.timeout(15_000),
  });
  if (!answer.ok) throw new Error(`The simulated ${vendorId} answered ${answer.status} to ${path}.`);
  return answer.json();
}

/** What the simulated vendor hands to a newcomer. */
async function given(vendorId: string) {
  const { good } = credentials.parse(await control(vendorId, "credentials"));
  if (!good) throw new Error(`The simulated ${vendorId} hands out no credentials.`);
  return good;
}

/** Connects by the form, as a person would: create, paste, test, save. The key becomes the connection's id. */
export async function connectByForm(
  actor: Actor,
  vendorId: string,
  key: string,
  chosen: Readonly<Record<string, string>> = {},
): Promise<void> {
  const connectionId = await createConnection(actor, { vendorId, environment: "sandbox", id: key });
  const { config } = await given(vendorId);
  const proof = await saveCredentials(actor, connectionId, { ...config, ...chosen });
  if (!proof.ok) throw new Error(`${vendorId} did not accept its own credentials: ${proof.message}`);
}

/**
 * Connects by the vendor's consent page: its form is sent as a browser would, and the redirect is followed here. The key
 * becomes the connection's id.
 */
export async function connectByConsent(
  actor: Actor,
  vendorId: string,
  account: string,
  { key, label }: { key: string; label?: string },
): Promise<void> {
  if (actor.id === null) throw new Error("Only a person can consent.");
  const who = { actor, userId: actor.id, sessionId: newId() };
  const place = { vendorId, environment: "sandbox", id: key };
  const connectionId = await createConnection(actor, { ...place, ...(label ? { label } : {}) });
  const page = await beginConsent(who, connectionId, `/integrations/${connectionId}`);
  const form = new URLSearchParams(page.search);
  form.set("account", account);
  form.set("decision", "allow");
  for (const scope of (form.get("scope") ?? "").split(/[ ,]+/)) form.append("granted", scope);
  const answer = await fetch(page.origin + page.pathname, { method: "POST", body: form, redirect: "manual" });
  const back = answer.headers.get("location");
  if (back === null) throw new Error(`The consent page of ${vendorId} answered ${answer.status}.`);
  const { proof } = await finishConsent(who, vendorId, new URL(back).searchParams);
  if (!proof.ok) throw new Error(`${vendorId} did not accept the consent: ${proof.message}`);
}

/** Answers the setup questions: `wanted` says which offered values to take for a key. */
export async function choose(
  actor: Actor,
  connectionId: string,
  wanted: Readonly<Record<string, (label: string) => boolean>>,
): Promise<void> {
  const choices: Record<string, string[]> = {};
  for (const { choice, options } of await setupQuestions(actor, connectionId)) {
    const take = wanted[choice.key] ?? (() => true);
    const values = options.filter((option) => take(option.label)).map((option) => option.value);
    choices[choice.key] = choice.multiple ? values : values.slice(0, 1);
  }
  await saveSetup(actor, connectionId, choices);
}

/** Gives the vendor our webhook address and the secret we made, as the administrator would by hand. */
export async function registerWebhook(actor: Actor, connectionId: string, vendorId: string, account: string) {
  const { url, secrets } = await pasteables(actor, connectionId);
  if (url === null) return;
  const secret = secrets[0]?.value;
  await control(vendorId, "actions/register-webhook", { account, url, ...(secret ? { secret } : {}) });
}
