export interface Dependents {
  livePostings: number;
  pendingPostings: number;
  applicationsLastMonth: number;
  comingInterviews: number;
  syncedRecords: number;
  queuedChanges: number;
  notificationRules: number;
  calendars: number;
  subscriptions: number;
}

const words: readonly { key: keyof Dependents; label: string; end: string }[] = [
  {
    key: "livePostings",
    label: "Live postings",
    end: "come down first, or stay up at the board without us if you choose so",
  },
  {
    key: "pendingPostings",
    label: "Postings on their way",
    end: "are withdrawn first, or left as they are if you choose so",
  },
  { key: "applicationsLastMonth", label: "Applicants in 30 days", end: "a month no longer arrive by themselves" },
  { key: "comingInterviews", label: "Coming interviews", end: "stay in the calendar, but no longer follow changes" },
  { key: "queuedChanges", label: "Changes on their way", end: "are not sent any more" },
  { key: "notificationRules", label: "Notification rules", end: "are deleted" },
  { key: "calendars", label: "Followed calendars", end: "show as unknown instead of free" },
  { key: "subscriptions", label: "Webhooks at the vendor", end: "are cancelled" },
  { key: "syncedRecords", label: "Synced records", end: "stay here, and are no longer updated" },
];

/** What hangs on a connection, without zeros, and what becomes of each when it ends. */
export const dependentsOf = (counts: Dependents): { label: string; count: number; end: string }[] =>
  words.map(({ key, label, end }) => ({ label, end, count: counts[key] })).filter(({ count }) => count > 0);
