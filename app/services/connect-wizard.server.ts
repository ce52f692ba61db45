import { strategyFor } from "#app/integrations/config-schema.server.ts";
import type { ConfigField } from "#app/integrations/contract/manifest.ts";
import { allow } from "#app/platform/permissions.ts";
import { withEmployer } from "#db/client.server.ts";
import type { Actor } from "./actor.ts";
import { type SetupQuestion, setupQuestions } from "./connection-setup.server.ts";
import { type Connection, connectionRow, environmentsOf, pasteables, vendorOf } from "./connections.server.ts";
import { storedFields } from "./credentials.server.ts";
import { AppError } from "./errors.ts";
import { type VendorCard, vendorCard } from "./marketplace.server.ts";
import { type SignInWay, signInWays } from "./sign-in-ways.server.ts";
import { sandboxPage } from "./vendor-wire.server.ts";

export const wizardSteps = ["choose", "sign-in", "test", "settings", "save"] as const;
export type WizardStep = (typeof wizardSteps)[number];

export interface Wizard {
  vendor: VendorCard;
  environments: readonly { id: string; label: string }[];
  connection: Pick<
    Connection,
    "id" | "label" | "environment" | "state" | "accountName" | "lastTestedAt" | "config"
  > | null;
  /** The step that waits. */
  now: WizardStep;
  /** How to sign in: one way, or one per choice of the form. */
  ways: readonly SignInWay[];
  /** False where there is nothing to sign in to. */
  signsIn: boolean;
  /** The page of the simulated vendor, for connections in the sandbox. */
  sandbox: string | null;
  /** Without the secrets that we make. */
  fields: readonly ConfigField[];
  stored: readonly string[];
  paste: { url: string | null; secrets: readonly { label: string; value: string }[] };
  questions: readonly SetupQuestion[];
}

/** Where somebody stands on the way to a connection. Kinds: not-found, forbidden. */
export async function wizard(actor: Actor, vendorId: string, connectionId: string | null): Promise<Wizard> {
  allow(actor, "connections:manage");
  const manifest = vendorOf(vendorId);
  const base = {
    vendor: vendorCard(manifest),
    environments: environmentsOf(manifest),
    fields: manifest.fields.filter((field) => !field.generated),
  };
  if (connectionId === null)
    return {
      ...base,
      connection: null,
      now: "choose",
      ways: [],
      signsIn: true,
      sandbox: null,
      stored: [],
      paste: { url: null, secrets: [] },
      questions: [],
    };
  const { row, stored } = await withEmployer(actor.employerId, async (tx) => ({
    row: await connectionRow(tx, actor.employerId, connectionId),
    stored: await storedFields(tx, actor.employerId, connectionId),
  }));
  if (row.vendorId !== vendorId) throw new AppError("not-found", "This connection belongs to another tool.");
  const strategy = strategyFor(manifest, row.config);
  const now = stepOf(row);
  const signedIn = now !== "sign-in";
  return {
    ...base,
    connection: {
      id: row.id,
      label: row.label,
      environment: row.environment,
      state: row.state,
      accountName: row.accountName,
      lastTestedAt: row.lastTestedAt,
      config: row.config,
    },
    now,
    ways: await signInWays(manifest, row),
    signsIn: strategy.kind !== "none",
    sandbox: sandboxPage(vendorId, row.environment),
    stored,
    paste: await pasteables(actor, connectionId),
    questions: signedIn && manifest.setup.length > 0 ? await setupQuestions(actor, connectionId) : [],
  };
}

function stepOf(row: Connection): WizardStep {
  if (row.state === "added" || row.state === "needs_reconnect") return "sign-in";
  if (row.state === "needs_setup") return "settings";
  return "save";
}
