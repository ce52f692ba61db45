import { type ActionFunctionArgs, data, type LoaderFunctionArgs, type MetaFunction } from "@remix-run/node";
import { Form, useLoaderData } from "@remix-run/react";
import { PublishForm } from "#app/components/distribution/publish-form.tsx";
import { RefusalNote } from "#app/components/people/refusal-note.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { Button } from "#app/components/ui/button.tsx";
import { Note } from "#app/components/ui/note.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { isRefusal, orExplain, orRefuse, redirectWithMessage } from "#app/platform/respond.server.ts";
import { getJob, reopenJob } from "#app/services/jobs.server.ts";
import { requireMember } from "#app/services/people.server.ts";
import { publish } from "#app/services/postings.server.ts";
import { choicesOf, chosenOf } from "#app/services/publish-choices.server.ts";
import { needId } from "#app/services/search-text.ts";

export const meta: MetaFunction<typeof loader> = ({ data: loaded }) => [
  { title: `Publish ${loaded?.job.title ?? "job"} · Patchbay` },
];

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "postings:publish");
  return orRefuse(async () => {
    const { id, title, status, version } = await getJob(actor, needId(params.id));
    const choices = await choicesOf(actor, id);
    const asked = new URL(request.url).searchParams.getAll("board");
    return { job: { id, title, status, version }, choices, chosen: chosenOf(choices, asked) };
  });
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireMember(request, "postings:publish");
  const id = await orRefuse(async () => needId(params.id));
  const form = await request.formData();
  if (form.get("intent") === "open") {
    const opened = await orExplain(() => reopenJob(actor, id));
    if (isRefusal(opened)) return data({ ...opened, chosen: [] }, { status: 400 });
    throw await redirectWithMessage(`/jobs/${id}/publish`, `${opened.title} is open and on your career site.`);
  }
  const chosen = form.getAll("board").map(String);
  const done = await orExplain(() => publish(actor, id, chosen, String(form.get("total") ?? "")));
  if (isRefusal(done)) return data({ ...done, chosen }, { status: 400 });
  const count = done.sent.length === 1 ? `on ${done.sent[0]?.label}` : `on ${done.sent.length} boards`;
  const words =
    done.sent.length === 0
      ? "Every board has it already; nothing was sent."
      : `Published ${count}. This page follows along.`;
  throw await redirectWithMessage("/jobs/distribution", words);
}

export default function Publish() {
  const { job, choices, chosen } = useLoaderData<typeof loader>();
  const refusal = useAnswer<typeof action>() ?? null;
  const crumbs = [{ to: "/jobs", label: "Jobs" }, { to: `/jobs/${job.id}`, label: job.title }, { label: "Publish" }];
  return (
    <>
      <PageHead title="Publish" crumbs={crumbs} sentence="Each board’s rules and price, before anything is sent." />
      <div className="grid gap-3">
        <RefusalNote refusal={refusal} />
        {job.status !== "open" && (
          <Note tone="warn">
            <p>Only open jobs are published. Opening it shows it on your career site at once.</p>
            <Form method="post" className="mt-3">
              <Button name="intent" value="open">
                Open the job
              </Button>
            </Form>
          </Note>
        )}
        <PublishForm
          key={`${job.version}${refusal?.message}`}
          {...{ job, choices }}
          chosen={refusal?.chosen ?? chosen}
        />
      </div>
    </>
  );
}
