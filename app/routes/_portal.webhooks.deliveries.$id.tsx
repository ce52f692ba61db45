import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { Form, useLoaderData } from "@remix-run/react";
import { RotateCw } from "lucide-react";
import { stateWord } from "#app/components/state-vocabulary.ts";
import { Button } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { CodeBlock } from "#app/components/ui/code-block.tsx";
import { Note } from "#app/components/ui/note.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { StateLabel } from "#app/components/ui/state.tsx";
import { AttemptCard } from "#app/components/webhooks/attempt-card.tsx";
import { Due } from "#app/components/webhooks/due.tsx";
import { bodyGoneWords, deliverySentence, shortUrl } from "#app/components/webhooks/words.ts";
import { isRefusal, orExplain, orRefuse, redirectWithMessage } from "#app/platform/respond.server.ts";
import { getDelivery } from "#app/services/delivery-log.server.ts";
import { replayDelivery } from "#app/services/delivery-replay.server.ts";
import { requireVisitor } from "#app/services/webhook-visitors.server.ts";

export const meta = () => [{ title: "Delivery · Patchbay" }];

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireVisitor(request, "webhooks:read");
  const detail = await orRefuse(() => getDelivery(actor, params.id ?? ""));
  return { ...detail, canManage: actor.permissions.has("webhooks:manage") };
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireVisitor(request, "webhooks:manage");
  const id = params.id ?? "";
  const made = await orExplain(() => replayDelivery(actor, id));
  if (isRefusal(made)) return redirectWithMessage(`/webhooks/deliveries/${id}`, { tone: "bad", title: made.message });
  return redirectWithMessage(`/webhooks/deliveries/${made.deliveryId}`, "It is sent again: same id, same bytes.");
}

export default function DeliveryPage() {
  const { delivery, endpoint, body, bodyGone, attempts, canManage } = useLoaderData<typeof loader>();
  const sentence = (
    <>
      {deliverySentence(delivery)}
      {delivery.nextAttemptAt && delivery.state !== "sending" && (
        <>
          {delivery.attempts === 0 ? " It goes out " : " We try again "}
          <Due at={delivery.nextAttemptAt} />.
        </>
      )}
    </>
  );
  return (
    <>
      <PageHead
        title={delivery.eventType}
        state={<StateLabel state={stateWord("delivery", delivery.state)} pill />}
        sentence={sentence}
        crumbs={[
          { to: "/webhooks", label: "Webhooks" },
          { to: `/webhooks/endpoints/${endpoint.id}`, label: shortUrl(endpoint.url) },
          { label: delivery.eventType },
        ]}
        buttons={
          canManage &&
          endpoint.state !== "off" &&
          bodyGone === null && (
            <Form method="post">
              <Button icon={RotateCw}>Send again now</Button>
            </Form>
          )
        }
      />
      <div className="grid gap-4">
        {bodyGone && <Note tone="idle">{bodyGoneWords[bodyGone]}</Note>}
        {attempts.toReversed().map((attempt) => (
          <AttemptCard key={attempt.id} attempt={attempt} url={endpoint.url} body={body} />
        ))}
        {attempts.length === 0 && body !== null && (
          <Card labelledBy="body">
            <CardHeader id="body" title="What will be sent" />
            <CardBody>
              <CodeBlock label="Body" code={body} />
            </CardBody>
          </Card>
        )}
      </div>
    </>
  );
}
