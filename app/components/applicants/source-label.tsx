import { Tile } from "#app/components/ui/tile.tsx";

export interface Mark {
  name: string;
  color?: string | undefined;
  logo?: string | undefined;
}

/** Where an application came from: mark, name, and how we know. */
export function SourceLabel({ mark, how }: { mark: Mark; how?: string | undefined }) {
  const unknown = mark.name === "Unknown";
  return (
    <span className="src">
      {unknown ? (
        <span className="tile tile-sm tile-none" aria-hidden="true">
          ?
        </span>
      ) : (
        <Tile name={mark.name} size="sm" color={mark.color} logo={mark.logo} />
      )}
      <span>
        <span>{mark.name}</span>
        {how && <small>{how}</small>}
      </span>
    </span>
  );
}

/** How sure a source is, in words. */
export function howWeKnow(applicant: { byLink: boolean; source: string; ats: string | null }): string {
  if (applicant.byLink) return "Link we made";
  if (applicant.source === "unknown") return applicant.ats ? `Not in ${applicant.ats}` : "No link, no answer";
  if (applicant.source === "career-site") return "No board’s link";
  return applicant.ats ? `${applicant.ats} says so` : "As it was handed over";
}
