import type { ReactNode } from "react";
import { useClock } from "#app/components/ui/clock.tsx";
import { momentWords } from "#app/platform/moments.ts";

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

/** Short, because a cell is narrow: "4 min", "3 h", "41 d". */
function Age({ since }: { since: Date | null }) {
  const { now } = useClock();
  if (!since) return null;
  const minutes = Math.max(0, Math.floor((now - new Date(since).getTime()) / 60_000));
  const hours = Math.floor(minutes / 60);
  const words =
    minutes < 1 ? "now" : hours < 1 ? `${minutes} min` : hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
  return <span suppressHydrationWarning>{words}</span>;
}

/** A day of this year or next, without the year. */
function Day({ at }: { at: Date }) {
  return <span suppressHydrationWarning>{momentWords(new Date(at), "short-day", useClock())}</span>;
}

/** The one fact under a state in the matrix. */
export function Fact({ cell, way }: { cell: CellFacts; way: keyof typeof wayWords }): ReactNode {
  if (cell.desired === "closed" && ["live", "expiring", "in_review", "queued"].includes(cell.state)) return "closing";
  switch (cell.state) {
    case "live":
    case "expiring":
      return cell.expiresAt ? (
        <>
          to <Day at={cell.expiresAt} />
        </>
      ) : (
        <Age since={cell.liveAt} />
      );
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
      return cell.closedAt && <Day at={cell.closedAt} />;
    default:
      return null;
  }
}
