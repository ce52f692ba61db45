import { Form, Link } from "@remix-run/react";
import { ChevronLeft, ChevronRight } from "lucide-react";
import type { CSSProperties } from "react";
import { Button, ButtonLink } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { Checkbox } from "#app/components/ui/choice.tsx";
import { cx } from "#app/components/ui/cx.ts";
import { SelectField } from "#app/components/ui/field.tsx";
import { Tile } from "#app/components/ui/tile.tsx";
import { Time } from "#app/components/ui/time.tsx";

export interface Block {
  left: number;
  width: number;
  label: string;
}

export interface LaneShown {
  key: string;
  name: string;
  state: "live" | "mirrored" | "unknown";
  readAt: Date | null;
  reason: string | null;
  vendor: { id: string; name: string; color: string } | null;
  blocks: readonly Block[];
}

export interface PlanShown {
  applicant: { id: string; name: string; email: string | null; jobTitle: string };
  moving: { id: string; title: string } | null;
  bookables: readonly { key: string; name: string; vendor: string | null | undefined }[];
  people: readonly string[];
  minutes: number;
  day: string;
  dayLabel: string;
  from: string;
  /** As people call it: "Eastern Time". */
  zone: string;
  days: readonly { day: string; weekday: string; date: string; count: number }[];
  earlier: string | null;
  later: string;
  hours: readonly number[];
  lanes: readonly LaneShown[];
  free: readonly Block[];
  slots: readonly (Block & { value: string; unknown: readonly string[] })[];
  unknown: readonly { name: string; reason: string }[];
  place: { label: string; makesMeetings: boolean } | null;
  key: string;
}

/** The page's own address with other days. */
export function planHref(plan: PlanShown, change: { from?: string; day?: string }): string {
  const query = new URLSearchParams(plan.moving ? { move: plan.moving.id } : { application: plan.applicant.id });
  for (const key of plan.people) query.append("people", key);
  query.set("minutes", String(plan.minutes));
  query.set("from", change.from ?? plan.from);
  if (change.day) query.set("day", change.day);
  return `/interviews/new?${query}`;
}

const lengths = [15, 30, 45, 60, 90, 120];

/** Who is to be there and how long; sends the page to itself. */
export function WhoForm({ plan }: { plan: PlanShown }) {
  return (
    <Card labelledBy="who">
      <CardHeader id="who" title="Who and how long" />
      <CardBody>
        <Form method="get" className="grid gap-4">
          <input type="hidden" name="from" value={plan.from} />
          {plan.moving ? (
            <input type="hidden" name="move" value={plan.moving.id} />
          ) : (
            <input type="hidden" name="application" value={plan.applicant.id} />
          )}
          {!plan.moving && (
            <fieldset className="grid gap-2">
              <legend className="label mb-2">Interviewers and rooms</legend>
              {plan.bookables.map((one) => (
                <Checkbox
                  key={one.key}
                  name="people"
                  value={one.key}
                  label={one.name}
                  hint={one.vendor ?? "No calendar connected"}
                  defaultChecked={plan.people.includes(one.key)}
                />
              ))}
            </fieldset>
          )}
          <SelectField
            id="minutes"
            name="minutes"
            label="Length"
            defaultValue={String(plan.minutes)}
            options={[...new Set([...lengths, plan.minutes])]
              .sort((one, two) => one - two)
              .map((minutes) => ({ value: String(minutes), label: `${minutes} min` }))}
          />
          <Button>Find times</Button>
        </Form>
      </CardBody>
    </Card>
  );
}

/** Days with the number of times that suit everybody. */
export function DayStrip({ plan }: { plan: PlanShown }) {
  return (
    <nav className="wks" aria-label="Day">
      {plan.earlier ? (
        <ButtonLink
          to={planHref(plan, { from: plan.earlier })}
          size="sm"
          className="btn-icon"
          aria-label="Earlier days"
          icon={ChevronLeft}
        />
      ) : (
        <span />
      )}
      {plan.days.map(({ day, weekday, date, count }) => (
        <Link
          key={day}
          className="wk"
          to={planHref(plan, { day })}
          aria-current={day === plan.day ? "date" : undefined}
          preventScrollReset
        >
          <span className="text-muted text-xs">{weekday}</span>
          <b>{date}</b>
          <span className={cx("text-xs", count === 0 && "text-muted")}>
            {count === 0 ? "none" : count === 1 ? "1 time" : `${count} times`}
          </span>
        </Link>
      ))}
      <ButtonLink
        to={planHref(plan, { from: plan.later })}
        size="sm"
        className="btn-icon"
        aria-label="Later days"
        icon={ChevronRight}
      />
    </nav>
  );
}

const place = ({ left, width }: Block): CSSProperties => ({ left: `${left}%`, width: `${width}%` });

function LaneRow({ lane }: { lane: LaneShown }) {
  const said =
    lane.state === "unknown"
      ? `Unknown. ${lane.reason ?? ""}`
      : lane.blocks.length === 0
        ? "Nothing between 8:00 and 18:00"
        : `Busy ${lane.blocks.map(({ label }) => label).join(", ")}`;
  return (
    <li className="lane">
      <div className="lane-who">
        <b>{lane.name}</b>
        <span className="text-muted text-xs">
          {lane.vendor && <Tile name={lane.vendor.name} logo={lane.vendor.id} color={lane.vendor.color} size="sm" />}
          <span className="clip">
            {lane.state === "unknown" && "not seen"}
            {lane.state === "live" && "asked just now"}
            {lane.state === "mirrored" && lane.readAt && (
              <>
                our copy, <Time at={lane.readAt} />
              </>
            )}
          </span>
        </span>
      </div>
      <div className="lane-day">
        <span className="sr-only">{said}</span>
        {lane.state === "unknown" && (
          <span className="blk blk-unknown" style={place({ left: 0, width: 100, label: "" })} aria-hidden="true">
            <span>Unknown</span>
          </span>
        )}
        {lane.blocks.map((block) => (
          <span
            key={block.label}
            className="blk blk-busy"
            style={place(block)}
            title={`${block.label}, busy`}
            aria-hidden="true"
          >
            {block.width > 7 && <span>busy</span>}
          </span>
        ))}
      </div>
    </li>
  );
}

/** Each calendar's day, one above the other, and what is left for all. */
export function Lanes({ plan, picked }: { plan: PlanShown; picked: Block | undefined }) {
  const chosen: CSSProperties & Record<`--${string}`, string> = {
    "--pick-l": `${picked?.left ?? 0}%`,
    "--pick-w": `${picked?.width ?? 0}%`,
  };
  return (
    <ul className="lanes" aria-label={`${plan.dayLabel}, 8:00 to 18:00, ${plan.zone}`} style={chosen}>
      <li className="lane lane-head" aria-hidden="true">
        <div className="lane-who">
          <span className="text-muted text-xs">{plan.zone}</span>
        </div>
        <div className="lane-day">
          {plan.hours.map((hour, index) => (
            <span
              key={hour}
              className="hr"
              style={{ left: `${(index / plan.hours.length) * 100}%` }}
              aria-hidden="true"
            >
              {hour}
            </span>
          ))}
        </div>
      </li>
      {plan.lanes.map((lane) => (
        <LaneRow key={lane.key} lane={lane} />
      ))}
      <li className="lane lane-all">
        <div className="lane-who">
          <b>Everyone we can see</b>
        </div>
        <div className="lane-day">
          <span className="sr-only">
            {plan.free.length === 0 ? "No time in common" : `Free ${plan.free.map(({ label }) => label).join(", ")}`}
          </span>
          {plan.free.map((block) => (
            <span key={block.label} className="blk blk-free" style={place(block)} aria-hidden="true" />
          ))}
          {picked && <span className="blk blk-pick" style={place(picked)} aria-hidden="true" />}
        </div>
      </li>
    </ul>
  );
}

const legend = [
  ["blk-busy", "busy"],
  ["blk-unknown", "unknown"],
  ["blk-free", "free together"],
  ["blk-pick", "chosen"],
] as const;

/** What the patterns mean. */
export function Legend() {
  return (
    <div className="card-foot legend">
      {legend.map(([name, word]) => (
        <span key={name}>
          <i className={`sw ${name}`} /> {word}
        </span>
      ))}
    </div>
  );
}
