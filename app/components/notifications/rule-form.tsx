import { Form } from "@remix-run/react";
import { errorsFor, RefusalNote, type RefusalShown } from "#app/components/people/refusal-note.tsx";
import { Button, ButtonLink } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { CodeBlock } from "#app/components/ui/code-block.tsx";
import { SelectField, TextareaField, TextField } from "#app/components/ui/field.tsx";

export interface RuleDraft {
  id: string | null;
  eventType: string;
  destinationId: string;
  title: string;
  body: string;
}

interface RuleFormProps {
  draft: RuleDraft;
  events: readonly { value: string; label: string }[];
  channels: readonly { value: string; label: string }[];
  placeholders: readonly string[];
  refusal: RefusalShown | null;
  closeTo: string;
}

/** One rule: which event, which channel, which words. Preview sends nothing. */
export function RuleForm({ draft, events, channels, placeholders, refusal, closeTo }: RuleFormProps) {
  return (
    <Card labelledBy="rule">
      <CardHeader id="rule" title={draft.id ? "Change the rule" : "New rule"} />
      <CardBody>
        <Form method="post" className="grid gap-4" key={`${draft.id}:${draft.eventType}`}>
          <RefusalNote refusal={refusal} />
          <input type="hidden" name="rule" value={draft.id ?? ""} />
          <SelectField id="eventType" name="eventType" label="When" defaultValue={draft.eventType} options={events} />
          <SelectField
            id="destinationId"
            name="destinationId"
            label="Tell"
            defaultValue={draft.destinationId}
            options={channels}
            errors={errorsFor(refusal, "destinationId")}
          />
          <TextField
            id="title"
            name="title"
            label="Title"
            defaultValue={draft.title}
            maxLength={200}
            required
            errors={errorsFor(refusal, "title")}
          />
          <TextareaField
            id="body"
            name="body"
            label="Text"
            rows={3}
            defaultValue={draft.body}
            maxLength={2000}
            errors={errorsFor(refusal, "body")}
            hint={`You may name: ${placeholders.map((name) => `{{${name}}}`).join(" ")}`}
          />
          <div className="btns">
            <Button variant="primary" name="intent" value="save">
              Save
            </Button>
            <Button name="intent" value="preview" formNoValidate>
              Preview
            </Button>
            <ButtonLink variant="ghost" to={closeTo}>
              Cancel
            </ButtonLink>
          </div>
        </Form>
      </CardBody>
    </Card>
  );
}

export interface PreviewShown {
  title: string;
  body: string;
  linkLabel: string | null;
  linkUrl: string | null;
  wire: string;
}

/** How a message will look, and word for word what is sent. */
export function PreviewCard({ preview }: { preview: PreviewShown }) {
  return (
    <Card labelledBy="preview">
      <CardHeader id="preview" title="Preview with sample data" />
      <CardBody className="grid gap-3">
        <div>
          <b>{preview.title}</b>
          <p className="mt-1">{preview.body}</p>
          {preview.linkLabel && <span className="btn btn-sm mt-2">{preview.linkLabel}</span>}
        </div>
        <details>
          <summary>What is sent</summary>
          <CodeBlock code={preview.wire} label="The message as it is sent" />
        </details>
      </CardBody>
    </Card>
  );
}
