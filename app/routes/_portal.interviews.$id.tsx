import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Link, useLoaderData } from "@remix-run/react";
import { Video } from "lucide-react";
import { ChangeCard, Decision, FactsCard, HistoryCard } from "#app/components/interviews/interview-cards.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { State } from "#app/components/ui/state.tsx";
import { readerOf } from "#app/platform/preferences.server.ts";
import { isRefusal, orExplain, orRefuse, redirectWithMessage } from "#app/platform/respond.server.ts";
import { interviewPage, steerInterview } from "#app/services/interview-page.server.ts";
import { requireMember } from "#app/services/people.server.ts";
import { needId } from "#app/services/search-text.ts";

export const meta: MetaFunction<typeof loader> = ({ data }) => [{ title: `${data?.title ?? "Interview"} · Patchbay` }];

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor, employer } = await requireMember(request, "applications:read");
  return orRefuse(() => interviewPage(actor, needId(params.id), readerOf(request, employer)));
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireMember(request, "interviews:manage");
  const form = await request.formData();
  const said = await orExplain(() => steerInterview(actor, needId(params.id), form));
  const flash = isRefusal(said) ? { tone: "warn" as const, title: said.message } : said;
  return redirectWithMessage(`/interviews/${params.id}`, flash);
}

export default function Interview() {
  const { title, applicant, interview, days, manages } = useLoaderData<typeof loader>();
  const stands = interview.state === "booked" || interview.state === "moved";
  return (
    <>
      <PageHead
        title={title}
        state={<State family="interview" value={interview.state} pill />}
        sentence={
          <>
            {interview.when} ·{" "}
            <Link className="link" to={`/applicants/${applicant.id}`}>
              {applicant.name}
            </Link>
            , {applicant.jobTitle}
          </>
        }
        crumbs={[{ to: "/interviews", label: "Interviews" }, { label: title }]}
        buttons={
          stands &&
          interview.joinUrl && (
            <a className="btn btn-primary" href={interview.joinUrl} rel="noopener">
              <Video className="i" aria-hidden="true" />
              <span>Join</span>
            </a>
          )
        }
      />
      <div className="cols">
        <div className="grid content-start gap-3">
          <Decision interview={interview} manages={manages} />
          <FactsCard interview={interview} />
          <HistoryCard days={days} />
        </div>
        <div className="grid content-start gap-3">{manages && <ChangeCard interview={interview} />}</div>
      </div>
    </>
  );
}
