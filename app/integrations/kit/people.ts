import type { CandidateRecord } from "../contract/domain.ts";

interface Told {
  firstName?: string | null | undefined;
  lastName?: string | null | undefined;
  /** The whole name, where the vendor does not part it: the first word is the given name. */
  name?: string | null | undefined;
  emails?: readonly (string | null | undefined)[];
  phones?: readonly (string | null | undefined)[];
  links?: readonly (string | null | undefined)[];
  headline?: string | null | undefined;
}

const filled = (texts: readonly (string | null | undefined)[] = []): string[] => [
  ...new Set(texts.flatMap((text) => text?.trim() || [])),
];

/** A person as a vendor tells them: what is empty is left out, mail addresses are in small letters, nothing stands twice. */
export function personOf(told: Told): CandidateRecord {
  const [first = "", ...rest] = (told.name ?? "").trim().split(/\s+/);
  return {
    firstName: told.firstName ?? first,
    lastName: told.lastName ?? rest.join(" "),
    emails: filled(told.emails?.map((email) => email?.toLowerCase())),
    phones: filled(told.phones),
    links: filled(told.links),
    ...(told.headline ? { headline: told.headline } : {}),
  };
}
