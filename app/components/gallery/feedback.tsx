import { Briefcase, CircleCheck, CloudOff, ExternalLink, LifeBuoy, Search, Unplug } from "lucide-react";
import { useState } from "react";
import { stateWord } from "#app/components/state-vocabulary.ts";
import { Button, ButtonLink } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardHeader, Section } from "#app/components/ui/card.tsx";
import { BlastList, Dialog, DialogPage } from "#app/components/ui/dialog.tsx";
import { EmptyState, LoadError } from "#app/components/ui/empty-state.tsx";
import { FlashNote } from "#app/components/ui/flash-note.tsx";
import { IssueCard, IssueList, IssueRow } from "#app/components/ui/issue-card.tsx";
import { Note } from "#app/components/ui/note.tsx";
import { Progress } from "#app/components/ui/progress.tsx";
import { SkeletonRows } from "#app/components/ui/skeleton.tsx";
import { StateLabel } from "#app/components/ui/state.tsx";
import { Time } from "#app/components/ui/time.tsx";
import { toast } from "#app/components/ui/toast.tsx";

const minutesAgo = (minutes: number) => Date.UTC(2026, 10, 21, 12) - minutes * 60_000;

const blast = [
  { id: "live", tone: "bad", text: "4 live postings come down, 1 in check is withdrawn" },
  { id: "in", tone: "bad", text: "82 applicants a month no longer arrive by themselves" },
  { id: "paid", tone: "warn", text: "1 slot paid until 30 Nov is not refunded" },
  { id: "stays", tone: "ok", text: "History, sources and reports stay" },
] as const;

function Asking() {
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);
  const said = { title: "HackerRank paused.", text: "Nothing runs until you resume it." };
  return (
    <div className="stack-g">
      <DialogPage
        title="Disconnect ZipRecruiter?"
        buttons={
          <>
            <Button type="button">Keep it</Button>
            <Button type="button" variant="danger">
              Disconnect
            </Button>
          </>
        }
      >
        <p>It stops at once and is undone only by connecting again.</p>
        <BlastList items={blast} />
      </DialogPage>
      <div className="btns">
        <Button type="button" onClick={() => setOpen(true)}>
          Ask above the page
        </Button>
        <Button type="button" onClick={() => toast({ ...said, undo: { label: "Undo", run: () => {} } })}>
          Pause HackerRank
        </Button>
      </div>
      <Dialog open={open} onClose={close} title="Rotate the secret?" buttons={<Button onClick={close}>Keep it</Button>}>
        <p>The old one keeps working until Fri 14:00; 1 endpoint still verifies with it.</p>
      </Dialog>
    </div>
  );
}

function Notes() {
  return (
    <div className="stack-g">
      <FlashNote
        flash={{
          tone: "ok",
          title: "Booked for Tuesday 10:30.",
          text: "4 people got an invite in their own time zone.",
          undo: { action: "/__gallery", fields: { id: "1" } },
        }}
      />
      <Note tone="warn" icon={CloudOff}>
        <b>Not live since 10:42.</b> You see the page as it was then. We try again every few seconds.
      </Note>
      <Note tone="warn" icon={LifeBuoy}>
        <b>Lever changed its answer.</b> Candidates stopped at 10:20; the rest runs. We are on it.
      </Note>
      <Card labelledBy="g-copy">
        <CardHeader
          id="g-copy"
          level={3}
          title="First copy"
          beside={<StateLabel state={stateWord("sync", "running")} />}
        />
        <CardBody>
          <Progress
            label="First copy"
            share={0.71}
            counts={
              <>
                <b>456</b> of 642 read
              </>
            }
            left="about 40 s left"
          />
        </CardBody>
      </Card>
    </div>
  );
}

function Issues() {
  const actions = (
    <>
      <ButtonLink to="/__gallery" variant="primary" size="sm">
        Reconnect
      </ButtonLink>
      <Button variant="ghost" size="sm" aria-label="Snooze: LinkedIn withdrew our permission">
        Snooze
      </Button>
    </>
  );
  return (
    <div className="grid gap-3">
      <IssueCard
        id="g-issue"
        tone="warn"
        title="Résumés are not coming in"
        text={
          <>
            Greenhouse answers “forbidden” when we ask for attachments. Tick <code>harvest:attachments:list</code>.
          </>
        }
        facts={[
          { label: "First seen", value: <Time at={minutesAgo(1080)} /> },
          { label: "Last seen", value: <Time at={minutesAgo(2)} /> },
          { label: "Affected", value: "38 candidates in 6 jobs" },
        ]}
        actions={
          <>
            <ButtonLink to="/__gallery" variant="primary" iconEnd={ExternalLink}>
              Add the permission in Greenhouse
            </ButtonLink>
            <Button variant="ghost">Snooze</Button>
          </>
        }
      />
      <IssueList label="Open issues">
        <IssueRow
          id="g-row"
          tone="bad"
          icon={Unplug}
          title="LinkedIn withdrew our permission"
          to="/__gallery"
          text="6 postings stay up; new ones, edits and closings wait. Sign in with another admin seat."
          meta={<span>6 postings, 2 jobs</span>}
          first="10:01"
          last={<Time at={minutesAgo(1)} />}
          actions={actions}
        />
      </IssueList>
    </div>
  );
}

/** Empty, loading, error, asking and undoing. */
export function GalleryFeedback() {
  return (
    <>
      <Section id="g-issues" title="Issues" count={2}>
        <Issues />
      </Section>
      <Section id="g-empty" title="Empty, loading, error">
        <div className="sheet">
          <EmptyState
            level={3}
            icon={Briefcase}
            title="No jobs yet"
            actions={
              <>
                <ButtonLink to="/__gallery" variant="primary">
                  Connect an ATS
                </ButtonLink>
                <ButtonLink to="/__gallery">New job</ButtonLink>
              </>
            }
          >
            Connect your ATS and the open jobs appear here within minutes, or write the first one by hand.
          </EmptyState>
          <EmptyState level={3} icon={Search} title="No tool matches “bulhorn”">
            Check the spelling, or clear the filter “Free”: 3 paid tools come close.
          </EmptyState>
          <EmptyState level={3} icon={CircleCheck} title="No open issues">
            The last one healed at 08:14: Checkr answered again after 22 minutes.
          </EmptyState>
          <SkeletonRows label="Table while loading" />
          <LoadError title="This list did not load" retry="/__gallery">
            Our database did not answer within 5 s. What you see elsewhere is still correct. Reference 7F2-K9QW.
          </LoadError>
        </div>
      </Section>
      <Section id="g-asking" title="Asking and undoing">
        <div className="sheet sheet-voc">
          <Asking />
          <Notes />
        </div>
      </Section>
    </>
  );
}
