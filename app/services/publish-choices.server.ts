import { manifestOf } from "#app/integrations/catalog.ts";
import type { Actor } from "./actor.ts";
import { type BoardCheck, preflight } from "./preflight.server.ts";

/** A board as the publish page shows it: its verdict without its rules, with its colour and whether a plan there pays. */
export type PublishChoice = Omit<BoardCheck, "rules"> & { color: string; byPlan: boolean };

export async function choicesOf(actor: Actor, jobId: string): Promise<PublishChoice[]> {
  const checks = await preflight(actor, jobId);
  return checks.map(({ rules: _rules, ...check }) => {
    const manifest = manifestOf(check.vendorId);
    return { ...check, color: manifest?.brand.color ?? "", byPlan: manifest !== undefined && manifest.cost !== "free" };
  });
}

/** The boards ticked at first: those asked for, else every one that is ready and costs nothing. */
export function chosenOf(choices: readonly PublishChoice[], asked: readonly string[]): string[] {
  const known = choices.filter((choice) => choice.blocked === null);
  if (asked.length > 0) return known.map((one) => one.connectionId).filter((id) => asked.includes(id));
  const ready = known.filter((one) => one.price === null && one.problems.every((problem) => problem.level !== "error"));
  return ready.map((one) => one.connectionId);
}
