import { useId } from "react";
import { CopyButton } from "#app/components/ui/code-block.tsx";
import { KeyValue } from "#app/components/ui/key-value.tsx";

/** What a person copies into the vendor's settings: our address and the secrets that we made. */
export function PasteList({
  vendor,
  paste,
}: {
  vendor: string;
  paste: { url: string | null; secrets: readonly { label: string; value: string }[] };
}) {
  const id = useId();
  const values = [...(paste.url === null ? [] : [{ label: "Address", value: paste.url }]), ...paste.secrets];
  const pairs = values.map(({ label, value }) => ({
    label,
    value: (
      <span className="flex flex-wrap items-center gap-x-2">
        <code className="min-w-0 break-all">{value}</code>
        <CopyButton text={value} label={`Copy ${label.toLowerCase()}`} />
      </span>
    ),
  }));
  if (pairs.length === 0) return null;
  return (
    <section aria-labelledby={id} className="grid gap-2">
      <h3 id={id}>To paste in {vendor}</h3>
      <KeyValue pairs={pairs} />
    </section>
  );
}
