import { Form } from "@remix-run/react";
import { errorsFor, type RefusalShown } from "#app/components/people/refusal-note.tsx";
import { Button, ButtonLink } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { CopyButton } from "#app/components/ui/code-block.tsx";
import { TextField } from "#app/components/ui/field.tsx";
import { Money } from "#app/components/ui/money.tsx";

interface Facts {
  state: string;
  desired: "live" | "closed";
  desiredVersion: number;
  observedVersion: number | null;
  isUnsure: boolean;
}

interface ActionsProps {
  posting: Facts;
  board: string;
  way: "api" | "feed" | "hand-off";
  price: { amount: number; currency: string } | null;
  refusal: RefusalShown | null;
}

interface Guide {
  openUrl: string;
  steps: readonly string[];
  blocks: readonly { label: string; text: string }[];
  closing: readonly string[];
}

/** What a person does on a board that takes no automatic postings, with each text to copy. */
export function HandOff({ guide, board, closes }: { guide: Guide; board: string; closes: boolean }) {
  return (
    <Card labelledBy="hand-off">
      <CardHeader
        id="hand-off"
        title={closes ? `Close it on ${board}` : `Paste it on ${board}`}
        end={
          <ButtonLink size="sm" to={guide.openUrl} target="_blank" rel="noreferrer">
            Open {board}
          </ButtonLink>
        }
      />
      <CardBody className="grid gap-4">
        <ol className="list-decimal pl-5 grid gap-1">
          {(closes ? guide.closing : guide.steps).map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
        {!closes &&
          guide.blocks.map((block) => (
            <div key={block.label}>
              <div className="rr-head">
                <h3>{block.label}</h3>
                <CopyButton text={block.text} label={`Copy ${block.label.toLowerCase()}`} />
              </div>
              <pre className="code">{block.text}</pre>
            </div>
          ))}
      </CardBody>
    </Card>
  );
}

function LinkForm({ board, refusal, again }: { board: string; refusal: RefusalShown | null; again?: boolean }) {
  return (
    <Form method="post" className="grid gap-3">
      <TextField
        id="url"
        name="url"
        type="url"
        label={`Address of the job on ${board}`}
        defaultValue={refusal?.values?.url ?? ""}
        errors={errorsFor(refusal, "url")}
      />
      <div className="btns">
        <Button variant="primary" name="intent" value="live">
          {again ? "Mark as live" : "It is live"}
        </Button>
      </div>
    </Form>
  );
}

function RefusedForm({ board }: { board: string }) {
  return (
    <details>
      <summary className="link">{board} refused it</summary>
      <Form method="post" className="grid gap-3 mt-3">
        <TextField id="reason" name="reason" label="Reason it gave" optional />
        <div className="btns">
          <Button name="intent" value="rejected">
            Mark as rejected
          </Button>
        </div>
      </Form>
    </details>
  );
}

function Unknown({ board, price, refusal }: Pick<ActionsProps, "board" | "price" | "refusal">) {
  return (
    <>
      <Form method="post" className="grid gap-3">
        <TextField
          id="found"
          name="found"
          label={`It is there: its address or id on ${board}`}
          defaultValue={refusal?.values?.found ?? ""}
          errors={errorsFor(refusal, "found")}
        />
        <div className="btns">
          <Button variant="primary" name="intent" value="found">
            It is there
          </Button>
        </div>
      </Form>
      <Form method="post" className="grid gap-2">
        <p className="text-muted">
          Not there?{" "}
          {price ? (
            <>
              Sending it again costs <Money minor={price.amount} currency={price.currency} /> once more if it was taken
              after all.
            </>
          ) : (
            "It is sent again."
          )}
        </p>
        <div className="btns">
          <Button name="intent" value="again">
            It is not there, send it again
          </Button>
        </div>
      </Form>
    </>
  );
}

/** What a person can do about a posting as it stands. */
export function PostingActions({ posting, board, way, price, refusal }: ActionsProps) {
  const { state, desired } = posting;
  if (state === "your_step" && way === "api") return <Unknown {...{ board, price, refusal }} />;
  const waiting = way !== "api" && desired === "live" && ["your_step", "queued", "in_review"].includes(state);
  const behind = way === "hand-off" && state === "live" && (posting.observedVersion ?? 0) < posting.desiredVersion;
  const closesByHand = way !== "api" && desired === "closed" && state !== "closed";
  return (
    <>
      {waiting && <LinkForm {...{ board, refusal }} />}
      {waiting && <RefusedForm board={board} />}
      {behind && (
        <Form method="post" className="grid gap-3">
          <p>The job was changed here after it was pasted. Update the text on {board}.</p>
          <div className="btns">
            <Button variant="primary" name="intent" value="updated">
              It is up to date there
            </Button>
          </div>
        </Form>
      )}
      {closesByHand && (
        <Form method="post">
          <Button variant="primary" name="intent" value="closed">
            It is gone there
          </Button>
        </Form>
      )}
    </>
  );
}
