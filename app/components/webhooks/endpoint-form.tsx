import { Form } from "@remix-run/react";
import { errorsFor, RefusalNote, type RefusalShown } from "#app/components/people/refusal-note.tsx";
import { Button, ButtonLink } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardFooter, CardHeader } from "#app/components/ui/card.tsx";
import { Checkbox } from "#app/components/ui/choice.tsx";
import { FieldErrors, TextField } from "#app/components/ui/field.tsx";
import type { EndpointValues, PayloadPreview } from "#app/services/endpoint-values.ts";
import { PaceFields } from "./pace-fields.tsx";
import { ConditionFields, PayloadFields } from "./payload-fields.tsx";
import { AuthFields, CertificateFields, HeaderFields } from "./proof-fields.tsx";
import { UrlCheck } from "./url-check.tsx";

export interface EventChoice {
  type: string;
  summary: string;
}

interface EndpointFormProps {
  types: readonly EventChoice[];
  values: EndpointValues;
  preview: PayloadPreview | null;
  refusal: RefusalShown | null;
  /** A receiver in the sandbox, to try with. */
  receiver?: string | null;
  submit: string;
  cancel: string;
}

/** Where to send, what to send, and whether the older header travels along. */
export function EndpointForm({ types, values, preview, refusal, receiver, submit, cancel }: EndpointFormProps) {
  return (
    <Form method="post" className="grid gap-4">
      {/* The Enter key presses the first button of a form: this one saves, like the last. */}
      <button type="submit" hidden>
        {submit}
      </button>
      <RefusalNote refusal={refusal} />
      <Card labelledBy="where">
        <CardHeader id="where" title="Where to" />
        <CardBody className="grid max-w-3xl gap-4">
          <TextField
            id="url"
            name="url"
            type="url"
            label="Address"
            hint="Your system's own https address, reachable from the internet. We send POST requests with JSON there."
            placeholder="https://hooks.example.com/patchbay"
            defaultValue={values.url}
            errors={errorsFor(refusal, "url")}
            required
            code
          />
          <UrlCheck />
          {receiver && (
            <p className="text-muted text-xs">
              No system at hand? This address belongs to the sandbox and shows what arrives:{" "}
              <a className="link break-all" href={receiver} target="_blank" rel="noreferrer">
                {receiver}
              </a>
            </p>
          )}
          <TextField
            id="description"
            name="description"
            label="What it is for"
            optional
            maxLength={200}
            defaultValue={values.description}
            errors={errorsFor(refusal, "description")}
          />
        </CardBody>
      </Card>
      <Card labelledBy="what">
        <CardHeader id="what" title="What to send" />
        <CardBody className="grid gap-4">
          <fieldset className="grid gap-x-6 gap-y-3 border-0 p-0 md:grid-cols-2">
            <legend className="mb-3 text-muted">Tick the events you want. With none ticked we send every event.</legend>
            {types.map(({ type, summary }) => (
              <Checkbox
                key={type}
                name="eventTypes"
                value={type}
                label={<code>{type}</code>}
                hint={summary}
                defaultChecked={values.eventTypes.includes(type)}
              />
            ))}
          </fieldset>
          <FieldErrors id="eventTypes" errors={errorsFor(refusal, "eventTypes")} />
          <ConditionFields values={values} refusal={refusal} />
          <PayloadFields values={values} refusal={refusal} preview={preview} types={types} />
        </CardBody>
      </Card>
      <PaceFields values={values.pace} refusal={refusal} />
      <Card labelledBy="proof">
        <CardHeader id="proof" title="How we show who we are" />
        <CardBody className="grid gap-4">
          <p className="max-w-[76ch] text-muted">
            Every delivery is signed. What your receiver asks for besides stays with this address: when its origin
            changes, headers, sign-in and certificate are dropped.
          </p>
          <HeaderFields values={values} refusal={refusal} />
          <AuthFields values={values} refusal={refusal} />
          <CertificateFields values={values} refusal={refusal} />
        </CardBody>
      </Card>
      <Card labelledBy="signatures">
        <CardHeader id="signatures" title="More signatures" />
        <CardBody className="grid gap-3">
          <Checkbox
            name="asymmetricSignature"
            value="on"
            label={
              <>
                Also sign with a pair of keys (<code>v1a</code>)
              </>
            }
            hint="Ed25519: your receiver checks it with a public key and holds no secret. It stands beside the other signature."
            defaultChecked={values.asymmetricSignature}
          />
          <Checkbox
            name="legacySignature"
            value="on"
            label={
              <>
                Also send <code>X-Webhook-Signature</code>
              </>
            }
            hint="Hex HMAC-SHA256 of the body under a secret of its own. It carries no time stamp, so it cannot tell a repeat; check webhook-signature where you can."
            defaultChecked={values.legacySignature}
          />
        </CardBody>
        <CardFooter>
          <div className="btns end">
            <ButtonLink to={cancel}>Cancel</ButtonLink>
            <Button variant="primary">{submit}</Button>
          </div>
        </CardFooter>
      </Card>
    </Form>
  );
}
