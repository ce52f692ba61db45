import { Form, useNavigation } from "@remix-run/react";
import { useState } from "react";
import { postingStates } from "#app/components/state-vocabulary.ts";
import { Button, ButtonLink } from "#app/components/ui/button.tsx";
import { Card, CardHeader } from "#app/components/ui/card.tsx";
import { Money } from "#app/components/ui/money.tsx";
import { StateLabel } from "#app/components/ui/state.tsx";
import { Tile } from "#app/components/ui/tile.tsx";
import { BoardRow, type Choice, canSend, hasError } from "./board-choice.tsx";

interface Price {
  amount: number;
  currency: string;
}

/** Sums by currency; the same words the server counts with. */
export function sums(choices: readonly Choice[]): Price[] {
  const by = new Map<string, number>();
  for (const { price } of choices) if (price) by.set(price.currency, (by.get(price.currency) ?? 0) + price.amount);
  return [...by].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, amount]) => ({ currency, amount }));
}

interface PublishFormProps {
  job: { id: string; title: string; status: string };
  choices: readonly Choice[];
  chosen: readonly string[];
}

/** Which boards get the job, what they would say, what it costs, and the button. Without script the ticks still go out. */
export function PublishForm({ job, choices, chosen }: PublishFormProps) {
  const [ticked, setTicked] = useState<ReadonlySet<string>>(() => new Set(chosen));
  const busy = useNavigation().state === "submitting";
  const wanted = choices.filter((choice) => ticked.has(choice.connectionId) && canSend(choice));
  const broken = wanted.filter(hasError);
  const total = sums(wanted);
  const waits = whyNot(job.status, wanted, broken);
  const toggle = (id: string, on: boolean) =>
    setTicked((before) => new Set(on ? [...before, id] : [...before].filter((one) => one !== id)));
  const count = wanted.length === 1 ? "1 board" : `${wanted.length} boards`;
  return (
    <Form method="post">
      <Card labelledBy="preflight">
        <CardHeader id="preflight" title={`${job.title}: before you publish`} />
        <ul>
          <li className="pf">
            <span className="pf-on" />
            <Tile name="Career site" size="sm" />
            <div className="pf-name">
              <b>Career site</b>
              <span className="text-xs text-muted">Yours · follows the job</span>
            </div>
            <div className="pf-txt">
              <StateLabel state={postingStates[job.status === "open" ? "live" : "draft"]} />
            </div>
            <span className="pf-price">Free</span>
          </li>
          {choices.map((choice) => (
            <BoardRow
              key={choice.connectionId}
              choice={choice}
              checked={ticked.has(choice.connectionId) && canSend(choice)}
              onChange={(on) => toggle(choice.connectionId, on)}
            />
          ))}
        </ul>
        <div className="card-foot pf-foot">
          <div>
            <p>
              <b className="total">
                {total.length === 0 && (wanted.some((choice) => choice.byPlan) ? "By your plan" : "Free")}
                {total.map((price, index) => (
                  <span key={price.currency}>
                    {index > 0 && " and "}
                    <Money minor={price.amount} currency={price.currency} />
                  </span>
                ))}
              </b>
              {total.length > 0 && <span className="text-muted"> now</span>}
            </p>
            <p className="text-xs text-muted">Sent once: a second click or a dropped line never pays twice.</p>
          </div>
          <input
            type="hidden"
            name="total"
            value={total.map(({ currency, amount }) => `${currency} ${amount}`).join(", ")}
          />
          <span className="end btns">
            <ButtonLink to={`/jobs/${job.id}`}>Edit the job</ButtonLink>
            <Button variant="primary" loading={busy} {...(waits ? { waitsFor: "pf-why" } : {})}>
              Publish to {count}
            </Button>
          </span>
          {waits && (
            <p className="text-xs text-muted" id="pf-why">
              {waits}
            </p>
          )}
        </div>
      </Card>
    </Form>
  );
}

function whyNot(status: string, wanted: readonly Choice[], broken: readonly Choice[]): string | null {
  if (status !== "open") return "Publish waits until the job is open.";
  if (wanted.length === 0) return "Tick at least one board.";
  if (broken.length === 0) return null;
  const names = broken.map((choice) => choice.label).join(", ");
  return broken.length === 1
    ? `Publish waits for ${names}: mend the job or untick it.`
    : `Publish waits for ${broken.length} boards: ${names}.`;
}
