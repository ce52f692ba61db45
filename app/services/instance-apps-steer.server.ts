import type { Actor } from "./actor.ts";
import { AppError } from "./errors.ts";
import { removeInstanceApp, saveInstanceApp, testInstanceApp } from "./instance-apps.server.ts";

/** The buttons of the instance page; says in one sentence what came of it. Kinds: invalid, not-found, forbidden. */
export async function steerInstanceApp(actor: Actor, form: FormData): Promise<{ ok: boolean; sentence: string }> {
  const vendorId = String(form.get("vendor") ?? "");
  switch (form.get("intent")) {
    case "save":
      await saveInstanceApp(actor, vendorId, form);
      return { ok: true, sentence: "Saved. Test it, then connect." };
    case "test":
      return testInstanceApp(actor, vendorId);
    case "remove":
      await removeInstanceApp(actor, vendorId);
      return { ok: true, sentence: "Removed. Connections keep running until their sign-in ends." };
    default:
      throw new AppError("invalid", "This button does not exist.");
  }
}
