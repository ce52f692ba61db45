import { Form, Link } from "@remix-run/react";
import { ExternalLink } from "lucide-react";
import type { RefusalShown } from "#app/components/people/refusal-note.tsx";
import { stateWord } from "#app/components/state-vocabulary.ts";
import { Button, ButtonLink } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { KeyValue, type Pair } from "#app/components/ui/key-value.tsx";
import { Lifecycle } from "#app/components/ui/lifecycle.tsx";
import { Money } from "#app/components/ui/money.tsx";
import { Pill } from "#app/components/ui/state.tsx";
import { Time } from "#app/components/ui/time.tsx";
import { wayWords } from "./fact.tsx";
import { type HistoryEntry, lifecycleOf } from "./lifecycle-of.ts";
import { HandOff, PostingActions } from "./posting-actions.tsx";
import { Farewell, PostingSentence } from "./sentence.tsx";

export interface PostingShown {
  posting: {
    id: string;
    key: string;
    connectionId: string;
    state: string;
    desired: "live" | "closed";
    desiredVersion: number;
    observedVersion: number | null;
    isUnsure: boolean;
    url: string | null;
    reason: string | null;
    costAmount: number | null;
    costCurrency: string | null;
    queuedAt: Date | null;
    liveAt: Date | null;
    closedAt: Date | null;
    expiresAt: Date | null;
    observedAt: Date | null;
    disconnectedAt: Date | null;
  };
  job: { id: string; title: string };
  board: { name: string; label: string; way: keyof typeof wayWords };
  history: readonly HistoryEntry[];
  applicants: { n: number; last: Date | null };
  crawledAt: Date | null;
  guide: Parameters<typeof HandOff>[0]["guide"] | null;
  price: { amount: number; currency: string } | null;
  publishes: boolean;
}

function factsOf({ posting, board, applicants, crawledAt }: PostingShown): Pair[] {
  return [
    { label: "Reference", value: <span className="font-mono">{posting.key}</span> },
    ...(posting.disconnectedAt ? [] : [{ label: "How it goes", value: wayWords[board.way] }]),
    ...(posting.observedAt ? [{ label: "Last looked", value: <Time at={posting.observedAt} /> }] : []),
    ...(board.way === "feed"
      ? [{ label: "Feed last read", value: crawledAt ? <Time at={crawledAt} /> : "Not yet" }]
      : []),
    ...(posting.expiresAt ? [{ label: "Ends", value: <Time at={posting.expiresAt} show="date" /> }] : []),
    {
      label: "Cost so far",
      value:
        posting.costAmount !== null && posting.costCurrency ? (
          <Money minor={posting.costAmount} currency={posting.costCurrency} />
        ) : (
          "–"
        ),
    },
    {
      label: "Applicants",
      value: applicants.last ? (
        <>
          {applicants.n}, the last one <Time at={applicants.last} />
        </>
      ) : (
        applicants.n
      ),
    },
  ];
}

const resting = ["rejected", "draft"];

/** One posting: where it stands and why, what to do about it, its history. */
export function PostingPage({ view, refusal }: { view: PostingShown; refusal: RefusalShown | null }) {
  const { posting, job, board, history, guide, publishes, price } = view;
  const steps = lifecycleOf(posting, history).map(({ at, ...step }) => ({
    ...step,
    ...(at ? { note: <Time at={at} show="datetime" /> } : {}),
  }));
  const again = resting.includes(posting.state) || posting.state === "closed";
  const byHand = posting.state === "your_step" && guide !== null;
  return (
    <div className="dist">
      <div className="grid content-start gap-3">
        {byHand && <HandOff guide={guide} board={board.name} closes={posting.desired === "closed"} />}
        <Card labelledBy="history">
          <CardHeader id="history" title="History" />
          <CardBody>
            <ol className="grid gap-3">
              {[...history].reverse().map((entry) => (
                <li key={entry.id}>
                  <b className="font-medium">{stateWord("posting", entry.state).word}</b>
                  {entry.note && <>: {entry.note}</>}
                  <span className="block text-xs text-muted">
                    {entry.actor}, <Time at={entry.at} show="datetime" />
                  </span>
                </li>
              ))}
            </ol>
          </CardBody>
        </Card>
      </div>
      <Card labelledBy="standing">
        <CardHeader
          id="standing"
          title={`On ${board.name}`}
          end={<Pill state={stateWord("posting", posting.state)} />}
        />
        <CardBody className="grid gap-4">
          <Lifecycle label="The way of this posting" steps={steps} />
          <p className="why">
            {posting.disconnectedAt ? (
              <Farewell posting={posting} board={board.name} at={posting.disconnectedAt} />
            ) : (
              <PostingSentence posting={posting} board={board.name} way={board.way} />
            )}
          </p>
          {posting.reason && ["live", "expiring", "in_review"].includes(posting.state) && (
            <p className="text-muted">{posting.reason}</p>
          )}
          {publishes && <PostingActions {...{ posting, price, refusal }} board={board.name} way={board.way} />}
          <div className="btns">
            {publishes && again && (
              <ButtonLink variant="primary" to={`/jobs/${job.id}/publish?board=${posting.connectionId}`}>
                {posting.state === "closed" ? "Publish again" : "Mend and send again"}
              </ButtonLink>
            )}
            {posting.url && (
              <ButtonLink to={posting.url} variant="ghost" iconEnd={ExternalLink} target="_blank" rel="noreferrer">
                Open the page
              </ButtonLink>
            )}
            {publishes && board.way === "api" && posting.state !== "closed" && (
              <Form method="post">
                <Button name="intent" value="look">
                  Look again
                </Button>
              </Form>
            )}
            {publishes && posting.desired === "live" && !resting.includes(posting.state) && (
              <Form method="post">
                <Button variant="danger" name="intent" value="close">
                  Close on {board.name}
                </Button>
              </Form>
            )}
          </div>
          <KeyValue className="posting-kv" pairs={factsOf(view)} />
          <Link className="link" to={`/applicants?job=${job.id}`}>
            Applicants of this job
          </Link>
        </CardBody>
      </Card>
    </div>
  );
}
