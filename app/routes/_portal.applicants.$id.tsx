import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Link, useLoaderData } from "@remix-run/react";
import { CalendarPlus } from "lucide-react";
import { AnswersCard, DocumentsCard, HistoryCard, PersonCard } from "#app/components/applicants/applicant-body.tsx";
import { MoveCard, SourceCard } from "#app/components/applicants/applicant-side.tsx";
import { ApplicationState, applicationStatusWords } from "#app/components/applicants/application-state.tsx";
import { OnboardingCard } from "#app/components/applicants/onboarding-card.tsx";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { readerOf } from "#app/platform/preferences.server.ts";
import { isRefusal, orExplain, orRefuse, redirectWithMessage } from "#app/platform/respond.server.ts";
import { byDay } from "#app/services/activity-days.ts";
import { getApplicant } from "#app/services/applicant-detail.server.ts";
import { moveApplication, moveOfForm } from "#app/services/applications.server.ts";
import { fullName } from "#app/services/candidates.server.ts";
import { requireMember } from "#app/services/people.server.ts";
import { needId } from "#app/services/search-text.ts";
import { sourceMark } from "#app/services/source-marks.ts";

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.name ?? "Applicant"} · Patchbay` }];

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor, employer } = await requireMember(request, "applications:read");
  const found = await orRefuse(() => getApplicant(actor, needId(params.id)));
  const { application, person, job, ats, posting, stages, documents, onboardings, views, costShare, atAtsSince } =
    found;
  const { id, status, stageId, stageName, source, coverLetter, answers, appliedAt, rejectedReason } = application;
  return {
    name: fullName(person),
    person: { emails: person.emails, phones: person.phones, links: person.links, headline: person.headline },
    application: { id, status, stageId, stageName, coverLetter, answers, rejectedReason },
    job: { id: job.id, title: job.title },
    path: {
      source,
      mark: sourceMark(source),
      ats: ats?.label ?? null,
      appliedAt,
      posting,
      views,
      costShare,
      atAtsSince,
    },
    ...{ stages, documents, onboardings, days: byDay(found.history, readerOf(request, employer)) },
    manages: actor.permissions.has("applications:manage"),
    books: actor.permissions.has("interviews:manage"),
  };
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireMember(request, "applications:manage");
  const form = await request.formData();
  const here = `/applicants/${params.id}`;
  const moved = await orExplain(() => moveApplication(actor, needId(params.id), moveOfForm(form)));
  if (isRefusal(moved)) throw await redirectWithMessage(here, { tone: "warn", title: moved.message });
  const place = form.get("intent") === "stage" ? moved.stageName : applicationStatusWords[moved.status];
  throw await redirectWithMessage(here, `Moved to ${place}.`);
}

export default function Applicant() {
  const { name, person, application, job, path, stages, documents, onboardings, days, manages, books } =
    useLoaderData<typeof loader>();
  const stage = application.status === "active" ? ` · ${application.stageName ?? "New"}` : "";
  return (
    <>
      <PageHead
        title={name}
        state={<ApplicationState status={application.status} pill />}
        sentence={
          <>
            <Link className="link" to={`/jobs/${job.id}`}>
              {job.title}
            </Link>
            {stage}
            {application.rejectedReason && ` · ${application.rejectedReason}`}
          </>
        }
        crumbs={[{ to: "/applicants", label: "Applicants" }, { label: name }]}
        buttons={
          books &&
          application.status === "active" && (
            <ButtonLink to={`/interviews/new?application=${application.id}`} icon={CalendarPlus} variant="primary">
              Book interview
            </ButtonLink>
          )
        }
      />
      <div className="cols">
        <div className="grid content-start gap-3">
          <PersonCard person={person} />
          <DocumentsCard documents={documents} />
          <OnboardingCard onboardings={onboardings} />
          <AnswersCard {...application} />
          <HistoryCard days={days} />
        </div>
        <div className="grid content-start gap-3">
          {manages && <MoveCard {...application} stages={stages} />}
          <SourceCard {...path} />
        </div>
      </div>
    </>
  );
}
