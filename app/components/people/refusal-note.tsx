import { FormErrors } from "#app/components/ui/form-errors.tsx";

/** What an action hands back when it refused: one sentence, and sentences by the id of a field. */
export interface RefusalShown {
  message: string;
  fields: Readonly<Record<string, string | undefined>>;
}

/** The sentence of a refused form, above its fields. */
export function RefusalNote({ refusal }: { refusal: RefusalShown | null | undefined }) {
  if (!refusal) return null;
  const byField = Object.entries(refusal.fields).map(([id, text = ""]) => ({ id, text }));
  return byField.length === 0 ? (
    <FormErrors problems={[{ text: refusal.message }]} />
  ) : (
    <FormErrors title={refusal.message} problems={byField} />
  );
}
