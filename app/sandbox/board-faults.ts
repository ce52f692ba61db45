import type { StateFault } from "./framework.ts";

/** Withdrawing typed credentials and giving them back, but for those that the seed holds as withdrawn. */
export function revocation<S, O extends { key: string; revoked: boolean }>(
  label: string,
  owned: (state: S) => readonly O[],
  isDead: (own: O) => boolean,
): { revoke: StateFault<S>; restore: StateFault<S> } {
  return {
    revoke: {
      label,
      run({ state }, input) {
        for (const own of owned(state)) if (!input.account || own.key === input.account) own.revoked = true;
      },
    },
    restore: {
      label: "Give them back",
      run({ state }) {
        for (const own of owned(state)) own.revoked = isDead(own);
      },
    },
  };
}

/** The next posting is rejected, for the reason given or the board's usual one. */
export const rejection = <S extends { rejectNext: string | null }>(
  usual: string,
  label = "Reject the next posting",
): StateFault<S> => ({
  label,
  fields: [{ name: "reason", label: "Reason (blank: a usual one)", optional: true }],
  run({ state }, input) {
    state.rejectNext = input.reason || usual;
  },
});
