import type { EmployerTx } from "#db/client.server.ts";
import { type IssueInput, raiseIssue, resolveIssues } from "./issues.server.ts";
import { type Posting, profileOf } from "./posting-job.server.ts";

type IssueType = "posting_rejected" | "posting_still_up" | "posting_unknown";

/** The issue that a posting's state calls for. A hand-off that waits is work, not a problem. */
async function typeFor(tx: EmployerTx, row: Posting): Promise<IssueType | null> {
  if (row.state === "rejected") return "posting_rejected";
  if (row.state === "still_up") return "posting_still_up";
  if (row.state !== "your_step") return null;
  return (await profileOf(tx, row))?.way === "api" ? "posting_unknown" : null;
}

interface Change {
  before: Posting;
  after: Posting;
  board: string;
  title: string;
}

/** Opens the issue of a posting's new state and closes the one of its old state, so that they heal by themselves. */
export async function keepPostingIssues(tx: EmployerTx, { before, after, board, title }: Change): Promise<void> {
  const was = await typeFor(tx, before);
  const is = await typeFor(tx, after);
  const causeKey = (type: IssueType) => `posting:${after.id}:${type}`;
  if (was && was !== is) await resolveIssues(tx, after.employerId, { causeKey: causeKey(was) });
  if (!is) return;
  await raiseIssue(tx, after.employerId, {
    connectionId: after.connectionId,
    type: is,
    causeKey: causeKey(is),
    fix: { label: fixes[is], href: `/jobs/postings/${after.id}` },
    affected: [{ label: title, count: 1, href: `/jobs/${after.jobId}` }],
    ...words[is](board, title, after.reason),
  });
}

const fixes: Record<IssueType, string> = {
  posting_rejected: "See what to mend",
  posting_still_up: "See the posting",
  posting_unknown: "Say what you see",
};

type Words = Pick<IssueInput, "severity" | "title" | "detail">;

const words: Record<IssueType, (board: string, title: string, reason: string | null) => Words> = {
  posting_rejected: (board, title, reason) => ({
    severity: "bad",
    title: `${board} refused “${title}”`,
    detail: `${reason ?? `${board} gave no reason.`} Nobody sees the job there until it is mended and sent again.`,
  }),
  posting_still_up: (board, title, reason) => ({
    severity: "bad",
    title: `${board} still shows “${title}”`,
    detail: `${reason ?? `The job is closed here and ${board} was told.`} People may still apply. We ask again and look again until it is gone.`,
  }),
  posting_unknown: (board, title) => ({
    severity: "bad",
    title: `We do not know whether ${board} took “${title}”`,
    detail: `The line dropped while the posting was sent, and ${board} has no way to ask for it. Nothing is sent twice without you. Look there, then say whether it is up.`,
  }),
};
