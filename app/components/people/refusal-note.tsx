import { FormErrors } from "#app/components/ui/form-errors.tsx";

/** What an action hands back when it refused: one sentence, and sentences by the id of a field. */
export interface RefusalShown {
  message: string;
  fields: Readonly<Record<string, string | undefined>>;
  /** What was typed, by field, without secrets. */
  values?: Readonly<Record<string, string | undefined>>;
}

/** The refusal among an action's answers; null for any other answer. */
export const refusalIn = (answer: RefusalShown | object | undefined): RefusalShown | null =>
  answer && "message" in answer && "fields" in answer ? answer : null;

/** The sentence for one field, as the field primitives take it. */
export const errorsFor = (refusal: RefusalShown | null | undefined, field: string): string[] | null => {
  const text = refusal?.fields[field];
  return text === undefined ? null : [text];
};

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
