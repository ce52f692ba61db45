import { Form } from "@remix-run/react";
import { stateWord } from "#app/components/state-vocabulary.ts";
import { Button } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { Count } from "#app/components/ui/money.tsx";
import { Note } from "#app/components/ui/note.tsx";
import { Progress } from "#app/components/ui/progress.tsx";
import { StateLabel } from "#app/components/ui/state.tsx";
import { Table } from "#app/components/ui/table.tsx";
import { Time } from "#app/components/ui/time.tsx";

export interface FreshnessRow {
  name: string;
  lastAt: Date | null;
  nextAt: Date | null;
  status: string | null;
  records: number | null;
  run: { id: string; read: number; total: number | null; pages: number } | null;
  error: string | null;
  rejects: number;
}

const title = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

interface FreshnessProps {
  rows: readonly FreshnessRow[];
  /** Whether a person may start a sync here. */
  syncs: boolean;
  runs: boolean;
}

/** How old each kind of data is, when it is read again, and the run that goes on. */
export function Freshness({ rows, syncs, runs }: FreshnessProps) {
  if (rows.length === 0) return null;
  return (
    <Card labelledBy="freshness">
      <CardHeader id="freshness" title="How fresh it is" end={syncs && runs ? <SyncButtons /> : undefined} />
      {rows.map((row) => row.run && <Running key={row.run.id} name={row.name} run={row.run} />)}
      <Table
        labelledBy="freshness"
        rows={rows}
        rowKey={(row) => row.name}
        empty="Nothing is read from here."
        columns={[
          { head: "Object", cell: (row) => title(row.name) },
          { head: "Last complete", cell: (row) => (row.lastAt ? <Time at={row.lastAt} /> : "Not yet") },
          { head: "Next", cell: (row) => (row.nextAt ? <Time at={row.nextAt} /> : "Not planned") },
          { head: "Outcome", cell: (row) => <Outcome row={row} /> },
          { head: "Records", num: true, cell: (row) => (row.records === null ? "–" : <Count value={row.records} />) },
        ]}
      />
    </Card>
  );
}

function SyncButtons() {
  return (
    <Form method="post" className="btns">
      <Button size="sm" name="intent" value="full">
        Full check
      </Button>
      <Button size="sm" name="intent" value="sync">
        Sync now
      </Button>
    </Form>
  );
}

const outcomes = ["parked", "running", "succeeded", "partial", "failed", "held"];

function Outcome({ row }: { row: FreshnessRow }) {
  if (row.status === null) return <>–</>;
  const shown = row.status === "queued" ? "running" : row.status;
  if (!outcomes.includes(shown)) return <>{title(shown)}</>;
  return (
    <>
      <StateLabel state={stateWord("sync", shown)} />
      {row.rejects > 0 && (
        <span className="text-muted text-xs">
          {" "}
          <Count value={row.rejects} /> rejected
        </span>
      )}
      {row.error && shown === "failed" && <span className="block text-muted text-xs">{row.error}</span>}
    </>
  );
}

function Running({ name, run }: { name: string; run: NonNullable<FreshnessRow["run"]> }) {
  const known = run.total !== null && run.total > 0;
  return (
    <CardBody className="grid gap-2">
      <Progress
        label={`Reading ${name}`}
        counts={
          <>
            <b>
              <Count value={run.read} />
            </b>{" "}
            {known && (
              <>
                of about <Count value={run.total ?? 0} />{" "}
              </>
            )}
            {name} read
          </>
        }
        left={`page ${run.pages + 1}`}
        share={known ? run.read / (run.total ?? 1) : undefined}
      />
      <Form method="post">
        <input type="hidden" name="run" value={run.id} />
        <Button size="sm" name="intent" value="stop">
          Stop
        </Button>
      </Form>
    </CardBody>
  );
}

interface HeldProps {
  held: readonly { id: string; resource: string; count: number; outOf: number; why: string }[];
  vendor: string;
}

/** Deletions that wait for a person: the safe button first. */
export function HeldDeletions({ held, vendor }: HeldProps) {
  return held.map((one) => (
    <Note key={one.id} tone="warn">
      <p>
        <b>
          <Count value={one.count} /> of <Count value={one.outOf} /> {one.resource} vanished from {vendor}.
        </b>{" "}
        {one.why} We deleted nothing. Are they really gone?
      </p>
      <Form method="post" className="btns mt-2">
        <input type="hidden" name="held" value={one.id} />
        <Button size="sm" name="intent" value="kept">
          Keep them
        </Button>
        <Button size="sm" variant="danger" name="intent" value="deleted">
          Delete <Count value={one.count} /> here too
        </Button>
      </Form>
    </Note>
  ));
}

interface RejectsProps {
  rejects: readonly { resource: string; externalId: string; reason: string }[];
}

/** Rows that could not be used, each with its reason. They are tried again at the next run. */
export function Rejects({ rejects }: RejectsProps) {
  if (rejects.length === 0) return null;
  return (
    <Card labelledBy="rejects">
      <CardHeader id="rejects" title="Could not be used" />
      <Table
        labelledBy="rejects"
        rows={rejects}
        rowKey={(row) => `${row.resource}:${row.externalId}`}
        empty=""
        columns={[
          { head: "Object", cell: (row) => title(row.resource) },
          { head: "Id there", cell: (row) => row.externalId },
          { head: "Reason", cell: (row) => row.reason },
        ]}
      />
    </Card>
  );
}

/** Two ways or one. */
export function PushSwitch({ push, vendor }: { push: boolean; vendor: string }) {
  return (
    <Card labelledBy="push">
      <CardHeader id="push" title="Both ways" />
      <CardBody className="grid gap-3">
        <p>
          {push
            ? `New applicants and stage changes go to ${vendor}.`
            : `We only read from ${vendor}; nothing is written there.`}
        </p>
        <Form method="post">
          <Button size="sm" name="intent" value={push ? "push-off" : "push-on"}>
            {push ? "Only read" : "Also write"}
          </Button>
        </Form>
      </CardBody>
    </Card>
  );
}
