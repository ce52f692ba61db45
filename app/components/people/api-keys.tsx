import { Form, Link } from "@remix-run/react";
import { Button } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { Checkbox } from "#app/components/ui/choice.tsx";
import { CodeBlock } from "#app/components/ui/code-block.tsx";
import { FieldErrors, SelectField, TextField } from "#app/components/ui/field.tsx";
import { Note } from "#app/components/ui/note.tsx";
import { RowAction } from "#app/components/ui/row-action.tsx";
import { Table } from "#app/components/ui/table.tsx";
import { Time } from "#app/components/ui/time.tsx";
import type { Permission } from "#app/platform/permissions.ts";
import { errorsFor, RefusalNote, type RefusalShown } from "./refusal-note.tsx";

/** The key that was just made, this once. */
export function NewKey({ value }: { value: string }) {
  return (
    <Note tone="ok" role="status">
      <p className="mb-2">This is the key. Copy it now; it is not shown again.</p>
      <CodeBlock label="Key" code={value} />
    </Note>
  );
}

interface KeyRow {
  id: string;
  name: string;
  prefix: string;
  scopes: readonly string[];
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

function validity(key: KeyRow, now: number) {
  if (key.revokedAt) {
    return (
      <>
        Ended <Time at={key.revokedAt} />
      </>
    );
  }
  if (!key.expiresAt) return "In force";
  return (
    <>
      {key.expiresAt.getTime() > now ? "In force until " : "Ran out "}
      <Time at={key.expiresAt} show="date" />
    </>
  );
}

/** All keys, those that ended included. */
export function ApiKeysTable({ keys, now }: { keys: readonly KeyRow[]; now: number }) {
  return (
    <Card label="Keys">
      <Table
        label="Keys"
        rows={keys}
        rowKey={(key) => key.id}
        empty="No keys yet. Make one below for the program that should speak to the API."
        columns={[
          { head: "Name", cell: (key) => key.name },
          { head: "Begins", cell: (key) => <code>{key.prefix}</code> },
          { head: "May", cell: (key) => key.scopes.join(", ") },
          { head: "State", cell: (key) => validity(key, now) },
          { head: "Last used", cell: (key) => (key.lastUsedAt ? <Time at={key.lastUsedAt} /> : "Never") },
          {
            head: "Actions",
            quiet: true,
            cell: (key) =>
              !key.revokedAt && (
                <RowAction
                  field="keyId"
                  id={key.id}
                  intent="revoke"
                  variant="ghost"
                  aria-label={`End the key ${key.name}`}
                >
                  End
                </RowAction>
              ),
          },
        ]}
      />
    </Card>
  );
}

const terms = [
  { value: "90", label: "90 days" },
  { value: "365", label: "One year" },
  { value: "", label: "Until someone ends it" },
];

/** Makes a key: what it is for, what it may do, how long. */
export function ApiKeyForm({ scopes, refusal }: { scopes: readonly Permission[]; refusal: RefusalShown | null }) {
  return (
    <Card labelledBy="new-key">
      <CardHeader
        id="new-key"
        title="New key"
        end={
          <Link className="link" to="/api/openapi.json" reloadDocument>
            API description
          </Link>
        }
      />
      <CardBody>
        <Form method="post" className="grid max-w-xl gap-4">
          <RefusalNote refusal={refusal} />
          <TextField
            label="Name"
            hint="What will use it, for example: nightly export."
            id="name"
            name="name"
            required
            defaultValue={refusal?.values?.name ?? ""}
            errors={errorsFor(refusal, "name")}
          />
          <fieldset className="grid gap-2">
            <legend className="label mb-2">It may</legend>
            {scopes.map((scope) => (
              <Checkbox key={scope} name="scopes" value={scope} label={<code>{scope}</code>} />
            ))}
            <div className="field">
              <FieldErrors id="scopes" errors={errorsFor(refusal, "scopes")} />
            </div>
          </fieldset>
          <SelectField label="In force" name="days" options={terms} defaultValue="365" />
          <div>
            <Button variant="primary" name="intent" value="create">
              Make key
            </Button>
          </div>
        </Form>
      </CardBody>
    </Card>
  );
}
