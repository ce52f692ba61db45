import type { ReactNode } from "react";
import { Checkbox } from "#app/components/ui/choice.tsx";
import { SelectField, TextField } from "#app/components/ui/field.tsx";

export interface FormField {
  key: string;
  label: string;
  help: string;
  kind: "text" | "secret" | "url" | "select" | "number" | "boolean";
  optional?: true | undefined;
  options?: readonly { value: string; label: string; note?: string | undefined }[] | undefined;
  initial?: string | undefined;
  when?: When | undefined;
  placeholder?: string | undefined;
}

interface ManifestFieldsProps {
  fields: readonly FormField[];
  values: Readonly<Record<string, string | number | boolean>>;
  /** Secrets that are kept already: an empty entry leaves them. */
  stored: readonly string[];
  errors: Readonly<Record<string, string | undefined>>;
}

interface When {
  field: string;
  is: string;
}

const marker = (when: When) => `${when.field}-${when.is}`.replace(/[^\w-]/g, "_");
const plain = (word: string) => /^[a-z][\w-]*$/i.test(word);

/** Hides a field by style alone while the choice that it depends on is another, so that it works without script. */
const rule = (when: When) =>
  plain(when.field) && plain(when.is)
    ? `form:has([name=${when.field}]):not(:has([name=${when.field}] option[value=${when.is}]:checked)) [data-when=${marker(when)}]{display:none}`
    : "";

/** What belongs to one choice of the form, and is hidden by style while another is chosen; null belongs to all. */
export function ForChoice({ when, children }: { when: When | null; children: ReactNode }) {
  if (when === null) return children;
  return (
    <>
      <style>{rule(when)}</style>
      <div data-when={marker(when)}>{children}</div>
    </>
  );
}

/** The fields of a vendor's form, from its manifest. */
export function ManifestFields({ fields, values, stored, errors }: ManifestFieldsProps) {
  const rules = [...new Set(fields.flatMap((field) => (field.when ? [rule(field.when)] : [])))];
  return (
    <>
      {rules.length > 0 && <style>{rules.join("\n")}</style>}
      {fields.map((field) => (
        <div key={field.key} data-when={field.when ? marker(field.when) : undefined}>
          <OneField
            field={field}
            value={values[field.key]}
            kept={stored.includes(field.key)}
            error={errors[field.key]}
          />
        </div>
      ))}
    </>
  );
}

interface OneFieldProps {
  field: FormField;
  value: string | number | boolean | undefined;
  kept: boolean;
  error: string | undefined;
}

function OneField({ field, value, kept, error }: OneFieldProps) {
  const shown = value === undefined ? (field.initial ?? "") : String(value);
  const common = {
    id: field.key,
    name: field.key,
    label: field.label,
    hint: field.help,
    optional: field.optional ?? false,
    errors: error ? [error] : null,
  };
  switch (field.kind) {
    case "boolean":
      return <Checkbox name={field.key} label={field.label} hint={field.help} defaultChecked={shown === "true"} />;
    case "select":
      return (
        <SelectField
          {...common}
          defaultValue={shown}
          options={(field.options ?? []).map((option) => ({
            value: option.value,
            label: option.note ? `${option.label} (${option.note})` : option.label,
          }))}
        />
      );
    case "secret":
      return (
        <TextField
          {...common}
          type="password"
          autoComplete="off"
          spellCheck={false}
          placeholder={kept ? "Kept. Leave empty to keep it." : undefined}
        />
      );
    default:
      return (
        <TextField
          {...common}
          type={field.kind === "url" ? "url" : "text"}
          inputMode={field.kind === "number" ? "decimal" : undefined}
          autoComplete="off"
          spellCheck={false}
          defaultValue={shown}
          placeholder={field.placeholder}
        />
      );
  }
}
