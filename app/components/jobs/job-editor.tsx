import {
  type FieldMetadata,
  getFormProps,
  getInputProps,
  getSelectProps,
  getTextareaProps,
  type SubmissionResult,
  useForm,
} from "@conform-to/react";
import { Form, useNavigation } from "@remix-run/react";
import { Plus, Trash2 } from "lucide-react";
import { Button } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardFooter, CardHeader } from "#app/components/ui/card.tsx";
import { SelectField, TextareaField, TextField } from "#app/components/ui/field.tsx";
import { FormErrors } from "#app/components/ui/form-errors.tsx";
import { Note } from "#app/components/ui/note.tsx";
import { employmentWords, type Place, periodWords, remoteWords } from "./words.ts";

/** The form as it is posted: strings, one row per place. */
export type JobFormFields = {
  title: string;
  description: string;
  departments: string;
  locations: Place[];
  remote: string;
  employment: string;
  experience: string;
  category: string;
  salaryMin: string;
  salaryMax: string;
  salaryCurrency: string;
  salaryPeriod: string;
  openings: string;
  validThrough: string;
  requisition: string;
};

interface JobEditorProps {
  values: Partial<Omit<JobFormFields, "locations">> & { locations: readonly Place[] };
  lastResult: SubmissionResult | null;
  /** Label of the ATS that owns the job; its fields are then only shown. */
  ats: string | null;
  isDraft: boolean;
}

const optionsOf = (words: Readonly<Record<string, string>>) =>
  Object.entries(words).map(([value, label]) => ({ value, label }));

const labels: Readonly<Record<string, string>> = {
  title: "Title",
  description: "Description",
  departments: "Departments",
  salaryMin: "Pay from",
  salaryMax: "Pay to",
  salaryCurrency: "Currency",
  openings: "Openings",
  validThrough: "Last day",
};

/** The job's form. Checked on the server; adding and removing places works without script too. */
export function JobEditor({ values, lastResult, ats, isDraft }: JobEditorProps) {
  const saving = useNavigation().state === "submitting";
  const [form, fields] = useForm<JobFormFields>({
    id: "job",
    defaultValue: { ...values, locations: [...values.locations] },
    ...(lastResult ? { lastResult } : {}),
    shouldRevalidate: "onSubmit",
  });
  const locked = ats !== null;
  const field = (meta: FieldMetadata<string, JobFormFields>, label: string) => ({ label, errors: meta.errors ?? null });
  const problems = Object.entries(form.allErrors).map(([name, errors]) => ({
    id: name === "" ? undefined : `${form.id}-${name}`,
    label: labels[name],
    text: errors.join(" "),
  }));
  return (
    <Form method="post" {...getFormProps(form)} className="grid gap-4">
      <FormErrors problems={problems} />
      {locked && (
        <Note tone="idle">
          {ats} owns this job: title, text, places and kind of work are changed there. Pay, experience, category and
          last day can be added here where {ats} has none.
        </Note>
      )}
      {/* Enter in a field saves; without this the browser would press the first button, which adds or removes a place. */}
      <button type="submit" className="sr-only" tabIndex={-1} aria-hidden="true">
        Save
      </button>
      <Card labelledBy="job-what">
        <CardHeader id="job-what" title="What it is" />
        <CardBody className="apply-grid">
          <TextField
            {...getInputProps(fields.title, { type: "text" })}
            {...field(fields.title, "Title")}
            readOnly={locked}
          />
          <TextareaField
            {...getTextareaProps(fields.description)}
            {...field(fields.description, "Description")}
            rows={14}
            readOnly={locked}
            hint="A blank line starts a paragraph. ## before a heading, - before a point, ** around bold words."
          />
          <div className="apply-two">
            <TextField
              {...getInputProps(fields.departments, { type: "text" })}
              {...field(fields.departments, "Departments")}
              {...{ readOnly: locked, optional: true, hint: "Part them with commas." }}
            />
            <TextField
              {...getInputProps(fields.category, { type: "text" })}
              {...field(fields.category, "Category")}
              optional
            />
          </div>
        </CardBody>
      </Card>
      <Card labelledBy="job-where">
        <CardHeader id="job-where" title="Where and how" />
        <CardBody className="apply-grid">
          <div className="apply-two">
            <SelectField
              {...getSelectProps(fields.remote)}
              {...field(fields.remote, "Place of work")}
              options={optionsOf(remoteWords)}
            />
            <SelectField
              {...getSelectProps(fields.employment)}
              {...field(fields.employment, "Kind of work")}
              options={optionsOf(employmentWords)}
            />
          </div>
          <Places form={form} list={fields.locations} locked={locked} />
        </CardBody>
      </Card>
      <Card labelledBy="job-pay">
        <CardHeader id="job-pay" title="Pay and terms" />
        <CardBody className="apply-grid">
          <div className="pay-grid">
            <TextField
              {...getInputProps(fields.salaryMin, { type: "text" })}
              {...field(fields.salaryMin, "Pay from")}
              inputMode="decimal"
              optional
            />
            <TextField
              {...getInputProps(fields.salaryMax, { type: "text" })}
              {...field(fields.salaryMax, "Pay to")}
              inputMode="decimal"
              optional
            />
            <TextField
              {...getInputProps(fields.salaryCurrency, { type: "text" })}
              {...field(fields.salaryCurrency, "Currency")}
              maxLength={3}
            />
            <SelectField
              {...getSelectProps(fields.salaryPeriod)}
              {...field(fields.salaryPeriod, "For")}
              options={optionsOf(periodWords)}
            />
          </div>
          <div className="apply-two">
            <TextField
              {...getInputProps(fields.openings, { type: "number" })}
              {...field(fields.openings, "Openings")}
              min={1}
              readOnly={locked}
            />
            <TextField
              {...getInputProps(fields.validThrough, { type: "date" })}
              {...field(fields.validThrough, "Last day")}
              optional
            />
            <TextField
              {...getInputProps(fields.experience, { type: "text" })}
              {...field(fields.experience, "Experience")}
              optional
            />
            <TextField
              {...getInputProps(fields.requisition, { type: "text" })}
              {...field(fields.requisition, "Requisition")}
              optional
              readOnly={locked}
            />
          </div>
        </CardBody>
        <CardFooter>
          <Button variant={isDraft ? "secondary" : "primary"} loading={saving}>
            {isDraft ? "Save draft" : "Save job"}
          </Button>
          {isDraft && (
            <Button variant="primary" name="status" value="open">
              Save and open
            </Button>
          )}
        </CardFooter>
      </Card>
    </Form>
  );
}

type JobForm = ReturnType<typeof useForm<JobFormFields>>[0];

function Places({
  form,
  list,
  locked,
}: {
  form: JobForm;
  list: FieldMetadata<Place[], JobFormFields>;
  locked: boolean;
}) {
  return (
    <fieldset className="grid gap-3" aria-describedby="places-hint">
      <legend className="label mb-1">Places</legend>
      {list.getFieldList().map((item, index) => {
        const place = item.getFieldset();
        const part = (name: keyof typeof place, label: string) => (
          <TextField
            {...getInputProps(place[name], { type: "text" })}
            {...{ label, errors: place[name].errors ?? null, readOnly: locked }}
            {...(name === "country" ? { maxLength: 2 } : {})}
          />
        );
        return (
          <div className="place-row" key={item.key ?? item.name}>
            {part("city", "City")}
            {part("region", "State or region")}
            {part("country", "Country")}
            {part("postalCode", "Postcode")}
            {!locked && (
              <Button
                {...form.remove.getButtonProps({ name: list.name, index })}
                {...{ variant: "ghost", icon: Trash2, "aria-label": `Remove place ${index + 1}` }}
              >
                Remove
              </Button>
            )}
          </div>
        );
      })}
      <p className="text-muted text-xs" id="places-hint">
        The country is two letters, such as US or DE. Remote work needs a country too: boards ask where people may live.
      </p>
      {!locked && (
        <div>
          <Button {...form.insert.getButtonProps({ name: list.name, defaultValue: {} })} icon={Plus} size="sm">
            Add a place
          </Button>
        </div>
      )}
    </fieldset>
  );
}
