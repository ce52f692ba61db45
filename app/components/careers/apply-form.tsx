import { Form, useNavigation } from "@remix-run/react";
import { Send } from "lucide-react";
import { Button } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardFooter } from "#app/components/ui/card.tsx";
import { describedBy, Field, TextareaField, TextField } from "#app/components/ui/field.tsx";
import { FormErrors } from "#app/components/ui/form-errors.tsx";

const labels: Record<string, string> = {
  firstName: "First name",
  lastName: "Last name",
  email: "E-mail",
  phone: "Phone",
  link: "Link",
  resume: "Résumé",
  documents: "Other files",
  coverLetter: "Message",
};

interface ApplyFormProps {
  refusal: {
    message: string;
    fields: Readonly<Record<string, string>>;
    values: Readonly<Record<string, string>>;
  } | null;
  /** Source token that came with the link. */
  src: string;
  accept: string;
  acceptWords: string;
  honeypot: string;
}

/** The apply form. Works without script; text survives a refusal, files have to be chosen again, and the form says so. */
export function ApplyForm({ refusal, src, accept, acceptWords, honeypot }: ApplyFormProps) {
  const sending = useNavigation().state === "submitting";
  const at = (field: string) => {
    const error = refusal?.fields[field];
    return { id: field, name: field, defaultValue: refusal?.values[field] ?? "", errors: error ? [error] : null };
  };
  const problems = Object.entries(refusal?.fields ?? {}).map(([id, text]) => ({ id, label: labels[id], text }));
  return (
    <Form method="post" encType="multipart/form-data" noValidate className="mt-5">
      {refusal && (
        <div className="mb-4">
          <FormErrors title={refusal.message} problems={problems} />
        </div>
      )}
      <input type="hidden" name="src" value={src} />
      <label className="not-for-people" aria-hidden="true">
        Leave this empty
        <input name={honeypot} tabIndex={-1} autoComplete="off" />
      </label>
      <Card label="Your application">
        <CardBody className="apply-grid">
          <div className="apply-two">
            <TextField {...at("firstName")} label="First name" autoComplete="given-name" required />
            <TextField {...at("lastName")} label="Last name" autoComplete="family-name" required />
          </div>
          <div className="apply-two">
            <TextField {...at("email")} label="E-mail" type="email" autoComplete="email" required />
            <TextField {...at("phone")} label="Phone" type="tel" autoComplete="tel" optional />
          </div>
          <TextField
            {...at("link")}
            label="Link"
            type="url"
            autoComplete="url"
            optional
            hint="Your profile or your work."
          />
          <FileField
            {...{ field: "resume", label: "Résumé", accept, error: refusal?.fields.resume }}
            hint={`${acceptWords}, up to 10 MB.`}
          />
          <FileField
            {...{ field: "documents", label: "Other files", accept, error: refusal?.fields.documents }}
            hint="Up to four, 25 MB together."
            many
          />
          <TextareaField {...at("coverLetter")} label="Message" rows={6} optional />
        </CardBody>
        <CardFooter>
          <Button variant="primary" icon={Send} loading={sending}>
            Send application
          </Button>
          <span className="text-muted text-xs">The employer gets what you send here, and nobody else.</span>
        </CardFooter>
      </Card>
    </Form>
  );
}

interface FileFieldProps {
  field: string;
  label: string;
  hint: string;
  accept: string;
  error: string | undefined;
  many?: boolean;
}

function FileField({ field, label, hint, accept, error, many = false }: FileFieldProps) {
  const text = { label, hint, errors: error ? [error] : null, optional: many };
  return (
    <Field {...text} htmlFor={field}>
      <input
        {...describedBy(field, text)}
        id={field}
        name={field}
        type="file"
        accept={accept}
        multiple={many}
        required={!many}
        className="file-input"
      />
    </Field>
  );
}
