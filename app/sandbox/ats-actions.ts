import type { Action, Field, World } from "./framework.ts";

/** Growing an account of an applicant tracking system to so many records of each kind. */
export const growAction = <S, A extends { jobs: unknown[]; candidates: unknown[]; applications: unknown[] }>(
  account: Field,
  chosen: (world: World<S>, input: Record<string, string>) => A,
  grow: (state: S, account: A, want: { jobs: number; candidates: number; applications: number }, now: Date) => void,
): Action<S> => ({
  id: "seed",
  label: "Grow an account",
  fields: [
    account,
    { name: "jobs", label: "Jobs", kind: "number", value: "31" },
    { name: "candidates", label: "Candidates", kind: "number", value: "400" },
    { name: "applications", label: "Applications (blank: a quarter more)", kind: "number", optional: true },
  ],
  run(world, input) {
    const own = chosen(world, input);
    const candidates = Number(input.candidates);
    const applications = Number(input.applications || Math.floor(candidates * 1.25));
    grow(world.state, own, { jobs: Number(input.jobs), candidates, applications }, world.now());
    return { jobs: own.jobs.length, candidates: own.candidates.length, applications: own.applications.length };
  },
});
