import { Form } from "@remix-run/react";
import { Button } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { SelectField, TextField } from "#app/components/ui/field.tsx";
import { KeyValue, type Pair } from "#app/components/ui/key-value.tsx";
import { Money } from "#app/components/ui/money.tsx";
import { Time } from "#app/components/ui/time.tsx";
import type { ApplicationStatus } from "./application-state.tsx";
import { howWeKnow, type Mark, SourceLabel } from "./source-label.tsx";

interface MoveProps {
  status: ApplicationStatus;
  stageId: string | null;
  stages: readonly { id: string; name: string }[];
}

/** Moves an application along its job's stages, or ends it. */
export function MoveCard({ status, stageId, stages }: MoveProps) {
  return (
    <Card labelledBy="move">
      <CardHeader id="move" title="Move" />
      <CardBody className="grid gap-4">
        {stages.length > 0 && (
          <Form method="post" className="grid gap-2">
            <SelectField
              key={stageId}
              label="Stage"
              name="stageId"
              defaultValue={stageId ?? stages[0]?.id}
              options={stages.map((stage) => ({ value: stage.id, label: stage.name }))}
            />
            <Button name="intent" value="stage">
              Move to this stage
            </Button>
          </Form>
        )}
        <Form method="post" className="grid gap-2">
          {status === "active" ? (
            <>
              <TextField label="Reason" name="reason" optional maxLength={300} />
              <div className="btns">
                <Button name="intent" value="hired">
                  Hire
                </Button>
                <Button name="intent" value="rejected">
                  Reject
                </Button>
                <Button name="intent" value="withdrawn" variant="ghost">
                  Withdrawn
                </Button>
              </div>
            </>
          ) : (
            <Button name="intent" value="active">
              Take up again
            </Button>
          )}
        </Form>
      </CardBody>
    </Card>
  );
}

export interface SourcePathProps {
  mark: Mark;
  source: string;
  ats: string | null;
  appliedAt: Date;
  posting: {
    url: string | null;
    liveAt: Date | null;
    sourceToken: string;
    costCurrency: string | null;
  } | null;
  views: number;
  /** Minor units. */
  costShare: number | null;
  atAtsSince: Date | null;
}

/** The way from the click to the application, with what is known and what is not. */
export function SourceCard(props: SourcePathProps) {
  const { mark, posting, views, costShare, appliedAt, ats, atAtsSince } = props;
  const currency = posting?.costCurrency;
  const pairs: (Pair | null)[] = [
    posting?.liveAt ? { label: "Posting live", value: <Time at={posting.liveAt} show="date" /> } : null,
    posting ? { label: "Its link opened", value: views === 1 ? "once" : `${views} times` } : null,
    { label: "Applied", value: <Time at={appliedAt} show="datetime" /> },
    ats ? { label: `In ${ats}`, value: atAtsSince ? <Time at={atAtsSince} show="datetime" /> : "Not there yet" } : null,
    posting ? { label: "Token", value: <code>{posting.sourceToken}</code> } : null,
    costShare !== null && currency
      ? {
          label: "Cost",
          value: (
            <>
              <Money minor={costShare} currency={currency} />, the posting’s share
            </>
          ),
        }
      : null,
  ];
  return (
    <Card labelledBy="source">
      <CardHeader id="source" title="How they came" />
      <CardBody className="grid gap-4">
        <SourceLabel mark={mark} how={howWeKnow({ byLink: posting !== null, source: props.source, ats })} />
        <KeyValue pairs={pairs.filter((pair) => pair !== null)} />
        {posting?.url && (
          <a className="link" href={posting.url} rel="noopener">
            Open the posting
          </a>
        )}
      </CardBody>
    </Card>
  );
}
