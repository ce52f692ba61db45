import { Search } from "lucide-react";
import type { ComponentPropsWithRef } from "react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";

/** One line of text. `code` sets it in the mono face, for keys and addresses. */
export function Input({ className, code, ...rest }: ComponentPropsWithRef<"input"> & { code?: boolean | undefined }) {
  return <input {...rest} className={cx("input", code && "font-mono", className)} />;
}

/** Several lines of text. */
export function Textarea({ className, ...rest }: ComponentPropsWithRef<"textarea">) {
  return <textarea rows={4} {...rest} className={cx("input area", className)} />;
}

export interface Option {
  value: string;
  label: string;
  disabled?: boolean | undefined;
}

/** The browser's own select: it works everywhere, on a phone best of all. */
export function Select(props: ComponentPropsWithRef<"select"> & { options: readonly Option[] }) {
  const { className, options, ...rest } = props;
  return (
    <select {...rest} className={cx("select", className)}>
      {options.map((option) => (
        <option key={option.value} value={option.value} disabled={option.disabled}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

/** A search box with its own label, hidden from view. */
export function SearchInput({ label, ...rest }: ComponentPropsWithRef<"input"> & { label: string }) {
  return (
    <label className="search">
      <span className="sr-only">{label}</span>
      <Icon icon={Search} />
      <input type="search" placeholder={label} {...rest} className="input" />
    </label>
  );
}
