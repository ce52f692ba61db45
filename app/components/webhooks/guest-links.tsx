import { Form } from "@remix-run/react";
import { errorsFor, RefusalNote, type RefusalShown } from "#app/components/people/refusal-note.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { RadioGroup } from "#app/components/ui/choice.tsx";
import { CodeBlock } from "#app/components/ui/code-block.tsx";
import { SelectField, TextField } from "#app/components/ui/field.tsx";
import { Note } from "#app/components/ui/note.tsx";
import { RowAction } from "#app/components/ui/row-action.tsx";
import { Table } from "#app/components/ui/table.tsx";
import { Time } from "#app/components/ui/time.tsx";
import { Address } from "./address.tsx";

/** The link that was just made, this once. */
export function NewGuestLink({ url, expiresAt }: { url: string; expiresAt: Date }) {
  return (
    <Note tone="ok" role="status">
      <p className="mb-2">
        Send this link to the person. It is not shown again, and ends <Time at={expiresAt} show="datetime" />.
      </p>
      <CodeBlock label="Guest link" code={url} />
    </Note>
  );
}

interface LinkShown {
  id: string;
  name: string;
  endpointUrl: string | null;
  access: "read" | "manage";
  createdBy: string;
  expiresAt: Date;
  openedAt: Date | null;
  revokedAt: Date | null;
}

function validity(link: LinkShown, now: number) {
  const inForce = !link.revokedAt && link.expiresAt.getTime() > now;
  return (
    <span className="whitespace-nowrap">
      {inForce ? "Ends " : link.revokedAt ? "Ended " : "Ran out "}
      <Time at={link.revokedAt ?? link.expiresAt} />
    </span>
  );
}

/** All links, those that ended included. */
export function GuestLinks({ links, now }: { links: readonly LinkShown[]; now: number }) {
  return (
    <Card label="Links">
      <Table
        label="Links"
        rows={links}
        rowKey={(link) => link.id}
        empty="No links yet. What a guest does is in the audit log under the name you give here."
        columns={[
          { head: "For", cell: (link) => link.name },
          {
            head: "Opens",
            cell: (link) => (link.endpointUrl === null ? "All endpoints" : <Address url={link.endpointUrl} />),
          },
          { head: "May", cell: (link) => (link.access === "manage" ? "Look and change" : "Look") },
          { head: "State", cell: (link) => validity(link, now) },
          { head: "Opened", cell: (link) => (link.openedAt ? <Time at={link.openedAt} /> : "Not yet") },
          { head: "Made by", cell: (link) => link.createdBy },
          {
            head: "Actions",
            quiet: true,
            cell: (link) =>
              !link.revokedAt &&
              link.expiresAt.getTime() > now && (
                <RowAction field="linkId" id={link.id} intent="revoke" aria-label={`End the link for ${link.name}`}>
                  End
                </RowAction>
              ),
          },
        ]}
      />
    </Card>
  );
}

const spans = [
  { value: "15", label: "15 minutes" },
  { value: "60", label: "One hour" },
  { value: "480", label: "8 hours" },
  { value: "1440", label: "24 hours" },
];

interface GuestLinkFormProps {
  endpoints: readonly { id: string; label: string }[];
  refusal: RefusalShown | null;
}

/** Makes a link: for whom, to what, what they may do, how long. */
export function GuestLinkForm({ endpoints, refusal }: GuestLinkFormProps) {
  const choices = endpoints.map(({ id, label }) => ({ value: id, label }));
  return (
    <Card labelledBy="new-link">
      <CardHeader id="new-link" title="New link" />
      <CardBody>
        <Form method="post" className="grid max-w-xl gap-4">
          <RefusalNote refusal={refusal} />
          <TextField
            label="For whom"
            hint="An engineer without an account here, for example: Ana, Payroll IT."
            id="name"
            name="name"
            required
            maxLength={80}
            defaultValue={refusal?.values?.name ?? ""}
            errors={errorsFor(refusal, "name")}
          />
          <SelectField
            label="Opens"
            name="endpointId"
            options={[{ value: "", label: "All endpoints and the event catalogue" }, ...choices]}
            defaultValue={refusal?.values?.endpointId ?? ""}
            errors={errorsFor(refusal, "endpointId")}
          />
          <RadioGroup
            label="They may"
            name="access"
            defaultValue={refusal?.values?.access ?? "read"}
            options={[
              {
                value: "read",
                label: "look",
                hint: "Deliveries with bodies and answers, receiver code, the catalogue.",
              },
              { value: "manage", label: "look and change", hint: "Also test, send again, settings and new secrets." },
            ]}
          />
          <SelectField
            label="In force"
            name="minutes"
            options={spans}
            defaultValue={refusal?.values?.minutes ?? "60"}
          />
          <div>
            <Button variant="primary" name="intent" value="create">
              Make link
            </Button>
          </div>
        </Form>
      </CardBody>
    </Card>
  );
}
