import type { StateWord } from "#app/components/state-vocabulary.ts";
import { StateLabel } from "#app/components/ui/state.tsx";

export type ApplicationStatus = "active" | "hired" | "rejected" | "withdrawn";

const words: Readonly<Record<ApplicationStatus, StateWord>> = {
  active: { word: "Active", icon: "circle-dashed", tone: "idle", means: "In the running." },
  hired: { word: "Hired", icon: "circle-check", tone: "ok", means: "Got the job." },
  rejected: { word: "Rejected", icon: "circle-x", tone: "idle", means: "Turned down." },
  withdrawn: { word: "Withdrawn", icon: "circle-minus", tone: "idle", means: "Stepped back." },
};
export const applicationStatusWords: Readonly<Record<ApplicationStatus, string>> = {
  active: "Active",
  hired: "Hired",
  rejected: "Rejected",
  withdrawn: "Withdrawn",
};

/** Where an application stands, as icon and word. */
export function ApplicationState({ status, pill }: { status: ApplicationStatus; pill?: boolean }) {
  return <StateLabel state={words[status]} pill={pill} />;
}

export type AtAts = "arrived" | "sending" | "refused" | "not_sent";

const atAts: Readonly<Record<AtAts, StateWord>> = {
  arrived: { word: "Arrived", icon: "circle-check", tone: "ok", means: "The ATS has it." },
  sending: { word: "Sending", icon: "arrow-up-right", tone: "run", means: "On its way to the ATS." },
  refused: { word: "Refused", icon: "circle-x", tone: "bad", means: "The ATS did not take it." },
  not_sent: { word: "Not sent", icon: "circle-slash", tone: "idle", means: "Two-way is off, or no ATS owns the job." },
};

/** Whether the ATS has an application. */
export function AtsState({ value }: { value: AtAts }) {
  return <StateLabel state={atAts[value]} />;
}
