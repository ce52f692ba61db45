import { type ActionFunctionArgs, data, type LoaderFunctionArgs, type MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { PostingPage } from "#app/components/distribution/posting-page.tsx";
import { RefusalNote } from "#app/components/people/refusal-note.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { stateWord } from "#app/components/state-vocabulary.ts";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { Pill } from "#app/components/ui/state.tsx";
import { isRefusal, orExplain, orRefuse, redirectWithMessage } from "#app/platform/respond.server.ts";
import { requireMember } from "#app/services/people.server.ts";
import { actOnPosting } from "#app/services/posting-intents.server.ts";
import { viewPosting } from "#app/services/posting-view.server.ts";
import { needId } from "#app/services/search-text.ts";

export const meta: MetaFunction<typeof loader> = ({ data: view }) => [
  { title: `${view ? `${view.job.title} on ${view.board.name}` : "Posting"} · Patchbay` },
];

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "jobs:read");
  return orRefuse(async () => viewPosting(actor, needId(params.id)));
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireMember(request, "postings:publish");
  const id = await orRefuse(async () => needId(params.id));
  const form = Object.fromEntries([...(await request.formData())].map(([name, value]) => [name, String(value)]));
  const done = await orExplain(() => actOnPosting(actor, id, form));
  if (isRefusal(done)) return data({ ...done, values: form }, { status: 400 });
  throw await redirectWithMessage(`/jobs/postings/${id}`, done.said);
}

export default function Posting() {
  const view = useLoaderData<typeof loader>();
  const refusal = useAnswer<typeof action>() ?? null;
  const { job, board, posting } = view;
  const crumbs = [
    { to: "/jobs", label: "Jobs" },
    { to: "/jobs/distribution", label: "Distribution" },
    { label: `${job.title} on ${board.name}` },
  ];
  return (
    <>
      <PageHead
        crumbs={crumbs}
        title={job.title}
        sentence={`On ${board.label}.`}
        state={<Pill state={stateWord("posting", posting.state)} />}
      />
      <RefusalNote refusal={refusal} />
      <PostingPage view={view} refusal={refusal} />
    </>
  );
}
