import { type ComponentPropsWithoutRef, type ReactNode, useId } from "react";
import { cx } from "./cx.ts";
import { describedBy, FieldErrors, type FieldText, fieldIds } from "./field.tsx";

type InputProps = Omit<ComponentPropsWithoutRef<"input">, "type">;
interface Words {
  label: ReactNode;
  hint?: ReactNode;
}

function Choice({ label, hint, type, className, ...rest }: InputProps & Words & { type: "checkbox" | "radio" }) {
  const own = useId();
  const id = rest.id ?? own;
  return (
    <label className={cx("check", className)}>
      <input {...rest} {...describedBy(id, { hint })} id={id} type={type} />
      <span>
        {label}
        {hint && (
          <span className="block text-muted text-xs" id={fieldIds(id).hintId}>
            {hint}
          </span>
        )}
      </span>
    </label>
  );
}

/** One box to tick. */
export function Checkbox(props: InputProps & Words) {
  return <Choice {...props} type="checkbox" />;
}

/** One of several; wrap them in `RadioGroup`. */
export function Radio(props: InputProps & Words) {
  return <Choice {...props} type="radio" />;
}

/** A checkbox has its own checked state, so that the role needs no aria-checked. */
const asSwitch = { role: "switch" } as const;

/** A setting that is on or off. Without script it is a checkbox that its form submits. */
export function Switch({ label, hint, className, ...rest }: InputProps & Words) {
  const own = useId();
  const id = rest.id ?? own;
  return (
    <label className={cx("switch-row", className)}>
      <span>
        {label}
        {hint && (
          <span className="block text-muted text-xs" id={fieldIds(id).hintId}>
            {hint}
          </span>
        )}
      </span>
      <input {...rest} {...describedBy(id, { hint })} id={id} type="checkbox" {...asSwitch} className="toggle" />
    </label>
  );
}

export interface RadioOption extends Words {
  value: string;
  disabled?: boolean | undefined;
}

interface RadioGroupProps extends FieldText {
  id?: string | undefined;
  name: string;
  options: readonly RadioOption[];
  defaultValue?: string | undefined;
  /** Bordered boxes for choices that need a line of explanation. */
  boxed?: boolean | undefined;
}

/** A question with one answer. */
export function RadioGroup(props: RadioGroupProps) {
  const { name, options, defaultValue, boxed, label, hint, errors, optional } = props;
  const own = useId();
  const id = props.id ?? own;
  return (
    <fieldset id={id} tabIndex={-1} className={boxed ? "opts" : "grid gap-2"} {...describedBy(id, { hint, errors })}>
      <legend className="label mb-2">
        {label} {optional && <span className="font-normal text-muted">(optional)</span>}
      </legend>
      {options.map((option) => (
        <Radio
          key={option.value}
          name={name}
          value={option.value}
          label={option.label}
          hint={option.hint}
          disabled={option.disabled}
          defaultChecked={option.value === defaultValue}
          className={boxed ? "opt" : ""}
        />
      ))}
      <div className="field">
        <FieldErrors id={id} errors={errors} />
        {hint && (
          <p className="hint" id={fieldIds(id).hintId}>
            {hint}
          </p>
        )}
      </div>
    </fieldset>
  );
}
