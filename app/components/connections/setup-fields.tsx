import { Checkbox, RadioGroup } from "#app/components/ui/choice.tsx";
import { describedBy, FieldErrors, fieldIds, SelectField } from "#app/components/ui/field.tsx";
import { Note } from "#app/components/ui/note.tsx";

export interface Question {
  choice: { key: string; label: string; help: string; multiple: boolean; required: boolean };
  options: readonly { value: string; label: string }[];
  chosen: readonly string[];
  problem: string | null;
}

/** More options than this are a select and not a list of buttons. */
const FEW = 6;

/** The choices that the vendor offers after sign-in. */
export function SetupFields({
  questions,
  errors,
}: {
  questions: readonly Question[];
  errors: Readonly<Record<string, string | undefined>>;
}) {
  return questions.map((question) => (
    <OneQuestion key={question.choice.key} question={question} error={errors[question.choice.key]} />
  ));
}

function OneQuestion({ question, error }: { question: Question; error: string | undefined }) {
  const { choice, options, chosen, problem } = question;
  if (problem !== null)
    return (
      <Note tone="warn">
        <b>{choice.label}:</b> {problem}
      </Note>
    );
  const errors = error ? [error] : null;
  if (choice.multiple)
    return (
      <fieldset
        className="grid gap-2"
        id={choice.key}
        tabIndex={-1}
        {...describedBy(choice.key, { hint: choice.help, errors })}
      >
        <legend className="label mb-2">{choice.label}</legend>
        {options.map((option) => (
          <Checkbox
            key={option.value}
            name={choice.key}
            value={option.value}
            label={option.label}
            defaultChecked={chosen.includes(option.value)}
          />
        ))}
        <FieldErrors id={choice.key} errors={errors} />
        <p className="hint" id={fieldIds(choice.key).hintId}>
          {choice.help}
        </p>
      </fieldset>
    );
  if (options.length <= FEW)
    return (
      <RadioGroup
        id={choice.key}
        name={choice.key}
        label={choice.label}
        hint={choice.help}
        errors={errors}
        options={options}
        defaultValue={chosen[0]}
      />
    );
  return (
    <SelectField
      id={choice.key}
      name={choice.key}
      label={choice.label}
      hint={choice.help}
      errors={errors}
      defaultValue={chosen[0] ?? ""}
      options={[{ value: "", label: "Choose…" }, ...options]}
    />
  );
}
