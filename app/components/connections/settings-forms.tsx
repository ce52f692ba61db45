import { Form } from "@remix-run/react";
import { RefusalNote } from "#app/components/people/refusal-note.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { TextField } from "#app/components/ui/field.tsx";
import type { WizardAnswer } from "./connect-wizard.tsx";
import { type FormField, ManifestFields } from "./manifest-fields.tsx";
import { PasteList } from "./paste-list.tsx";
import { type Question, SetupFields } from "./setup-fields.tsx";
import { SignInButtons, SignInNotes, type SignInWay } from "./sign-in-ways.tsx";

interface Props {
  label: string;
  vendor: string;
  settings: {
    ways: readonly SignInWay[];
    fields: readonly FormField[];
    values: Readonly<Record<string, string | number | boolean>>;
    stored: readonly string[];
    questions: readonly Question[];
    paste: { url: string | null; secrets: readonly { label: string; value: string }[] };
  };
  answer: WizardAnswer | null;
  busy: boolean;
}

/** The settings of a connection: three forms, each saved by itself. */
export function SettingsForms({ label, vendor, settings, answer, busy }: Props) {
  const errors = answer?.fields ?? {};
  return (
    <div className="grid gap-4">
      <RefusalNote refusal={answer} />
      {settings.questions.length > 0 && (
        <Card labelledBy="choices">
          <CardHeader id="choices" title="What it uses" />
          <CardBody>
            <Form method="post" className="grid gap-4">
              <SetupFields questions={settings.questions} errors={errors} />
              <div className="btns">
                <Button name="intent" value="setup" loading={busy}>
                  Save choices
                </Button>
              </div>
            </Form>
          </CardBody>
        </Card>
      )}
      {settings.fields.length > 0 && (
        <Card labelledBy="credentials">
          <CardHeader id="credentials" title="Credentials" />
          <CardBody>
            <Form method="post" className="grid gap-4">
              <SignInNotes ways={settings.ways.filter((way) => way.consent)} vendor={vendor} />
              <ManifestFields
                fields={settings.fields}
                values={settings.values}
                stored={settings.stored}
                errors={errors}
              />
              <div className="btns">
                <SignInButtons ways={settings.ways} vendor={vendor} busy={busy} />
              </div>
            </Form>
          </CardBody>
        </Card>
      )}
      {(settings.paste.url !== null || settings.paste.secrets.length > 0) && (
        <Card label={`To paste in ${vendor}`}>
          <CardBody>
            <PasteList vendor={vendor} paste={settings.paste} />
          </CardBody>
        </Card>
      )}
      <Card labelledBy="name">
        <CardHeader id="name" title="Name" />
        <CardBody>
          <Form method="post" className="grid gap-4">
            <TextField
              id="label"
              name="label"
              label="Name here"
              defaultValue={label}
              maxLength={80}
              errors={errors.label ? [errors.label] : null}
            />
            <div className="btns">
              <Button name="intent" value="rename" loading={busy}>
                Rename
              </Button>
            </div>
          </Form>
        </CardBody>
      </Card>
    </div>
  );
}
