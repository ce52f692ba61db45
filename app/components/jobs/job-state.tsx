import type { StateWord } from "#app/components/state-vocabulary.ts";
import { StateLabel } from "#app/components/ui/state.tsx";

export type JobStatus = "draft" | "open" | "closed" | "archived";

const words: Readonly<Record<JobStatus, StateWord>> = {
  draft: { word: "Draft", icon: "pencil-line", tone: "idle", means: "Only your team sees it." },
  open: { word: "Open", icon: "circle-check", tone: "ok", means: "On the career site, and ready to publish." },
  closed: { word: "Closed", icon: "circle-minus", tone: "idle", means: "Takes no applications." },
  archived: { word: "Archived", icon: "circle-slash", tone: "idle", means: "Deleted in the ATS; kept here to read." },
};

/** Whether a job takes applications, as icon and word. */
export function JobState({ status, pill }: { status: JobStatus; pill?: boolean }) {
  return <StateLabel state={words[status]} pill={pill} />;
}
