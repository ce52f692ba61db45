import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { Form, useLoaderData } from "@remix-run/react";
import { SettingsPage } from "#app/components/people/settings-page.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { Card } from "#app/components/ui/card.tsx";
import { Table } from "#app/components/ui/table.tsx";
import { Time } from "#app/components/ui/time.tsx";
import { isRefusal, orExplain, redirectWithMessage } from "#app/platform/respond.server.ts";
import { requireMember } from "#app/services/people.server.ts";
import { claimQuarantined, discardQuarantined, listQuarantine } from "#app/services/quarantine.server.ts";

export const meta = () => [{ title: "Unclaimed webhooks · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { actor, user } = await requireMember(request, "instance:manage");
  return { lines: await listQuarantine(actor), instance: user.instanceAdmin };
}

export async function action({ request }: ActionFunctionArgs) {
  const { actor } = await requireMember(request, "instance:manage");
  const form = await request.formData();
  const id = String(form.get("id") ?? "");
  const claim = form.get("intent") === "claim";
  const done = await orExplain(() => (claim ? claimQuarantined(actor, id) : discardQuarantined(actor, id)));
  if (isRefusal(done)) return redirectWithMessage("/settings/unclaimed", { tone: "warn", title: done.message });
  return redirectWithMessage("/settings/unclaimed", claim ? "Handed to its connection." : "Dropped.");
}

export default function Unclaimed() {
  const { lines, instance } = useLoaderData<typeof loader>();
  const sentence =
    lines.length === 0
      ? "Every webhook that came in belongs to a connection."
      : `${lines.length} webhooks came from accounts that nobody here has connected. They are kept, encrypted.`;
  return (
    <SettingsPage title="Unclaimed webhooks" sentence={sentence} instance={instance}>
      <Card label="Unclaimed webhooks">
        <Table
          label="Unclaimed webhooks"
          rows={lines}
          rowKey={(line) => line.id}
          empty="None."
          columns={[
            { head: "Vendor", cell: (line) => line.vendorName },
            {
              head: "Account",
              cell: (line) => (
                <>
                  <code>{line.accountId}</code>
                  {line.unproven && <span className="text-muted text-xs"> sender not checked yet</span>}
                </>
              ),
            },
            { head: "Environment", cell: (line) => line.environment },
            { head: "Arrived", cell: (line) => <Time at={line.receivedAt} /> },
            {
              head: "Actions",
              quiet: true,
              cell: (line) => (
                <Form method="post" className="btns">
                  <input type="hidden" name="id" value={line.id} />
                  <Button size="sm" name="intent" value="claim">
                    Hand to its connection
                  </Button>
                  <Button size="sm" variant="ghost" name="intent" value="discard">
                    Drop
                  </Button>
                </Form>
              ),
            },
          ]}
        />
      </Card>
    </SettingsPage>
  );
}
