import type { Action, Field, World } from "./framework.ts";

interface Want {
  jobs: number;
  candidates: number;
  applications: number;
}

/** Growing an account of an applicant tracking system to so many records of each kind; `words` are the vendor's own. */
export const growAction = <S, A>(
  account: Field,
  chosen: (world: World<S>, input: Record<string, string>) => A,
  grow: (state: S, account: A, want: Want, now: Date) => void,
  words: { jobs: string; candidates: string; applications?: string },
  counts: (account: A) => Record<string, unknown>,
): Action<S> => ({
  id: "seed",
  label: "Grow an account",
  fields: [
    account,
    { name: "jobs", label: words.jobs, kind: "number", value: "31" },
    { name: "candidates", label: words.candidates, kind: "number", value: "400" },
    ...(words.applications === undefined
      ? []
      : [{ name: "applications", label: words.applications, kind: "number", optional: true } as const]),
  ],
  run(world, input) {
    const own = chosen(world, input);
    const candidates = Number(input.candidates);
    const applications = Number(input.applications || Math.floor(candidates * 1.25));
    grow(world.state, own, { jobs: Number(input.jobs), candidates, applications }, world.now());
    return counts(own);
  },
});

/** How an account that parts people from their applications says and counts them. */
export const partedWords = {
  jobs: "Jobs",
  candidates: "Candidates",
  applications: "Applications (blank: a quarter more)",
} as const;
export const partedCounts = (own: { jobs: unknown[]; candidates: unknown[]; applications: unknown[] }) => ({
  jobs: own.jobs.length,
  candidates: own.candidates.length,
  applications: own.applications.length,
});
