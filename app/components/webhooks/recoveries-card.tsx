import type { StateWord } from "#app/components/state-vocabulary.ts";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { Count } from "#app/components/ui/money.tsx";
import { Progress } from "#app/components/ui/progress.tsx";
import { RowAction } from "#app/components/ui/row-action.tsx";
import { StateLabel } from "#app/components/ui/state.tsx";
import { Table } from "#app/components/ui/table.tsx";
import { Time } from "#app/components/ui/time.tsx";

export interface RecoveryShown {
  id: string;
  state: string;
  since: Date;
  until: Date;
  progress: number;
  found: number;
  enqueued: number;
  skipped: number;
  note: string | null;
  createdBy: string;
  createdAt: Date;
  finishedAt: Date | null;
}

const words: Readonly<Record<string, StateWord>> = {
  running: { word: "Running", icon: "refresh-cw", tone: "run", means: "Goes through what failed, page by page." },
  done: { word: "Done", icon: "circle-check", tone: "ok", means: "Everything was looked at." },
  cancelled: { word: "Stopped", icon: "circle-slash", tone: "idle", means: "Ended before it was through." },
};
const wordOf = (state: string): StateWord =>
  words[state] ?? { word: state, icon: "circle-dashed", tone: "idle", means: "Unknown state." };

/** The recovery that runs, with how far it is. */
export function RunningRecovery({ recovery, canManage }: { recovery: RecoveryShown; canManage: boolean }) {
  const { found, enqueued, skipped } = recovery;
  return (
    <Card labelledBy="running">
      <CardHeader
        id="running"
        title="A recovery is running"
        end={
          canManage && (
            <RowAction field="recoveryId" id={recovery.id} intent="cancel-recovery">
              Stop
            </RowAction>
          )
        }
      />
      <CardBody>
        <Progress
          label="How far the recovery is"
          counts={
            <>
              <Count value={found} /> events found, <Count value={enqueued} /> sent again, <Count value={skipped} />{" "}
              left alone
            </>
          }
          left={
            <>
              since <Time at={recovery.since} show="datetime" />
            </>
          }
          share={recovery.progress}
          tone="run"
        />
      </CardBody>
    </Card>
  );
}

/** Recoveries that have ended, newest first. */
export function PastRecoveries({ recoveries }: { recoveries: readonly RecoveryShown[] }) {
  return (
    <Card labelledBy="past">
      <CardHeader id="past" title="Recoveries so far" />
      <Table
        labelledBy="past"
        rows={recoveries}
        rowKey={(row) => row.id}
        empty="None yet."
        columns={[
          {
            head: "Started",
            cell: (row) => (
              <>
                <Time at={row.createdAt} />
                <span className="block text-muted text-xs">{row.createdBy}</span>
              </>
            ),
          },
          {
            head: "State",
            cell: (row) => (
              <>
                <StateLabel state={wordOf(row.state)} />
                {row.note && <span className="block text-muted text-xs">{row.note}</span>}
              </>
            ),
          },
          { head: "Since", cell: (row) => <Time at={row.since} show="datetime" /> },
          { head: "Found", num: true, cell: (row) => <Count value={row.found} /> },
          { head: "Sent again", num: true, cell: (row) => <Count value={row.enqueued} /> },
          { head: "Left alone", num: true, cell: (row) => <Count value={row.skipped} /> },
        ]}
      />
    </Card>
  );
}
