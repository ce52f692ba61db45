import { errorsFor, type RefusalShown } from "#app/components/people/refusal-note.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { RadioGroup } from "#app/components/ui/choice.tsx";
import { CodeBlock } from "#app/components/ui/code-block.tsx";
import { FieldErrors, SelectField, TextareaField } from "#app/components/ui/field.tsx";
import { Input, Select } from "#app/components/ui/input.tsx";
import { Note } from "#app/components/ui/note.tsx";
import type { EndpointValues, PayloadPreview } from "#app/services/endpoint-values.ts";
import { operatorWords } from "./operator-words.ts";

interface PartProps {
  values: EndpointValues;
  refusal: RefusalShown | null;
}

const EMPTY_LINES = 2;

/** Lines of conditions; two empty ones wait for more. All must hold. */
export function ConditionFields({ values, refusal }: PartProps) {
  const empty = Array.from({ length: EMPTY_LINES }, () => ({ path: "", op: "eq", value: "" }));
  const lines = [...values.conditions, ...empty];
  return (
    <details open={values.conditions.length > 0}>
      <summary className="link">Only when … (conditions)</summary>
      <p className="max-w-[76ch] mt-2 mb-3 text-muted">
        An event is sent only if every line holds. What is filtered out is not kept as a delivery. Numbers, true, false
        and <code>null</code> count as such; put text that looks like one in quotes. For “is one of” separate with
        commas.
      </p>
      <div className="grid gap-3">
        {lines.map((line, index) => {
          const id = `conditions.${index}`;
          const number = index + 1;
          const errors = errorsFor(refusal, id);
          return (
            <div key={id} id={id} tabIndex={-1} className="grid gap-2 md:grid-cols-[2fr_1fr_2fr]">
              <Input
                name="conditionPath"
                aria-label={`Condition ${number}: field`}
                placeholder="data.application.source"
                defaultValue={line.path}
                code
                {...(errors ? { "aria-invalid": true, "aria-describedby": `${id}-error` } : {})}
              />
              <Select
                name="conditionOp"
                aria-label={`Condition ${number}: comparison`}
                defaultValue={line.op}
                options={operatorWords}
              />
              <Input name="conditionValue" aria-label={`Condition ${number}: value`} defaultValue={line.value} />
              {errors && (
                <div className="md:col-span-3">
                  <FieldErrors id={id} errors={errors} />
                </div>
              )}
            </div>
          );
        })}
        <FieldErrors id="conditions" errors={errorsFor(refusal, "conditions")} />
      </div>
    </details>
  );
}

const shapes = [
  { value: "full", label: "The whole event", hint: "Everything that the event catalogue shows." },
  {
    value: "thin",
    label: "Only what happened and where to fetch it",
    hint: "Id, type, time, subject and API addresses. No personal data travels; your system asks our API for the rest.",
  },
  { value: "template", label: "Your own JSON", hint: "A template that we fill from the event. Write it below." },
];

const example = `{
  "text": "{{data.candidate.firstName}} applied for {{data.job.title}}",
  "job": "{{data.job}}"
}`;

/** The shape of the body, with a preview by sample. */
export function PayloadFields({
  values,
  refusal,
  preview,
  types,
}: PartProps & { preview: PayloadPreview | null; types: readonly { type: string }[] }) {
  return (
    <div className="grid gap-4">
      <RadioGroup
        id="payload"
        name="payload"
        label="Shape of the body"
        options={shapes}
        defaultValue={values.payload}
        boxed
      />
      <details open={values.payload === "template" || errorsFor(refusal, "template") !== null}>
        <summary className="link">Template</summary>
        <div className="mt-3 max-w-3xl">
          <TextareaField
            id="template"
            name="template"
            label="JSON with placeholders"
            rows={8}
            className="font-mono"
            spellCheck={false}
            placeholder={example}
            defaultValue={values.template}
            errors={errorsFor(refusal, "template")}
            hint={
              <>
                {
                  "“{{data.job.title}}” alone keeps its JSON type; inside a text it becomes text. What an event does not have becomes "
                }
                <code>null</code>. Nothing in it is run as code. What is already waiting keeps its bytes.
              </>
            }
          />
        </div>
      </details>
      <div className="flex flex-wrap items-end gap-2" id="preview">
        <SelectField
          id="previewType"
          name="previewType"
          label="Preview with the sample of"
          defaultValue={preview?.type ?? values.eventTypes[0] ?? types[0]?.type}
          options={types.map(({ type }) => ({ value: type, label: type }))}
        />
        <Button name="intent" value="preview" formNoValidate>
          Show preview
        </Button>
      </div>
      {preview && (
        <div role="status" className="grid gap-3">
          {preview.note && <Note tone={preview.body === null ? "bad" : "warn"}>{preview.note}</Note>}
          {preview.body !== null && <CodeBlock label={`Body for ${preview.type}`} code={preview.body} />}
        </div>
      )}
    </div>
  );
}
