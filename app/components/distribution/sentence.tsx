import type { ReactNode } from "react";
import { Time } from "#app/components/ui/time.tsx";

interface Facts {
  state: string;
  desired: "live" | "closed";
  reason: string | null;
  queuedAt: Date | null;
  liveAt: Date | null;
  closedAt: Date | null;
  expiresAt: Date | null;
  observedAt: Date | null;
}

const At = ({ at }: { at: Date | null }) => (at ? <Time at={at} show="datetime" /> : "an unknown time");

/** With a full stop, where the board left it out. */
const ended = (text: string): string => (/[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`);

/** The last word on a posting whose connection is gone: what was known then, and who looks after it now. */
export function Farewell({ posting, board, at }: { posting: Facts; board: string; at: Date }): ReactNode {
  const day = <Time at={at} show="datetime" />;
  if (["closed", "rejected", "draft"].includes(posting.state)) return <>Disconnected {day}, after it was over.</>;
  const was = ["live", "expiring", "still_up"].includes(posting.state) ? "It was up then" : "It was on its way then";
  return (
    <>
      Disconnected {day}. {was}, and stays on {board} until it ends or is taken down there. We no longer look.
    </>
  );
}

/** What happened, what it means, what to do: one sentence or two. */
export function PostingSentence({ posting, board, way }: { posting: Facts; board: string; way: string }): ReactNode {
  if (posting.desired === "closed" && ["live", "expiring", "in_review", "queued", "rejected"].includes(posting.state)) {
    return way === "feed"
      ? `Out of the feed. ${board} takes it down when it next reads the feed.`
      : `We are closing it on ${board} and look until it is gone.`;
  }
  switch (posting.state) {
    case "draft":
      return `Not sent to ${board}. ${posting.reason ?? ""}`;
    case "validating":
      return `We are checking ${board}’s rules; seconds.`;
    case "queued":
      return (
        <>
          {way === "feed" ? "In the feed" : "Handed over"} since <At at={posting.queuedAt} />.
        </>
      );
    case "in_review":
      return (
        <>
          {board} has had it since <At at={posting.queuedAt} />.
        </>
      );
    case "live":
      return (
        <>
          Seen on {board}: <At at={posting.observedAt ?? posting.liveAt} />.
        </>
      );
    case "expiring":
      return (
        <>
          Ends on {posting.expiresAt ? <Time at={posting.expiresAt} show="date" /> : "a date near"}. Publish it again
          when it is down, or let it end.
        </>
      );
    case "rejected":
      return `${board} refused it: ${ended(posting.reason ?? "it gave no reason")}`;
    case "closed":
      return (
        <>
          Down since <At at={posting.closedAt} />; we looked and it is gone.
        </>
      );
    case "your_step":
      if (way === "api")
        return `${posting.reason ?? `We do not know whether ${board} took it.`} Look there and say what you see; nothing is sent twice without you.`;
      return posting.desired === "closed"
        ? `Close it on ${board}, then confirm here.`
        : `${board} takes no automatic postings. Paste the text, give us the link.`;
    case "still_up":
      return `Closed here, yet ${board} still shows it. ${posting.reason ?? "We ask again and look until it is gone."}`;
    default:
      return null;
  }
}
