import type { Actor } from "./actor.ts";
import { saveSetup } from "./connection-setup.server.ts";
import { getConnection, renameConnection, saveCredentials, vendorOf } from "./connections.server.ts";
import { AppError } from "./errors.ts";

/**
 * One form of the settings tab: the name, the credentials (tested before they are kept), or the choices. Kinds: invalid
 * with a sentence per field, unavailable, conflict, not-found, forbidden.
 */
export async function saveSettings(actor: Actor, connectionId: string, form: FormData): Promise<{ sentence: string }> {
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
    case "credentials": {
      const proof = await saveCredentials(actor, connectionId, Object.fromEntries(form));
      if (proof.ok) return { sentence: `Tested and saved: signed in as ${proof.account.name}.` };
      throw new AppError("invalid", `${proof.message} Nothing was changed.`, {
        fields: proof.field ? { [proof.field]: proof.message } : {},
      });
    }
    default:
      throw new AppError("invalid", "This form does not exist.");
  }
}
