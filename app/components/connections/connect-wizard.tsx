import { Form, useNavigation } from "@remix-run/react";
import { RefusalNote } from "#app/components/people/refusal-note.tsx";
import { Button, ButtonLink } from "#app/components/ui/button.tsx";
import { RadioGroup } from "#app/components/ui/choice.tsx";
import { TextField } from "#app/components/ui/field.tsx";
import { Note } from "#app/components/ui/note.tsx";
import { Time } from "#app/components/ui/time.tsx";
import { type FormField, ManifestFields } from "./manifest-fields.tsx";
import { PasteList } from "./paste-list.tsx";
import { type Question, SetupFields } from "./setup-fields.tsx";
import { SignInButtons, SignInNotes, type SignInWay } from "./sign-in-ways.tsx";
import { WizardStep } from "./wizard-step.tsx";

export interface WizardData {
  vendor: { vendorId: string; name: string };
  environments: readonly { id: string; label: string }[];
  connection: {
    id: string;
    label: string;
    environment: string;
    state: string;
    accountName: string | null;
    lastTestedAt: Date | null;
    config: Readonly<Record<string, string | number | boolean>>;
  } | null;
  now: "choose" | "sign-in" | "test" | "settings" | "save";
  ways: readonly SignInWay[];
  signsIn: boolean;
  sandbox: string | null;
  fields: readonly FormField[];
  stored: readonly string[];
  paste: { url: string | null; secrets: readonly { label: string; value: string }[] };
  questions: readonly Question[];
}

export interface WizardAnswer {
  message: string;
  fields: Readonly<Record<string, string | undefined>>;
  /** What was typed, without secrets. */
  values?: Readonly<Record<string, string>>;
}

const order = ["choose", "sign-in", "test", "settings", "save"] as const;

/** The five steps. Each is a form of its own and a page of its own. */
export function ConnectWizard({ data, answer }: { data: WizardData; answer: WizardAnswer | null }) {
  const { connection, vendor, questions } = data;
  const busy = useNavigation().state === "submitting";
  const at = order.indexOf(data.now);
  const stepOf = (step: (typeof order)[number]) => {
    const index = order.indexOf(step);
    return index < at ? "done" : index === at ? "now" : "next";
  };
  const errors = answer?.fields ?? {};
  return (
    <>
      {answer && (
        <div className="mb-4">
          <RefusalNote refusal={answer} />
        </div>
      )}
      <ol className="steps card">
        <WizardStep
          n={1}
          title="Choose"
          step={stepOf("choose")}
          summary={
            connection
              ? (data.environments.find((one) => one.id === connection.environment)?.label ?? connection.environment)
              : "Which account, and what to call it here"
          }
        >
          {!connection && (
            <Form method="post" className="grid gap-4">
              <RadioGroup
                boxed
                id="environment"
                name="environment"
                label={`Which ${vendor.name}`}
                defaultValue={data.environments[0]?.id}
                errors={errors.environment ? [errors.environment] : null}
                options={data.environments.map((one) => ({
                  value: one.id,
                  label: one.label,
                  ...(one.id === "sandbox"
                    ? { hint: `A pretend ${vendor.name}, included. Break and repair it freely.` }
                    : { hint: "The account your team works in." }),
                }))}
              />
              <TextField id="label" name="label" label="Name here" optional placeholder={vendor.name} maxLength={80} />
              <div className="btns">
                <Button variant="primary" name="intent" value="choose" loading={busy}>
                  Continue
                </Button>
              </div>
            </Form>
          )}
        </WizardStep>
        <WizardStep
          n={2}
          title="Sign in"
          step={stepOf("sign-in")}
          change
          summary={
            !data.signsIn
              ? `Nothing to sign in to${connection?.accountName ? `: this is ${connection.accountName}` : "; tell us which account"}`
              : connection?.accountName
                ? data.now === "sign-in"
                  ? `Sign in again as ${connection.accountName}`
                  : `Signed in as ${connection.accountName}`
                : `Give ${vendor.name} a way to know us`
          }
        >
          {connection && <SignIn data={data} answer={answer} busy={busy} />}
        </WizardStep>
        <WizardStep
          n={3}
          title="Test"
          step={stepOf("test")}
          change
          summary={
            connection?.lastTestedAt && data.now !== "sign-in" ? (
              <>
                {data.signsIn ? `${vendor.name} answered` : "Checked"} <Time at={connection.lastTestedAt} />
              </>
            ) : (
              "A real call to your account. Nothing is kept before it has worked."
            )
          }
        >
          {connection && data.now !== "sign-in" && (
            <Form method="post">
              <Button name="intent" value="test" loading={busy}>
                Test again
              </Button>
            </Form>
          )}
        </WizardStep>
        <WizardStep
          n={4}
          title="Settings"
          step={stepOf("settings")}
          change={questions.length > 0}
          summary={
            questions.length === 0
              ? data.now === "save"
                ? "Nothing to choose"
                : "What to use once you are signed in"
              : questions.map((one) => one.choice.label).join(", ")
          }
        >
          {questions.length > 0 && (
            <Form method="post" className="grid gap-4">
              <SetupFields questions={questions} errors={errors} />
              <div className="btns">
                <Button variant="primary" name="intent" value="setup" loading={busy}>
                  Save and start
                </Button>
              </div>
            </Form>
          )}
        </WizardStep>
        <WizardStep
          n={5}
          title="Save"
          step={stepOf("save")}
          summary={
            data.now === "save"
              ? "Connected. You can go on working while the first copy runs."
              : "Nothing is switched on before the test has passed."
          }
        >
          {connection && data.now === "save" && (
            <>
              <PasteList vendor={vendor.name} paste={data.paste} />
              <div className="btns">
                <ButtonLink variant="primary" to={`/integrations/${connection.id}`}>
                  Open {connection.label}
                </ButtonLink>
              </div>
            </>
          )}
        </WizardStep>
      </ol>
    </>
  );
}

function SignIn({ data, answer, busy }: { data: WizardData; answer: WizardAnswer | null; busy: boolean }) {
  const { connection, vendor, ways } = data;
  const values = { ...connection?.config, ...answer?.values };
  return (
    <>
      {data.sandbox && (
        <Note tone="idle">
          This {vendor.name} is simulated and part of this Patchbay.{" "}
          <a className="link" href={data.sandbox} target="_blank" rel="noreferrer">
            Its own page
          </a>{" "}
          {ways.every((way) => way.consent)
            ? "shows what it holds and breaks it on request."
            : "shows which values it accepts, what it holds, and breaks it on request."}
        </Note>
      )}
      <PasteList vendor={vendor.name} paste={data.paste} />
      <Form method="post" className="grid gap-4">
        <SignInNotes ways={ways} vendor={vendor.name} />
        <ManifestFields fields={data.fields} values={values} stored={data.stored} errors={answer?.fields ?? {}} />
        <div className="btns">
          <SignInButtons ways={ways} vendor={vendor.name} primary busy={busy} />
        </div>
      </Form>
    </>
  );
}
