import { stateWord } from "#app/components/state-vocabulary.ts";
import type { LifecycleStep } from "#app/components/ui/lifecycle.tsx";

export interface HistoryEntry {
  id: string;
  at: Date;
  state: string;
  note: string | null;
  actor: string;
}

interface Facts {
  state: string;
  desired: "live" | "closed";
}

/** Steps still ahead of a posting, by where it stands. */
const ahead: Readonly<Record<string, readonly string[]>> = {
  draft: ["queued", "live"],
  validating: ["queued", "live"],
  queued: ["in_review", "live"],
  in_review: ["live"],
  your_step: ["live"],
  rejected: ["live"],
};

/** The way of a posting as steps: what it went through since it was last sent, and what lies ahead. */
export function lifecycleOf(
  posting: Facts,
  history: readonly HistoryEntry[],
): (Omit<LifecycleStep, "note"> & { at: Date | null })[] {
  const start = history.findLastIndex((entry) => entry.state === "validating");
  const went = history.slice(Math.max(0, start));
  const reached = went.filter((entry, index) => entry.state !== went[index - 1]?.state);
  const latest = new Map(reached.map((entry) => [entry.state, entry]));
  const done = [...latest.values()].sort((a, b) => new Date(a.at).getTime() - new Date(b.at).getTime());
  const steps = done.map((entry, index) => {
    const { word, tone } = stateWord("posting", entry.state);
    const isNow = index === done.length - 1;
    return {
      label: entry.state === "validating" ? "Checked" : word,
      tone: isNow ? (tone === "idle" ? ("ok" as const) : tone) : ("ok" as const),
      at: entry.at,
    };
  });
  const next =
    posting.desired === "closed" ? (posting.state === "closed" ? [] : ["closed"]) : (ahead[posting.state] ?? []);
  const coming = next
    .map((state) => stateWord("posting", state).word)
    .filter((word) => !steps.some((step) => step.label === word))
    .map((label) => ({ label, tone: "idle" as const, at: null }));
  return [...steps, ...coming];
}
