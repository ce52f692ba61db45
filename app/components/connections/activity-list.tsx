import { Link } from "@remix-run/react";
import {
  Briefcase,
  Calendar,
  Hourglass,
  KeyRound,
  type LucideIcon,
  MessageSquare,
  RefreshCw,
  ScrollText,
  UserRound,
  Webhook,
} from "lucide-react";
import { useClock } from "#app/components/ui/clock.tsx";
import { EmptyState } from "#app/components/ui/empty-state.tsx";
import { Timeline } from "#app/components/ui/timeline.tsx";
import { momentWords } from "#app/platform/moments.ts";

export interface ActivityLine {
  id: string;
  at: Date;
  kind: string;
  tone: string;
  who: string;
  what: string;
  href: string | null;
}

const icons: Readonly<Record<string, LucideIcon>> = {
  sync: RefreshCw,
  webhook: Webhook,
  person: UserRound,
  posting: Briefcase,
  message: MessageSquare,
  interview: Calendar,
  credential: KeyRound,
  wait: Hourglass,
};

const toneOf = (word: string) => (["ok", "run", "warn", "bad"] as const).find((tone) => tone === word) ?? "idle";

interface Props {
  entries: readonly ActivityLine[];
  /** Address of the older entries; null on the last page. */
  older: string | null;
}

/** What happened, by day, newest first; older entries are a link. */
export function ActivityList({ entries, older }: Props) {
  const clock = useClock();
  if (entries.length === 0)
    return (
      <EmptyState icon={ScrollText} title="Nothing yet">
        Syncs, webhooks, postings and what people change will appear here.
      </EmptyState>
    );
  const days = new Map<string, ActivityLine[]>();
  for (const entry of entries) {
    const label = momentWords(new Date(entry.at), "long-day", clock);
    days.set(label, [...(days.get(label) ?? []), entry]);
  }
  return (
    <>
      <Timeline
        days={[...days].map(([label, lines]) => ({
          label,
          entries: lines.map((line) => ({
            id: line.id,
            at: line.at,
            tone: toneOf(line.tone),
            icon: icons[line.kind] ?? ScrollText,
            text: (
              <>
                <b>{line.who}</b> {line.href ? <Link to={line.href}>{line.what}</Link> : line.what}
              </>
            ),
          })),
        }))}
      />
      {older && (
        <Link className="link" to={older}>
          Older entries
        </Link>
      )}
    </>
  );
}
