import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { Form, useLoaderData } from "@remix-run/react";
import { dependentsOf } from "#app/components/connections/dependents.ts";
import { counted } from "#app/components/connections/words.ts";
import { RefusalNote } from "#app/components/people/refusal-note.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { Button, ButtonLink, Buttons } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { Checkbox } from "#app/components/ui/choice.tsx";
import { KeyValue } from "#app/components/ui/key-value.tsx";
import { isRefusal, orExplain, orRefuse, redirectWithMessage, refused } from "#app/platform/respond.server.ts";
import { blastRadius, disconnect } from "#app/services/connection-removal.server.ts";
import { getConnection } from "#app/services/connections.server.ts";
import { requireMember } from "#app/services/people.server.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "connections:manage");
  return orRefuse(async () => {
    const { id, label } = await getConnection(actor, params.id ?? "");
    return { id, label, counts: await blastRadius(actor, id) };
  });
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireMember(request, "connections:manage");
  const id = params.id ?? "";
  const closePostings = (await request.formData()).get("closePostings") === "on";
  const done = await orExplain(() => disconnect(actor, id, { closePostings }));
  if (isRefusal(done)) return refused(done);
  return redirectWithMessage("/integrations", "The connection is being taken apart. History and reports stay.");
}

export default function Disconnect() {
  const { id, label, counts } = useLoaderData<typeof loader>();
  const answer = useAnswer<typeof action>();
  const rows = dependentsOf(counts);
  const postings = counts.livePostings + counts.pendingPostings;
  return (
    <Card labelledBy="question">
      <CardHeader id="question" title={`Disconnect ${label}?`} />
      <CardBody>
        <RefusalNote refusal={answer && "message" in answer ? answer : null} />
        {rows.length === 0 ? (
          <p>Nothing hangs on it. Its credentials are deleted here and given back to the vendor.</p>
        ) : (
          <KeyValue pairs={rows.map((row) => ({ label: `${row.count} ${row.label.toLowerCase()}`, value: row.end }))} />
        )}
        <p className="my-3 text-muted">
          History, sources and reports stay. To stop everything for a while and keep the sign-in, pause it instead.
        </p>
        <Form method="post" className="grid gap-4">
          {postings > 0 && (
            <Checkbox
              name="closePostings"
              defaultChecked
              label={`Close ${counted(postings, "posting")} first`}
              hint="Access is removed once they are down, after 30 minutes at the latest."
            />
          )}
          <Buttons>
            <ButtonLink to={`/integrations/${id}`}>Keep it</ButtonLink>
            <Button variant="danger">Disconnect {label}</Button>
          </Buttons>
        </Form>
      </CardBody>
    </Card>
  );
}
