import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { Form } from "@remix-run/react";
import { RefusalNote, refusalIn } from "#app/components/people/refusal-note.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { Button } from "#app/components/ui/button.tsx";
import { Card, CardBody } from "#app/components/ui/card.tsx";
import { TextField } from "#app/components/ui/field.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { UrlCheckNote } from "#app/components/webhooks/url-check.tsx";
import { isRefusal, orExplain, refused } from "#app/platform/respond.server.ts";
import { checkEndpointUrl } from "#app/services/endpoint-check.server.ts";
import { requireVisitor } from "#app/services/webhook-visitors.server.ts";

export const meta = () => [{ title: "Check an address · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  await requireVisitor(request, "webhooks:manage");
  return null;
}

/** What the button beside an address asks; without script it leads to this page. */
export async function action({ request }: ActionFunctionArgs) {
  const { actor } = await requireVisitor(request, "webhooks:manage");
  const form = await request.formData();
  const checked = await orExplain(() => checkEndpointUrl(actor, String(form.get("url") ?? "")));
  return isRefusal(checked) ? refused(checked, form) : checked;
}

export default function CheckAddress() {
  const answer = useAnswer<typeof action>();
  const check = answer && "good" in answer ? answer : null;
  return (
    <>
      <PageHead
        title="Check an address"
        sentence="One HEAD request, sent as deliveries are. Nothing is saved; go back to the form to go on."
        crumbs={[{ to: "/webhooks", label: "Webhooks" }, { label: "Check an address" }]}
      />
      <Card label="Check an address">
        <CardBody>
          <Form method="post" className="grid max-w-xl gap-4">
            <RefusalNote refusal={refusalIn(answer)} />
            <TextField
              key={check?.url}
              id="url"
              name="url"
              type="url"
              label="Address"
              code
              required
              defaultValue={check?.url ?? ""}
            />
            {check && <UrlCheckNote check={check} />}
            <div>
              <Button variant="primary">Check</Button>
            </div>
          </Form>
        </CardBody>
      </Card>
    </>
  );
}
