import type { Manifest, SetupChoice } from "#app/integrations/contract/manifest.ts";

type SetupValues = Readonly<Record<string, string | readonly string[]>>;

/** The required setup choices that have no value yet. */
export function missingChoices(manifest: Pick<Manifest, "setup">, setup: SetupValues): readonly SetupChoice[] {
  return manifest.setup.filter((choice) => choice.required && (setup[choice.key] ?? "").length === 0);
}
