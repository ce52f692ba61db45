import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { Calendar, Plus } from "lucide-react";
import { InterviewTable } from "#app/components/interviews/interview-table.tsx";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { Card, CardHeader } from "#app/components/ui/card.tsx";
import { EmptyState } from "#app/components/ui/empty-state.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { Chips } from "#app/components/ui/tabs.tsx";
import { readerOf } from "#app/platform/preferences.server.ts";
import { interviewLists } from "#app/services/interview-lists.server.ts";
import { requireMember } from "#app/services/people.server.ts";

export const meta: MetaFunction = () => [{ title: "Interviews · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { actor, employer } = await requireMember(request, "applications:read");
  const past = new URL(request.url).searchParams.get("show") === "past";
  return { past, ...(await interviewLists(actor, readerOf(request, employer), past)) };
}

const emptyWords: Readonly<Record<string, string>> = {
  today: "No interview today.",
  upcoming: "No interview is planned after today.",
};

export default function Interviews() {
  const { past, lists, sentence, books } = useLoaderData<typeof loader>();
  const chips = [
    { to: "/interviews", label: "Coming", current: !past },
    { to: "/interviews?show=past", label: "Past", current: past },
  ];
  const none = lists.every(({ rows }) => rows.length === 0);
  return (
    <>
      <PageHead
        title="Interviews"
        sentence={sentence}
        buttons={
          <>
            <ButtonLink to="/integrations?category=calendar" icon={Calendar}>
              Calendars
            </ButtonLink>
            {books && (
              <ButtonLink to="/applicants" icon={Plus} variant="primary">
                New interview
              </ButtonLink>
            )}
          </>
        }
      />
      <Chips label="Which interviews" chips={chips} />
      {none ? (
        <EmptyState icon={Calendar} title={past ? "No interviews yet" : "Nothing is planned"}>
          Open an applicant and choose Book interview: free times of your calendars are shown there.
        </EmptyState>
      ) : (
        <div className="mt-3 grid gap-4">
          {lists.map(({ id, title, rows }) => (
            <Card key={id} labelledBy={id}>
              <CardHeader id={id} title={title} />
              <InterviewTable labelledBy={id} rows={rows} empty={emptyWords[id] ?? "None."} />
            </Card>
          ))}
        </div>
      )}
    </>
  );
}
