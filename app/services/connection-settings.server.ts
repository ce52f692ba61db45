import type { Actor } from "./actor.ts";
import { saveSetup } from "./connection-setup.server.ts";
import {
  asksForConsent,
  getConnection,
  renameConnection,
  saveConsentFields,
  saveCredentials,
  vendorOf,
} from "./connections.server.ts";
import { AppError } from "./errors.ts";

/** What came of a form: a sentence to tell, or the vendor's own page to go to first. */
export type Saved = { sentence: string } | { signInAt: string };

/**
 * One form of the settings tab: the name, the credentials (tested before they are kept), or the choices. Credentials that
 * change from a key to a sign-in take effect when the person comes back from the vendor. Kinds: invalid with a sentence
 * per field, unavailable, conflict, not-found, forbidden.
 */
export async function saveSettings(actor: Actor, connectionId: string, form: FormData): Promise<Saved> {
  switch (form.get("intent")) {
    case "rename":
      await renameConnection(actor, connectionId, String(form.get("label") ?? ""));
      return { sentence: "The name is saved." };
    case "setup": {
      const row = await getConnection(actor, connectionId);
      const chosen = vendorOf(row.vendorId).setup.map((choice) => [choice.key, form.getAll(choice.key).map(String)]);
      await saveSetup(actor, connectionId, Object.fromEntries(chosen));
      return { sentence: "The choices are saved and take effect now." };
    }
    case "consent":
    case "credentials": {
      const row = await getConnection(actor, connectionId);
      const values = Object.fromEntries(form);
      if (asksForConsent(row, values)) {
        await saveConsentFields(actor, connectionId, values);
        return {
          signInAt: `/oauth/${row.vendorId}/authorize?connection=${row.id}&return=/integrations/${row.id}/settings`,
        };
      }
      const proof = await saveCredentials(actor, connectionId, values);
      if (proof.ok) return { sentence: `Tested and saved: signed in as ${proof.account.name}.` };
      throw new AppError("invalid", `${proof.message} Nothing was changed.`, {
        fields: proof.field ? { [proof.field]: proof.message } : {},
      });
    }
    default:
      throw new AppError("invalid", "This form does not exist.");
  }
}
