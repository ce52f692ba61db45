import { Form, Link } from "@remix-run/react";
import { errorsFor, RefusalNote, type RefusalShown } from "#app/components/people/refusal-note.tsx";
import { Button, ButtonLink } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { CodeBlock } from "#app/components/ui/code-block.tsx";
import { TextField } from "#app/components/ui/field.tsx";
import { Select } from "#app/components/ui/input.tsx";
import { Table } from "#app/components/ui/table.tsx";
import { Time } from "#app/components/ui/time.tsx";

interface InboxShown {
  id: string;
  name: string;
  url: string;
  answerStatus: number;
}

type Row = InboxShown & { createdBy: string; arrived: number; lastAt: Date | null };

/** All inboxes with how much arrived. */
export function InboxesTable({ inboxes }: { inboxes: readonly Row[] }) {
  return (
    <Card label="Addresses">
      <Table
        label="Addresses"
        rows={inboxes}
        rowKey={(row) => row.id}
        empty="No address yet. Make one, give it to an endpoint or a sender, and look at what comes."
        columns={[
          {
            head: "Name",
            cell: (row) => (
              <Link className="link" to={`/webhooks/receive/${row.id}`}>
                {row.name}
              </Link>
            ),
          },
          { head: "Answers", cell: (row) => row.answerStatus },
          { head: "Last 24 h", num: true, cell: (row) => row.arrived },
          { head: "Last arrived", cell: (row) => (row.lastAt ? <Time at={row.lastAt} /> : "–") },
          { head: "Made by", cell: (row) => row.createdBy },
        ]}
      />
    </Card>
  );
}

/** Makes an inbox. */
export function InboxForm({ refusal }: { refusal: RefusalShown | null }) {
  return (
    <Card labelledBy="new-inbox">
      <CardHeader id="new-inbox" title="New address" />
      <CardBody>
        <Form method="post" className="grid max-w-xl gap-4">
          <RefusalNote refusal={refusal} />
          <TextField
            id="name"
            name="name"
            label="Name"
            hint="What you try out there. Whoever knows the address may post to it; nobody sees what arrives but your team and its guests."
            required
            maxLength={80}
            defaultValue={refusal?.values?.name ?? ""}
            errors={errorsFor(refusal, "name")}
          />
          <div>
            <Button variant="primary">Make address</Button>
          </div>
        </Form>
      </CardBody>
    </Card>
  );
}

const answerWords: Record<number, string> = {
  200: "200, taken",
  204: "204, taken without a word",
  400: "400, refused",
  404: "404, not found",
  410: "410, gone: switches the endpoint off",
  429: "429, too many",
  500: "500, broken",
  503: "503, busy",
};

interface InboxSettingsProps {
  inbox: InboxShown;
  /** The endpoint that sends here, if there is one. */
  endpoint: { id: string; state: string } | null;
  answers: readonly number[];
  canManage: boolean;
}

/** The address, what it answers, and how an endpoint comes to send there. */
export function InboxSettings({ inbox, endpoint, answers, canManage }: InboxSettingsProps) {
  return (
    <Card labelledBy="address">
      <CardHeader
        id="address"
        title="The address"
        end={
          endpoint && (
            <ButtonLink size="sm" to={`/webhooks/endpoints/${endpoint.id}`}>
              Open its endpoint
            </ButtonLink>
          )
        }
      />
      <CardBody className="grid gap-4">
        <CodeBlock label="Post to" code={inbox.url} />
        {canManage && (
          <Form method="post" className="flex flex-wrap items-end gap-2">
            <div className="field">
              <label htmlFor="answerStatus">It answers</label>
              <Select
                key={inbox.answerStatus}
                id="answerStatus"
                name="answerStatus"
                defaultValue={String(inbox.answerStatus)}
                options={answers.map((status) => ({
                  value: String(status),
                  label: answerWords[status] ?? String(status),
                }))}
              />
            </div>
            <Button name="intent" value="answer">
              Change the answer
            </Button>
            {!endpoint && (
              <Button name="intent" value="endpoint">
                Add an endpoint that sends here
              </Button>
            )}
          </Form>
        )}
        {canManage && (
          <details>
            <summary className="link">Delete this address</summary>
            <Form method="post" className="mt-3">
              <p className="mb-3">What arrived is deleted with it. An endpoint that sends here fails from then on.</p>
              <Button variant="danger" name="intent" value="delete">
                Delete address
              </Button>
            </Form>
          </details>
        )}
      </CardBody>
    </Card>
  );
}
