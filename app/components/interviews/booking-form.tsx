import { Form, useNavigation } from "@remix-run/react";
import { errorsFor, RefusalNote, type RefusalShown } from "#app/components/people/refusal-note.tsx";
import { Button, ButtonLink } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { Checkbox } from "#app/components/ui/choice.tsx";
import { FieldErrors, SelectField, TextareaField, TextField } from "#app/components/ui/field.tsx";
import { Note } from "#app/components/ui/note.tsx";
import type { PlanShown } from "./planner.tsx";

interface BookingFormProps {
  plan: PlanShown;
  picked: string | undefined;
  onPick: (slot: string) => void;
  refusal: RefusalShown | null;
}

function Slots({ plan, picked, onPick, refusal }: BookingFormProps) {
  if (plan.slots.length === 0) {
    return (
      <Note tone="idle">
        <b>No time on {plan.dayLabel} suits everybody we can see.</b> Choose another day, a shorter time or fewer
        people.
      </Note>
    );
  }
  return (
    <fieldset className="slots" id="startsAt">
      <legend className="label">{plan.dayLabel}</legend>
      {plan.slots.map((slot) => (
        <label className="slot" key={slot.value}>
          <input
            type="radio"
            name="slot"
            value={slot.value}
            required
            checked={slot.value === picked}
            onChange={() => onPick(slot.value)}
          />
          <span>
            <b>{slot.label}</b>
          </span>
          <span className="text-muted text-xs">
            {slot.unknown.length === 0 ? "free for everyone" : `${slot.unknown.length} not seen`}
          </span>
        </label>
      ))}
      <FieldErrors id="startsAt" errors={errorsFor(refusal, "startsAt")} />
    </fieldset>
  );
}

function Unseen({ plan, refusal }: Pick<BookingFormProps, "plan" | "refusal">) {
  if (plan.unknown.length === 0) return null;
  const names = plan.unknown.map(({ name }) => name).join(", ");
  return (
    <>
      <Note tone="warn">
        <b>We cannot see the day of {names}.</b> {plan.unknown[0]?.reason} They get the invitation and can say no.
      </Note>
      <Checkbox id="unseen" name="unseen" label={`Book without seeing ${names}`} required />
      <FieldErrors id="unseen" errors={errorsFor(refusal, "unseen")} />
    </>
  );
}

function Details({ plan, refusal }: Pick<BookingFormProps, "plan" | "refusal">) {
  const first = plan.applicant.name.split(" ")[0] ?? "";
  return (
    <>
      <TextField
        id="title"
        name="title"
        label="Title"
        defaultValue={`Interview with ${plan.applicant.name}`}
        maxLength={200}
        required
        errors={errorsFor(refusal, "title")}
      />
      <SelectField
        id="where"
        name="where"
        label="Where"
        options={[
          ...(plan.place?.makesMeetings === false
            ? []
            : [{ value: "video", label: "Video, a new link for this interview" }]),
          { value: "place", label: "At the place below" },
        ]}
      />
      <TextField
        id="location"
        name="location"
        label="Place"
        hint={plan.place?.makesMeetings === false ? "A room, or the link to a video call." : undefined}
        optional
        maxLength={200}
        errors={errorsFor(refusal, "location")}
      />
      <TextareaField
        id="notes"
        name="notes"
        label={`Note to ${first}`}
        optional
        rows={3}
        maxLength={2000}
        errors={errorsFor(refusal, "notes")}
      />
    </>
  );
}

/** Times to choose from and what the invitation says. Works without script: the first time is chosen. */
export function BookingForm(props: BookingFormProps) {
  const { plan, refusal } = props;
  const busy = useNavigation().state === "submitting";
  const count = plan.people.length + 1;
  return (
    <Form method="post" className="card book" aria-labelledby="book">
      <CardHeader id="book" title={plan.moving ? "Move it" : "Book it"} />
      <CardBody>
        <RefusalNote refusal={refusal} />
        <input type="hidden" name="key" value={plan.key} />
        <input type="hidden" name="application" value={plan.applicant.id} />
        <input type="hidden" name="minutes" value={plan.minutes} />
        {plan.moving && <input type="hidden" name="move" value={plan.moving.id} />}
        {plan.people.map((key) => (
          <input key={key} type="hidden" name="people" value={key} />
        ))}
        <Slots {...props} />
        <Unseen plan={plan} refusal={refusal} />
        {!plan.moving && <Details plan={plan} refusal={refusal} />}
        {plan.place ? (
          <p className="text-muted text-xs" id="how">
            {plan.place.label} writes it to the calendar and tells everybody.
          </p>
        ) : (
          <p className="text-muted text-xs" id="how">
            No calendar is connected to write to. Connect one first.
          </p>
        )}
        <Button
          variant="primary"
          data-wide
          loading={busy}
          {...(plan.slots.length === 0 || !plan.place ? { waitsFor: "how" } : {})}
        >
          {plan.moving ? "Move and tell everybody" : `Book and invite ${count} ${count === 1 ? "person" : "people"}`}
        </Button>
      </CardBody>
    </Form>
  );
}

/** Without any calendar there is nothing to look at. */
export function NoCalendar() {
  return (
    <Card label="No calendar">
      <CardBody className="grid gap-3">
        <p>No calendar is connected yet, so nobody's free times can be seen and nothing can be booked.</p>
        <ButtonLink to="/integrations?category=calendar">Connect a calendar</ButtonLink>
      </CardBody>
    </Card>
  );
}
