import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { CodeBlock } from "#app/components/ui/code-block.tsx";
import { Count } from "#app/components/ui/money.tsx";
import { StateLabel } from "#app/components/ui/state.tsx";
import { Time } from "#app/components/ui/time.tsx";
import { AttemptFacts, type AttemptFactsShown } from "./attempt-facts.tsx";
import { outcomeWords } from "./words.ts";

export interface AttemptShown extends AttemptFactsShown {
  id: string;
  number: number;
  startedAt: Date;
  outcome: string;
  status: number | null;
  error: string | null;
  requestHeaders: Readonly<Record<string, string>>;
  responseHeaders: Readonly<Record<string, string>>;
  responseBody: string | null;
  responseTruncated: boolean;
}

const headerLines = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");

/** One attempt: how it ended, what we sent and what came back. */
export function AttemptCard({ attempt, url, body }: { attempt: AttemptShown; url: string; body: string | null }) {
  const good = attempt.outcome === "delivered";
  const id = `attempt-${attempt.number}`;
  const word = {
    word: outcomeWords[attempt.outcome] ?? attempt.outcome,
    icon: good ? ("circle-check" as const) : ("circle-x" as const),
    tone: good ? ("ok" as const) : ("bad" as const),
    means: "",
  };
  const answer =
    attempt.status === null
      ? (attempt.error ?? "No answer.")
      : `${attempt.status}\n${headerLines(attempt.responseHeaders)}\n\n${attempt.responseBody ?? ""}`;
  return (
    <Card labelledBy={id}>
      <CardHeader
        id={id}
        title={`Attempt ${attempt.number}`}
        beside={<StateLabel state={word} pill />}
        end={
          <span className="text-muted">
            <Time at={attempt.startedAt} show="datetime" /> · <Count value={attempt.milliseconds} /> ms
          </span>
        }
      />
      <CardBody>
        {attempt.error && <p className="mb-4">{attempt.error}</p>}
        <AttemptFacts attempt={attempt} />
        <div className="rr">
          <CodeBlock
            label={`Request ${attempt.number}`}
            code={`POST ${new URL(url).pathname}\n${headerLines(attempt.requestHeaders)}\n\n${body ?? "(no longer kept)"}`}
          />
          <CodeBlock
            label={`Answer ${attempt.number}${attempt.responseTruncated ? ", cut at 16 KiB" : ""}`}
            code={answer}
            copy={false}
          />
        </div>
      </CardBody>
    </Card>
  );
}
