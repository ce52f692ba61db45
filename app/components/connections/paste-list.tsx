import { KeyValue } from "#app/components/ui/key-value.tsx";

/** What a person copies into the vendor's settings: our address and the secrets that we made. */
export function PasteList({
  vendor,
  paste,
}: {
  vendor: string;
  paste: { url: string | null; secrets: readonly { label: string; value: string }[] };
}) {
  const pairs = [
    ...(paste.url === null ? [] : [{ label: "Address", value: <code className="break-all">{paste.url}</code> }]),
    ...paste.secrets.map((secret) => ({
      label: secret.label,
      value: <code className="break-all">{secret.value}</code>,
    })),
  ];
  if (pairs.length === 0) return null;
  return (
    <section aria-labelledby="paste" className="grid gap-2">
      <h3 id="paste">To paste in {vendor}</h3>
      <KeyValue pairs={pairs} />
    </section>
  );
}
