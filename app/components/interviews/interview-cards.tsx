import { Form } from "@remix-run/react";
import { CalendarClock } from "lucide-react";
import type { ReactNode } from "react";
import { Button, ButtonLink, Buttons } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { KeyValue } from "#app/components/ui/key-value.tsx";
import { Note } from "#app/components/ui/note.tsx";
import { Timeline, type TimelineDay } from "#app/components/ui/timeline.tsx";

export interface InterviewShown {
  id: string;
  state: "booking" | "booked" | "moved" | "cancelling" | "cancelled" | "failed";
  intent: "book" | "move" | "cancel" | null;
  when: string;
  wanted: string | null;
  wantedStartsAt: Date | null;
  minutes: number;
  /** As people call it: "Eastern Time". */
  zone: string;
  calendar: string;
  location: string | null;
  joinUrl: string | null;
  meeting: boolean;
  notes: string | null;
  error: string | null;
  unseenChange: boolean;
  guests: readonly { email: string; name: string; role: string }[];
}

function Decide({ children, tone }: { children: ReactNode; tone: "warn" | "bad" }) {
  return (
    <Note tone={tone} role="status">
      {children}
    </Note>
  );
}

/** What a person has to decide, with its buttons: two times, a change from outside, or a failed write. */
export function Decision({ interview, manages }: { interview: InterviewShown; manages: boolean }) {
  const { state, intent, when, wanted, calendar, error } = interview;
  if (state === "failed") {
    return (
      <Decide tone="bad">
        <p>
          <b>The calendar was not told.</b> {error}
        </p>
        {manages && (
          <Form method="post" className="btns mt-2">
            <Button name="intent" value="retry">
              Try again
            </Button>
          </Form>
        )}
      </Decide>
    );
  }
  if (state === "moved" && intent === "move" && wanted) {
    return (
      <Decide tone="warn">
        <p>
          <b>Somebody moved it in {calendar} while you were moving it here.</b>
        </p>
        <KeyValue
          pairs={[
            { label: `In ${calendar}`, value: when },
            { label: "Yours", value: wanted },
          ]}
        />
        {manages && (
          <Form method="post" className="btns mt-2">
            <input type="hidden" name="slot" value={interview.wantedStartsAt?.toISOString() ?? ""} />
            <input type="hidden" name="minutes" value={interview.minutes} />
            <Button name="intent" value="accept">
              Keep theirs
            </Button>
            <Button name="intent" value="insist">
              Use yours
            </Button>
          </Form>
        )}
      </Decide>
    );
  }
  if (state === "moved" || interview.unseenChange) {
    return (
      <Decide tone="warn">
        <p>
          <b>
            It was {state === "cancelled" ? "cancelled" : "moved"} in {calendar}, not from here.
          </b>{" "}
          {state === "cancelled" ? "Book another time if that was not meant." : `It is now on ${when}.`}
        </p>
        {manages && (
          <Form method="post" className="btns mt-2">
            <Button name="intent" value="accept">
              {state === "cancelled" ? "Seen" : "Keep this time"}
            </Button>
          </Form>
        )}
      </Decide>
    );
  }
  return error ? <Note tone="warn">{error}</Note> : null;
}

/** When, where and who. */
export function FactsCard({ interview }: { interview: InterviewShown }) {
  const { when, wanted, zone, calendar, location, joinUrl, meeting, notes, guests, intent, state } = interview;
  const moving = state === "booking" && intent === "move" && wanted;
  return (
    <Card labelledBy="facts">
      <CardHeader id="facts" title="When and where" />
      <CardBody>
        <KeyValue
          pairs={[
            { label: "When", value: `${when} (${zone})` },
            ...(moving ? [{ label: "Moves to", value: wanted }] : []),
            ...(location ? [{ label: "Place", value: location }] : []),
            ...(meeting
              ? [
                  {
                    label: "Video",
                    value: joinUrl ? (
                      <a className="link" href={joinUrl} rel="noopener">
                        {joinUrl.replace("https://", "")}
                      </a>
                    ) : (
                      "The link is being made"
                    ),
                  },
                ]
              : []),
            { label: "Calendar", value: calendar },
            {
              label: "Invited",
              value: (
                <ul>
                  {guests.map(({ email, name, role }) => (
                    <li key={email}>
                      {name} <span className="text-muted">{role === "candidate" ? "candidate" : email}</span>
                    </li>
                  ))}
                </ul>
              ),
            },
            ...(notes ? [{ label: "Note", value: notes }] : []),
          ]}
        />
      </CardBody>
    </Card>
  );
}

/** Moving and calling off. */
export function ChangeCard({ interview }: { interview: InterviewShown }) {
  const open = ["booked", "moved"].includes(interview.state);
  const ends = open || ["booking", "failed"].includes(interview.state);
  if (!ends) return null;
  return (
    <Card labelledBy="change">
      <CardHeader id="change" title="Change" />
      <CardBody className="grid gap-3">
        {open && (
          <Buttons>
            <ButtonLink to={`/interviews/new?move=${interview.id}`} icon={CalendarClock}>
              Find another time
            </ButtonLink>
          </Buttons>
        )}
        <p className="text-muted text-xs" id="cancels">
          Cancelling takes it off the calendar and tells everybody who is invited.
        </p>
        <Form method="post">
          <Button variant="danger" name="intent" value="cancel" aria-describedby="cancels">
            Cancel the interview
          </Button>
        </Form>
      </CardBody>
    </Card>
  );
}

interface Day extends Omit<TimelineDay, "entries"> {
  entries: readonly { id: string; at: Date; who: string; what: string; tone: "ok" | "idle" | "run" | "warn" | "bad" }[];
}

/** What happened to it. */
export function HistoryCard({ days }: { days: readonly Day[] }) {
  return (
    <Card labelledBy="history">
      <CardHeader id="history" title="History" />
      <CardBody>
        <Timeline
          days={days.map((day) => ({
            ...day,
            entries: day.entries.map(({ who, what, ...entry }) => ({
              ...entry,
              text: (
                <>
                  <b>{who}</b> {what}
                </>
              ),
            })),
          }))}
        />
      </CardBody>
    </Card>
  );
}
