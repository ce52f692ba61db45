import type { Actor } from "./actor.ts";
import { getConnection, pauseConnection, resumeConnection, testConnection } from "./connections.server.ts";
import { AppError } from "./errors.ts";

export interface Said {
  tone: "ok" | "warn" | "bad";
  title: string;
  undo?: { action: string; fields: Record<string, string> };
}

/** The buttons of a connection: test, pause, resume. Says in one sentence what came of it. Kinds: invalid, conflict, not-found. */
export async function steerConnection(actor: Actor, connectionId: string, intent: string): Promise<Said> {
  const { label } = await getConnection(actor, connectionId);
  const action = `/integrations/${connectionId}`;
  switch (intent) {
    case "test": {
      const proof = await testConnection(actor, connectionId);
      return proof.ok
        ? { tone: "ok", title: `${label} answered: signed in as ${proof.account.name}.` }
        : { tone: "bad", title: proof.message.slice(0, 300) };
    }
    case "pause":
      await pauseConnection(actor, connectionId);
      return {
        tone: "ok",
        title: `${label} is paused. Nothing runs until you resume it.`,
        undo: { action, fields: { intent: "resume" } },
      };
    case "resume":
      await resumeConnection(actor, connectionId);
      return { tone: "ok", title: `${label} runs again and catches up on what it missed.` };
    default:
      throw new AppError("invalid", "This button does not exist.");
  }
}
