import type { Actor } from "./actor.ts";
import { getConnection, setFeatures } from "./connections.server.ts";
import { AppError } from "./errors.ts";
import { stopRun, syncNow } from "./sync.server.ts";
import { decideHeldDeletion } from "./sync-deletions.server.ts";

/**
 * The buttons of the overview tab: sync, full check, stop, what to do with held deletions, both ways or one. Says in one
 * sentence what came of it. Kinds of AppError: invalid, conflict, not-found, forbidden.
 */
export async function steerSync(actor: Actor, connectionId: string, form: FormData): Promise<string> {
  const text = (name: string) => String(form.get(name) ?? "");
  const { label } = await getConnection(actor, connectionId);
  switch (text("intent")) {
    case "sync":
    case "full": {
      const mode = text("intent") === "full" ? "full" : "incremental";
      const results = await syncNow(actor, connectionId, { mode });
      const started = results.filter((result) => result.started).length;
      return started === 0
        ? "A sync goes on already; this page follows along."
        : `${label} is read now; this page follows along.`;
    }
    case "stop":
      await stopRun(actor, text("run"));
      return "It stops after the page it is reading. What was read is kept.";
    case "deleted":
      await decideHeldDeletion(actor, text("held"), "deleted");
      return "They are removed here too.";
    case "kept":
      await decideHeldDeletion(actor, text("held"), "kept");
      return "Everything stays. The next complete check looks again.";
    case "push-on":
      await setFeatures(actor, connectionId, { push: true });
      return `New applicants and stage changes now go to ${label}.`;
    case "push-off":
      await setFeatures(actor, connectionId, { push: false });
      return `Nothing is written to ${label} any more; reading goes on.`;
    default:
      throw new AppError("invalid", "This button does not exist.");
  }
}
