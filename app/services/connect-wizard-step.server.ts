import { strategyFor } from "#app/integrations/config-schema.server.ts";
import type { Actor } from "./actor.ts";
import { saveSetup } from "./connection-setup.server.ts";
import {
  createConnection,
  getConnection,
  type Proof,
  saveConsentFields,
  saveCredentials,
  testConnection,
  vendorOf,
} from "./connections.server.ts";
import { AppError } from "./errors.ts";

/** Where a step of the wizard leads. */
export type StepResult =
  | { kind: "next"; connectionId: string; message?: string }
  | { kind: "consent"; connectionId: string }
  | { kind: "done"; connectionId: string; message: string }
  | { kind: "stay"; message: string; fields: Record<string, string> };

/** Takes one step of the wizard. Kinds of AppError: invalid with a sentence per field, conflict, not-found, forbidden. */
export async function takeWizardStep(
  actor: Actor,
  vendorId: string,
  connectionId: string | null,
  form: FormData,
): Promise<StepResult> {
  const text = (name: string) => String(form.get(name) ?? "");
  const intent = text("intent");
  if (connectionId === null) {
    if (intent !== "choose") throw new AppError("invalid", "Choose where to connect first.");
    const input = { vendorId, environment: text("environment"), label: text("label") };
    return { kind: "next", connectionId: await createConnection(actor, input) };
  }
  switch (intent) {
    // The form itself may choose between typing a credential and signing in there: what it says now counts.
    case "credentials":
    case "consent": {
      const values = Object.fromEntries(form);
      if (strategyFor(vendorOf(vendorId), values).kind !== "oauth2-code")
        return afterProof(connectionId, await saveCredentials(actor, connectionId, values));
      await saveConsentFields(actor, connectionId, values);
      return { kind: "consent", connectionId };
    }
    case "test":
      return afterProof(connectionId, await testConnection(actor, connectionId));
    case "setup": {
      const { setup } = vendorOf(vendorId);
      await saveSetup(
        actor,
        connectionId,
        Object.fromEntries(setup.map((choice) => [choice.key, form.getAll(choice.key).map(String)])),
      );
      const { label } = await getConnection(actor, connectionId);
      return { kind: "done", connectionId, message: `${label} is connected. You can go on working.` };
    }
    default:
      throw new AppError("invalid", "This step does not exist.");
  }
}

function afterProof(connectionId: string, proof: Proof): StepResult {
  if (proof.ok) return { kind: "next", connectionId, message: `The test has passed: this is ${proof.account.name}.` };
  return { kind: "stay", message: proof.message, fields: proof.field ? { [proof.field]: proof.message } : {} };
}
