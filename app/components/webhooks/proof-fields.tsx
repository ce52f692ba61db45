import { errorsFor, type RefusalShown } from "#app/components/people/refusal-note.tsx";
import { Checkbox, RadioGroup } from "#app/components/ui/choice.tsx";
import { FieldErrors, TextareaField, TextField } from "#app/components/ui/field.tsx";
import { Input } from "#app/components/ui/input.tsx";
import { Time } from "#app/components/ui/time.tsx";
import type { EndpointValues } from "#app/services/endpoint-values.ts";

interface PartProps {
  values: EndpointValues;
  refusal: RefusalShown | null;
}

const EMPTY_LINES = 2;
const KEPT = "Kept. Type to replace it.";

const headerErrors = (refusal: RefusalShown | null) =>
  Object.entries(refusal?.fields ?? {}).flatMap(([field, words]) =>
    (field === "headers" || field.startsWith("headers.")) && words !== undefined ? [words] : [],
  );

/** Headers of the receiver's own wish; values are stored sealed and never shown again. */
export function HeaderFields({ values, refusal }: PartProps) {
  const empty = Array.from({ length: EMPTY_LINES }, () => ({ name: "", stored: false }));
  const lines = [...values.headers, ...empty].map((line, index) => ({ ...line, number: index + 1 }));
  const errors = headerErrors(refusal);
  return (
    <details open={values.headers.length > 0 || errors.length > 0} id="headers" tabIndex={-1}>
      <summary className="link">Headers of your own</summary>
      <p className="max-w-[76ch] mt-2 mb-3 text-muted">
        For a gateway that asks for a key, for example. Values are stored encrypted and never shown again. Empty a name
        to take its header away.
      </p>
      <div className="grid gap-2">
        {lines.map((line) => (
          <div key={line.number} className="grid gap-2 md:grid-cols-2">
            {line.stored && <input type="hidden" name="headerStored" value={line.name} />}
            <Input
              name="headerName"
              aria-label={`Header ${line.number}: name`}
              placeholder="X-Api-Key"
              defaultValue={line.name}
              autoComplete="off"
              code
            />
            <Input
              name="headerSecret"
              aria-label={`Header ${line.number}: value`}
              placeholder={line.stored ? KEPT : ""}
              autoComplete="off"
              code
            />
          </div>
        ))}
        <FieldErrors id="headers" errors={errors} />
      </div>
    </details>
  );
}

const ways = [
  { value: "none", label: "No sign-in", hint: "The signature alone says that it is us." },
  { value: "basic", label: "User name and password", hint: "HTTP Basic." },
  { value: "bearer", label: "Token", hint: "Sent as Authorization: Bearer." },
];

/** How we sign in at the receiver. */
export function AuthFields({ values: { auth }, refusal }: PartProps) {
  const failed = ["authUser", "authPassword", "authToken"].some((field) => errorsFor(refusal, field) !== null);
  return (
    <details open={auth.type !== "none" || failed}>
      <summary className="link">Sign-in</summary>
      <input type="hidden" name="authStored" value={auth.stored} />
      <div className="mt-3 grid gap-4">
        <RadioGroup name="authType" label="How we sign in at your receiver" options={ways} defaultValue={auth.type} />
        <div className="grid gap-4 md:grid-cols-3">
          <TextField
            id="authUser"
            name="authUser"
            label="User name"
            defaultValue={auth.username}
            errors={errorsFor(refusal, "authUser")}
            autoComplete="off"
          />
          <TextField
            id="authPassword"
            name="authPassword"
            type="password"
            label="Password"
            placeholder={auth.stored === "basic" ? KEPT : ""}
            errors={errorsFor(refusal, "authPassword")}
            autoComplete="new-password"
          />
          <TextField
            id="authToken"
            name="authToken"
            type="password"
            label="Token"
            placeholder={auth.stored === "bearer" ? KEPT : ""}
            errors={errorsFor(refusal, "authToken")}
            autoComplete="new-password"
          />
        </div>
      </div>
    </details>
  );
}

/** The certificate that we show to a receiver that asks for one (mTLS). */
export function CertificateFields({ values: { certificate }, refusal }: PartProps) {
  const [certErrors, keyErrors] = [errorsFor(refusal, "certificate"), errorsFor(refusal, "certificateKey")];
  return (
    <details open={certificate !== null || certErrors !== null || keyErrors !== null}>
      <summary className="link">Client certificate (mTLS)</summary>
      <div className="mt-3 grid gap-4">
        {certificate && (
          <p>
            <code>{certificate.subject}</code> is shown, valid until <Time at={certificate.expiresAt} show="datetime" />
            .
          </p>
        )}
        <div className="grid items-start gap-4 md:grid-cols-2">
          <TextareaField
            id="certificate"
            name="certificate"
            label={certificate ? "Another certificate" : "Certificate"}
            hint="PEM, with the chain below it."
            className="font-mono"
            spellCheck={false}
            placeholder="-----BEGIN CERTIFICATE-----"
            errors={certErrors}
          />
          <TextareaField
            id="certificateKey"
            name="certificateKey"
            label="Its private key"
            hint="PEM without a passphrase. Stored encrypted and never shown again."
            className="font-mono"
            spellCheck={false}
            placeholder="-----BEGIN PRIVATE KEY-----"
            errors={keyErrors}
          />
        </div>
        {certificate && <Checkbox name="certificateRemove" value="on" label="Show no certificate any more" />}
      </div>
    </details>
  );
}
