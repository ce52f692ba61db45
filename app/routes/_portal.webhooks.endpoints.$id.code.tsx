import type { LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { CodeBlock } from "#app/components/ui/code-block.tsx";
import { Chips } from "#app/components/ui/tabs.tsx";
import { receivers } from "#app/components/webhooks/receivers.ts";
import { type Example, snippets } from "#app/components/webhooks/snippets.ts";
import { orRefuse } from "#app/platform/respond.server.ts";
import { verificationExample } from "#app/services/verification-example.server.ts";
import { requireVisitor } from "#app/services/webhook-visitors.server.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireVisitor(request, "webhooks:read", params.id);
  const wanted = new URL(request.url).searchParams.get("language");
  const language = snippets.find(({ id }) => id === wanted)?.id ?? snippets[0]?.id ?? "";
  return { language, example: await orRefuse(() => verificationExample(actor, params.id ?? "")) };
}

/** Stands where a reader may not see a right signature. */
const none: Example = { id: "…", timestamp: "…", signature: "v1,…", body: "{…}" };

export default function EndpointCode() {
  const { language, example } = useLoaderData<typeof loader>();
  const snippet = snippets.find(({ id }) => id === language);
  const receiver = receivers.find((one) => one.language === snippet?.language);
  return (
    <div className="grid gap-4">
      <p className="max-w-[76ch] text-muted">
        Check the signature over the raw body before you read it, answer within 15 seconds with any 2xx, and keep each
        webhook-id for 8 days: a delivery may come twice, and in any order.
      </p>
      <Chips
        label="Language"
        chips={snippets.map(({ id, language: label }) => ({ to: `?language=${id}`, label, current: id === language }))}
      />
      {snippet && (
        <Card labelledBy="check">
          <CardHeader id="check" title={`Check the signature in ${snippet.language}`} />
          <CardBody className="grid gap-4">
            <p className="max-w-[76ch] text-muted">
              {example
                ? "It holds a test event of yours, signed when this page was made. Run it within five minutes with your secret in PATCHBAY_WEBHOOK_SECRET, and it says whether the two fit."
                : "Whoever may change endpoints sees it with an example that is rightly signed."}
            </p>
            <CodeBlock label="Run it" code={`PATCHBAY_WEBHOOK_SECRET=whsec_… ${snippet.run}`} />
            <CodeBlock program label="Program" code={snippet.code(example ?? none)} />
          </CardBody>
        </Card>
      )}
      {receiver && (
        <Card labelledBy="receiver">
          <CardHeader id="receiver" title={`A whole receiver in ${receiver.language}`} />
          <CardBody className="grid gap-4">
            {receiver.install && <CodeBlock label="Install" code={receiver.install} />}
            <CodeBlock program label="Receiver" code={receiver.code} />
          </CardBody>
        </Card>
      )}
    </div>
  );
}
