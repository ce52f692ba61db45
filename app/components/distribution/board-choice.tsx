import { Link } from "@remix-run/react";
import { postingStates, type StateWord, stateWord } from "#app/components/state-vocabulary.ts";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { Money } from "#app/components/ui/money.tsx";
import { StateLabel } from "#app/components/ui/state.tsx";
import { Tile } from "#app/components/ui/tile.tsx";
import { wayWords } from "./fact.tsx";

export interface Choice {
  connectionId: string;
  vendorId: string;
  label: string;
  color: string;
  way: keyof typeof wayWords;
  usually: string;
  problems: readonly { field: string; message: string; level: "error" | "warning" }[];
  price: { amount: number; currency: string } | null;
  /** Without a price: whether the employer's plan at the board pays, or nobody. */
  byPlan: boolean;
  blocked: { word: string; href: string } | null;
  already: { id: string; state: keyof typeof postingStates; desired: "live" | "closed" } | null;
}

const ready: StateWord = { word: "Ready", icon: "circle-check", tone: "ok", means: "Every rule is kept." };
const refused: StateWord = { word: "Would be refused", icon: "octagon-x", tone: "bad", means: "A rule is broken." };

/** Whether the board has the job and nothing can be sent. */
export const isThere = ({ already }: Choice): boolean =>
  already !== null && already.desired === "live" && !["rejected", "draft", "closed"].includes(already.state);

const isLeaving = ({ already }: Choice): boolean => already?.desired === "closed" && already.state !== "closed";

export const hasError = (choice: Choice): boolean => choice.problems.some((one) => one.level === "error");

/** Whether this board can be ticked at all. */
export const canSend = (choice: Choice): boolean => !isThere(choice) && !isLeaving(choice) && choice.blocked === null;

function Verdict({ choice }: { choice: Choice }) {
  const { already, blocked, problems } = choice;
  if (already && (isThere(choice) || isLeaving(choice))) {
    return (
      <>
        <StateLabel state={stateWord("posting", already.state)} />
        <p className="text-muted">
          {isLeaving(choice) ? "It is being closed there; wait until it is down. " : "It has this job. "}
          <Link className="link" to={`/jobs/postings/${already.id}`}>
            See the posting
          </Link>
        </p>
      </>
    );
  }
  if (blocked) {
    const word: StateWord = { word: blocked.word, icon: "unplug", tone: "bad", means: "" };
    return (
      <>
        <StateLabel state={word} />
        <p className="text-muted">Sort it out and this board joins the others.</p>
        <div className="btns">
          <ButtonLink size="sm" to={blocked.href}>
            {blocked.word === "Needs reconnect" ? "Reconnect" : `Open ${choice.label}`}
          </ButtonLink>
        </div>
      </>
    );
  }
  const errors = problems.filter((one) => one.level === "error");
  if (errors.length > 0) return <Problems state={refused} messages={errors.map((one) => one.message)} />;
  if (choice.way === "hand-off")
    return (
      <Problems
        state={postingStates.your_step}
        messages={["We prepare the text; you paste it and give us the link."]}
      />
    );
  return <Problems state={ready} messages={problems.map((one) => one.message)} />;
}

function Problems({ state, messages }: { state: StateWord; messages: readonly string[] }) {
  return (
    <>
      <StateLabel state={state} />
      {messages.map((message) => (
        <p className="text-muted" key={message}>
          {message}
        </p>
      ))}
    </>
  );
}

function PriceWords({ choice }: { choice: Choice }) {
  if (choice.price) return <Money minor={choice.price.amount} currency={choice.price.currency} />;
  if (isThere(choice)) return "–";
  return choice.byPlan ? "By your plan" : "Free";
}

interface RowProps {
  choice: Choice;
  checked: boolean;
  onChange?: (checked: boolean) => void;
}

/** One board before publishing: tick, verdict, price. */
export function BoardRow({ choice, checked, onChange }: RowProps) {
  const open = canSend(choice);
  return (
    <li className="pf">
      <label className="pf-on">
        <input
          type="checkbox"
          name="board"
          id={choice.connectionId}
          value={choice.connectionId}
          checked={checked}
          disabled={!open}
          onChange={(event) => onChange?.(event.currentTarget.checked)}
        />
        <span className="sr-only">Publish on {choice.label}</span>
      </label>
      <Tile name={choice.label} logo={choice.vendorId} color={choice.color} size="sm" />
      <div className="pf-name">
        <b>{choice.label}</b>
        <span className="text-xs text-muted">
          {wayWords[choice.way]} · {choice.usually}
        </span>
      </div>
      <div className="pf-txt">
        <Verdict choice={choice} />
      </div>
      <span className="pf-price">
        <PriceWords choice={choice} />
      </span>
    </li>
  );
}
