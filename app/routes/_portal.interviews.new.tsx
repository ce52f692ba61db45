import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { useState } from "react";
import { BookingForm, NoCalendar } from "#app/components/interviews/booking-form.tsx";
import { DayStrip, Lanes, Legend, WhoForm } from "#app/components/interviews/planner.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { Card, CardHeader } from "#app/components/ui/card.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { readerOf } from "#app/platform/preferences.server.ts";
import { isRefusal, orExplain, orRefuse, redirectWithMessage, refused } from "#app/platform/respond.server.ts";
import { bookingOfForm, moveOfForm, planInterview, planQuery } from "#app/services/interview-planner.server.ts";
import { bookInterview, moveInterview } from "#app/services/interviews.server.ts";
import { requireMember } from "#app/services/people.server.ts";
import { idOf } from "#app/services/search-text.ts";

export const meta: MetaFunction = () => [{ title: "Book an interview · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { actor, employer } = await requireMember(request, "interviews:manage");
  const query = planQuery(new URL(request.url));
  if (!query.applicationId && !query.moveId)
    throw await redirectWithMessage("/applicants", { tone: "ok", title: "Choose whom to meet, then Book interview." });
  return orRefuse(() => planInterview(actor, query, readerOf(request, employer)));
}

export async function action({ request }: ActionFunctionArgs) {
  const { actor, employer } = await requireMember(request, "interviews:manage");
  const form = await request.formData();
  const move = idOf(String(form.get("move") ?? ""));
  const done = await orExplain(async () => {
    if (!move) return bookInterview(actor, bookingOfForm(form, employer.timeZone));
    await moveInterview(actor, move, moveOfForm(form));
    return { id: move };
  });
  if (isRefusal(done)) return refused(done);
  const said = move ? "The calendar is being told about the new time." : "Booked. The invitations go out now.";
  return redirectWithMessage(`/interviews/${done.id}`, said);
}

export default function NewInterview() {
  const plan = useLoaderData<typeof loader>();
  const refusal = useAnswer<typeof action>();
  const [pick, setPick] = useState<string>();
  const picked = plan.slots.find(({ value }) => value === pick) ?? plan.slots[0];
  const title = plan.moving ? `Another time for ${plan.applicant.name}` : `Find a time for ${plan.applicant.name}`;
  return (
    <>
      <PageHead
        title={title}
        sentence={`${plan.minutes} min · ${plan.applicant.jobTitle}. Times are shown in ${plan.zone}.`}
        crumbs={[{ to: "/interviews", label: "Interviews" }, { label: plan.moving ? "Move" : "New" }]}
      />
      <div className="int-cols">
        <div className="grid content-start gap-4">
          <Card labelledBy="find" className="int-find">
            <CardHeader id="find" title={plan.dayLabel} />
            <DayStrip plan={plan} />
            {plan.bookables.length === 0 ? <NoCalendar /> : <Lanes plan={plan} picked={picked} />}
            <Legend />
          </Card>
          <WhoForm plan={plan} />
        </div>
        <aside className="int-book" aria-label="Booking">
          <BookingForm
            plan={plan}
            picked={picked?.value}
            onPick={setPick}
            refusal={refusal && "fields" in refusal ? refusal : null}
          />
        </aside>
      </div>
    </>
  );
}
