import { parseWithZod } from "@conform-to/zod/v4";
import { type ActionFunctionArgs, data, type LoaderFunctionArgs, type MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { JobEditor } from "#app/components/jobs/job-editor.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { isRefusal, orExplain, redirectWithMessage } from "#app/platform/respond.server.ts";
import { jobForm, jobFormValues } from "#app/services/job-form.server.ts";
import { saveJob } from "#app/services/jobs.server.ts";
import { requireMember } from "#app/services/people.server.ts";

export const meta: MetaFunction = () => [{ title: "New job · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  await requireMember(request, "jobs:manage");
  return { values: jobFormValues(null) };
}

export async function action({ request }: ActionFunctionArgs) {
  const { actor } = await requireMember(request, "jobs:manage");
  const submission = parseWithZod(await request.formData(), { schema: jobForm });
  if (submission.status !== "success")
    return data(submission.reply(), { status: submission.status === "error" ? 400 : 200 });
  const saved = await orExplain(() => saveJob(actor, null, submission.value));
  if (isRefusal(saved)) return data(submission.reply({ formErrors: [saved.message] }), { status: 400 });
  const said =
    saved.status === "open" ? `${saved.title} is open and on the career site.` : `${saved.title} is saved as a draft.`;
  throw await redirectWithMessage(`/jobs/${saved.id}`, said);
}

export default function NewJob() {
  const { values } = useLoaderData<typeof loader>();
  const lastResult = useAnswer<typeof action>() ?? null;
  return (
    <>
      <PageHead
        title="New job"
        sentence="A draft is seen by your team only. Once it is open, it stands on the career site and can go to every board."
        crumbs={[{ to: "/jobs", label: "Jobs" }, { label: "New job" }]}
      />
      <JobEditor values={values} lastResult={lastResult} ats={null} isDraft />
    </>
  );
}
