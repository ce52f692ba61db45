import { parseWithZod } from "@conform-to/zod/v4";
import { type ActionFunctionArgs, data, type LoaderFunctionArgs, type MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { JobEditor } from "#app/components/jobs/job-editor.tsx";
import { JobSide } from "#app/components/jobs/job-side.tsx";
import { JobState } from "#app/components/jobs/job-state.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { isRefusal, orExplain, orRefuse, redirectWithMessage } from "#app/platform/respond.server.ts";
import { jobForm, jobFormValues } from "#app/services/job-form.server.ts";
import { atsOf, closeJob, getJob, reopenJob, saveJob } from "#app/services/jobs.server.ts";
import { requireMember } from "#app/services/people.server.ts";
import { formerPostings } from "#app/services/posting-farewell.server.ts";
import { needId } from "#app/services/search-text.ts";

export const meta: MetaFunction<typeof loader> = ({ data: loaded }) => [
  { title: `${loaded?.job.title ?? "Job"} · Patchbay` },
];

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor, employer } = await requireMember(request, "jobs:read");
  const row = await orRefuse(() => getJob(actor, needId(params.id)));
  const { id, title, status, version, publishedAt, closedAt, closeReason, updatedAt } = row;
  return {
    job: { id, title, status, version, publishedAt, closedAt, closeReason, updatedAt },
    ats: await atsOf(actor, row),
    values: jobFormValues(row),
    publicPath: `/careers/${employer.slug}/${row.slug}`,
    former: await formerPostings(actor, id),
    manages: actor.permissions.has("jobs:manage"),
  };
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireMember(request, "jobs:manage");
  const id = await orRefuse(async () => needId(params.id));
  const form = await request.formData();
  const here = `/jobs/${id}`;
  const intent = form.get("intent");
  if (intent === "close" || intent === "reopen") {
    const reason = form.get("reason") === "withdrawn" ? "withdrawn" : "filled";
    const done = await orExplain(() => (intent === "close" ? closeJob(actor, id, reason) : reopenJob(actor, id)));
    if (isRefusal(done)) throw await redirectWithMessage(here, { tone: "warn", title: done.message });
    throw await redirectWithMessage(
      here,
      intent === "close" ? `${done.title} is closed.` : `${done.title} is open again.`,
    );
  }
  const submission = parseWithZod(form, { schema: jobForm });
  if (submission.status !== "success")
    return data(submission.reply(), { status: submission.status === "error" ? 400 : 200 });
  const saved = await orExplain(() => saveJob(actor, id, submission.value));
  if (isRefusal(saved)) return data(submission.reply({ formErrors: [saved.message] }), { status: 400 });
  throw await redirectWithMessage(here, `${saved.title} is saved.`);
}

export default function EditJob() {
  const { job, values, ...beside } = useLoaderData<typeof loader>();
  const lastResult = useAnswer<typeof action>() ?? null;
  return (
    <>
      <PageHead
        title={job.title}
        state={<JobState status={job.status} pill />}
        crumbs={[{ to: "/jobs", label: "Jobs" }, { label: job.title }]}
      />
      <div className="cols">
        <JobEditor key={job.version} {...{ values, lastResult }} ats={beside.ats} isDraft={job.status === "draft"} />
        <JobSide job={job} {...beside} />
      </div>
    </>
  );
}
