import { Form } from "@remix-run/react";
import { Button } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { TextField } from "#app/components/ui/field.tsx";
import { KeyValue } from "#app/components/ui/key-value.tsx";
import { Note } from "#app/components/ui/note.tsx";

export interface ShownApp {
  vendorId: string;
  name: string;
  redirectUri: string;
  webhookUrl: string | null;
  fields: readonly { key: string; label: string; secret: boolean; kept: boolean }[];
  fromEnvironment: boolean;
}

/** The app of this instance at one vendor: what to register there, what to enter here. */
export function InstanceAppCard({ app, busy }: { app: ShownApp; busy: boolean }) {
  const ready = app.fromEnvironment || app.fields.every((field) => field.kept);
  return (
    <Card labelledBy={`app-${app.vendorId}`}>
      <CardHeader
        id={`app-${app.vendorId}`}
        title={app.name}
        end={<span className="text-muted text-xs">{ready ? "Entered" : "Not entered yet"}</span>}
      />
      <CardBody className="grid gap-4">
        <KeyValue
          pairs={[
            { label: "Redirect address", value: <code className="break-all">{app.redirectUri}</code> },
            ...(app.webhookUrl
              ? [{ label: "Webhook address", value: <code className="break-all">{app.webhookUrl}</code> }]
              : []),
          ]}
        />
        {app.fromEnvironment && (
          <Note tone="idle">Client id and secret come from the environment of this instance.</Note>
        )}
        <Form method="post" className="grid gap-4">
          <input type="hidden" name="vendor" value={app.vendorId} />
          {app.fields
            .filter((field) => !app.fromEnvironment || !field.key.startsWith("client_"))
            .map((field) => (
              <TextField
                key={field.key}
                id={`${app.vendorId}-${field.key}`}
                name={field.key}
                label={field.label}
                type={field.secret ? "password" : "text"}
                autoComplete="off"
                spellCheck={false}
                placeholder={field.kept ? "Kept. Leave empty to keep it." : undefined}
              />
            ))}
          <div className="btns">
            <Button name="intent" value="save" loading={busy}>
              Save
            </Button>
            {ready && (
              <Button variant="ghost" name="intent" value="test">
                Test
              </Button>
            )}
            {app.fields.some((field) => field.kept) && (
              <Button variant="ghost" name="intent" value="remove">
                Remove
              </Button>
            )}
          </div>
        </Form>
      </CardBody>
    </Card>
  );
}
