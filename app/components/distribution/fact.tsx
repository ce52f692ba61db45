import type { ReactNode } from "react";
import { useClock } from "#app/components/ui/clock.tsx";
import { Time } from "#app/components/ui/time.tsx";

export interface CellFacts {
  state: string;
  desired: "live" | "closed";
  reason: string | null;
  liveAt: Date | null;
  queuedAt: Date | null;
  closedAt: Date | null;
  expiresAt: Date | null;
}

/** How a posting gets to a board, in one word. */
export const wayWords = { api: "API", feed: "Feed", "hand-off": "Hand-off" } as const;

function Age({ since }: { since: Date | null }) {
  const { now } = useClock();
  if (!since) return null;
  const hours = Math.max(0, Math.floor((now - new Date(since).getTime()) / 3_600_000));
  const words = hours < 1 ? "now" : hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
  return <span suppressHydrationWarning>{words}</span>;
}

function Until({ at }: { at: Date }) {
  const { locale, timeZone } = useClock();
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone }).format(new Date(at));
  return <span suppressHydrationWarning>to {day}</span>;
}

/** The one fact under a state in the matrix. */
export function Fact({ cell, way }: { cell: CellFacts; way: keyof typeof wayWords }): ReactNode {
  if (cell.desired === "closed" && ["live", "expiring", "in_review", "queued"].includes(cell.state)) return "closing";
  switch (cell.state) {
    case "live":
    case "expiring":
      return cell.expiresAt ? <Until at={cell.expiresAt} /> : <Age since={cell.liveAt} />;
    case "validating":
      return "now";
    case "queued":
      return (
        <>
          {way === "feed" && "in feed "}
          <Age since={cell.queuedAt} />
        </>
      );
    case "in_review":
      return <Age since={cell.queuedAt} />;
    case "rejected":
      return "see why";
    case "draft":
      return "to mend";
    case "your_step":
      return way === "api" ? "is it there?" : cell.desired === "closed" ? "close it" : "paste it";
    case "still_up":
      return "we ask again";
    case "closed":
      return cell.closedAt && <Time at={cell.closedAt} show="date" />;
    default:
      return null;
  }
}
