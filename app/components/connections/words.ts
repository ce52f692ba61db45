import { connectionWord, type StateWord } from "#app/components/state-vocabulary.ts";

/** The vocabulary names reasons by the kind of error that brings them; the row stores what follows from it. */
const kindOfReason: Readonly<Record<string, string>> = {
  vendor_down: "unavailable",
  needs_attention: "forbidden",
  we_are_on_it: "contract",
  throttled: "rate-limited",
};

/** The word of a connection as its row stands. */
export function wordOf(row: { state: string; stateReason: string | null; signIn?: boolean }): StateWord {
  const reason = row.stateReason ? (kindOfReason[row.stateReason] ?? null) : null;
  return connectionWord(row.state, { reason, ...(row.signIn === undefined ? {} : { signIn: row.signIn }) });
}

export const categoryWords: Readonly<Record<string, string>> = {
  ats: "ATS",
  "job-board": "Job board",
  calendar: "Calendar",
  mail: "Mail",
  chat: "Chat",
  analytics: "Analytics",
  payments: "Payments",
  automation: "Automation",
  crm: "CRM",
  hris: "HR",
  assessment: "Assessment",
  "background-check": "Background check",
  video: "Video",
};

export const costWords: Readonly<Record<string, string>> = { free: "Free", paid: "Paid", premium: "Premium" };

/** "1 posting", "4 postings". */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
