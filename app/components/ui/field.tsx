import { CircleX } from "lucide-react";
import { type ComponentPropsWithoutRef, type ReactNode, useId } from "react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";
import { Input, type Option, Select, Textarea } from "./input.tsx";

export interface FieldText {
  label: ReactNode;
  hint?: ReactNode;
  errors?: readonly string[] | null | undefined;
  /** Optional is said, required is not. */
  optional?: boolean | undefined;
}

/** Ids of the parts of a field, the same that conform derives from the control's id. */
export function fieldIds(id: string) {
  return { errorId: `${id}-error`, hintId: `${id}-description` };
}

/** What a control needs to be described by its field. */
export function describedBy(id: string, text: Pick<FieldText, "hint" | "errors">) {
  const { errorId, hintId } = fieldIds(id);
  const failed = Boolean(text.errors?.length);
  const ids = cx(failed && errorId, Boolean(text.hint) && hintId);
  return { ...(failed ? { "aria-invalid": true } : {}), ...(ids ? { "aria-describedby": ids } : {}) };
}

/** The sentences under a control: errors with their icon. */
export function FieldErrors({ id, errors }: { id: string; errors: FieldText["errors"] }) {
  if (!errors?.length) return null;
  return (
    <p className="err" id={fieldIds(id).errorId}>
      <Icon icon={CircleX} />
      <span>{errors.join(" ")}</span>
    </p>
  );
}

/** Label over a control, error and hint under it. `htmlFor` is the control's id. */
export function Field(props: FieldText & { htmlFor: string; children: ReactNode; className?: string }) {
  const { label, hint, errors, optional, htmlFor, children, className } = props;
  return (
    <div className={cx("field", className)}>
      <label htmlFor={htmlFor}>
        {label} {optional && <span className="font-normal text-muted">(optional)</span>}
      </label>
      {children}
      <FieldErrors id={htmlFor} errors={errors} />
      {hint && (
        <p className="hint" id={fieldIds(htmlFor).hintId}>
          {hint}
        </p>
      )}
    </div>
  );
}

type Without<T> = Omit<T, keyof FieldText | "id">;
interface WithId {
  id?: string | undefined;
}

function split<T extends FieldText & WithId>(props: T, fallback: string) {
  const { label, hint, errors, optional, id = fallback, ...control } = props;
  return { id, text: { label, hint, errors, optional }, control, wired: describedBy(id, { hint, errors }) };
}

/** Field + one line of text. Spread conform's `getInputProps` into it. */
export function TextField(
  props: FieldText & WithId & Without<ComponentPropsWithoutRef<"input">> & { code?: boolean | undefined },
) {
  const { id, text, control, wired } = split(props, useId());
  return (
    <Field {...text} htmlFor={id}>
      <Input {...control} {...wired} id={id} />
    </Field>
  );
}

/** Field + several lines of text. */
export function TextareaField(props: FieldText & WithId & Without<ComponentPropsWithoutRef<"textarea">>) {
  const { id, text, control, wired } = split(props, useId());
  return (
    <Field {...text} htmlFor={id}>
      <Textarea {...control} {...wired} id={id} />
    </Field>
  );
}

/** Field + the browser's select. */
export function SelectField(
  props: FieldText & WithId & Without<ComponentPropsWithoutRef<"select">> & { options: readonly Option[] },
) {
  const { id, text, control, wired } = split(props, useId());
  return (
    <Field {...text} htmlFor={id}>
      <Select {...control} {...wired} id={id} />
    </Field>
  );
}
