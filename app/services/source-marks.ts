import { manifestOf } from "#app/integrations/catalog.ts";

/** A source as people read it: its name and, for a vendor of the catalogue, its mark. */
export interface SourceMark {
  name: string;
  color?: string;
  logo?: string;
}

const OWN: Readonly<Record<string, string>> = {
  "career-site": "Career site",
  api: "API",
  portal: "Added here",
  unknown: "Unknown",
};

/** The mark of an application's source. What an ATS calls it stays in the ATS's own words. */
export function sourceMark(source: string): SourceMark {
  const manifest = manifestOf(source);
  if (manifest) return { name: manifest.name, color: manifest.brand.color, logo: manifest.id };
  return { name: OWN[source] ?? source };
}

/** The marks of several sources, by source. */
export const sourceMarks = (sources: readonly string[]): Record<string, SourceMark> =>
  Object.fromEntries(sources.map((source) => [source, sourceMark(source)]));
