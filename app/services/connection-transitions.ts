import { type ErrorKind, errorPolicy } from "#app/integrations/contract/errors.ts";
import type { connectionStates } from "#db/schema/connections.ts";

export type ConnectionState = (typeof connectionStates)[number];

export type StateReason = "vendor_down" | "needs_attention" | "we_are_on_it" | "throttled";

/** A part of the connection that stands still until a person or we act, while the rest goes on. */
export interface Trouble {
  /** "" for the whole connection, else e.g. "sync:candidates". */
  part: string;
  reason: "needs_attention" | "we_are_on_it";
  detail: string;
}

/** What is known before an outcome. */
export interface Standing {
  state: ConnectionState;
  reason: StateReason | null;
  detail: string | null;
  /** The state under a person's pause; null while not paused. */
  resumeState: ConnectionState | null;
  failingSince: Date | null;
  failingKind: "outage" | "limit" | null;
  consecutiveFailures: number;
  troubles: readonly Trouble[];
  /** This step found that the sign-in was lost on the way, not withdrawn. */
  lost?: true;
}

/** What happened. `part` says which work met it, so that one part's success does not hide another part's failure. */
export type Outcome =
  | { kind: "success"; part?: string }
  | { kind: "failure"; error: ErrorKind; message: string; field?: string | undefined; part?: string; lost?: true }
  /** The credential was proven by a test: after sign-in, reconnect, or on request. */
  | { kind: "proven" }
  /** Setup choices or settings were saved. */
  | { kind: "configured" }
  | { kind: "paused"; by: string }
  | { kind: "resumed" }
  | { kind: "disconnecting"; detail: string };

export interface TransitionPolicy {
  now: Date;
  vendorName: string;
  /** Every required setup choice has a value. */
  setupComplete: boolean;
  /** What is missing, for the sentence of needs_setup. */
  missing?: string | undefined;
  accountName?: string | null;
}

/** An outage or a limit shows after this long without one success. */
export const PATIENCE_MS = 15 * 60_000;

/**
 * The whole state machine: a pure function of what was, what happened and the clock. Driven by error kinds only. A pause
 * by a person outranks everything but disconnecting: outcomes then change what it will resume to.
 */
export function nextState(current: Standing, outcome: Outcome, policy: TransitionPolicy): Standing {
  if (current.state === "disconnecting") return current;
  if (outcome.kind === "disconnecting")
    return { ...current, state: "disconnecting", reason: null, detail: outcome.detail, resumeState: null };
  if (outcome.kind === "paused") {
    const under = current.state === "paused_by_user" ? current.resumeState : current.state;
    return {
      ...current,
      state: "paused_by_user",
      resumeState: under,
      reason: null,
      detail: `Paused by ${outcome.by}. Nothing runs until someone resumes it.`,
    };
  }
  if (current.state === "paused_by_user") {
    const under = advance({ ...current, state: current.resumeState ?? "active", resumeState: null }, outcome, policy);
    if (outcome.kind === "resumed") return settle({ ...under, detail: null }, policy);
    const { state, ...rest } = under;
    return { ...rest, state: "paused_by_user", resumeState: state, reason: null, detail: current.detail };
  }
  return advance(current, outcome, policy);
}

function advance(current: Standing, outcome: Outcome, policy: TransitionPolicy): Standing {
  switch (outcome.kind) {
    case "proven":
      return settle({ ...clear(current), state: "active", troubles: [] }, policy);
    case "configured":
      return settle(
        { ...current, troubles: current.troubles.filter((one) => one.reason !== "needs_attention") },
        policy,
      );
    case "success":
      return settle(
        { ...clear(current), troubles: current.troubles.filter((one) => one.part !== (outcome.part ?? "")) },
        policy,
      );
    case "failure":
      return failed(current, outcome, policy);
    default:
      return current;
  }
}

const clear = (current: Standing): Standing => ({
  ...current,
  failingSince: null,
  failingKind: null,
  consecutiveFailures: 0,
});

function failed(current: Standing, outcome: Extract<Outcome, { kind: "failure" }>, policy: TransitionPolicy): Standing {
  const consequence = errorPolicy[outcome.error].connection;
  if (consequence === null) return current;
  const next = { ...current, consecutiveFailures: current.consecutiveFailures + 1 };
  if (consequence === "needs_reconnect") {
    if (current.state === "added") return current;
    // What was lost stays told as lost: the vendor's later refusals only follow from it.
    if (current.state === "needs_reconnect") return settle(next, policy);
    return settle({ ...next, state: "needs_reconnect", ...lossOf(outcome) }, policy);
  }
  if (consequence === "needs_attention" || consequence === "we_are_on_it") {
    const part = outcome.part ?? "";
    const trouble = { part, reason: consequence, detail: troubleSentence(consequence, outcome.message, policy) };
    return settle({ ...next, troubles: [...current.troubles.filter((one) => one.part !== part), trouble] }, policy);
  }
  const failingKind = consequence === "degraded" ? "outage" : "limit";
  const failingSince = current.failingKind === failingKind && current.failingSince ? current.failingSince : policy.now;
  return settle({ ...next, failingKind, failingSince }, policy);
}

const lossOf = (outcome: Extract<Outcome, { kind: "failure" }>): Pick<Standing, "detail" | "lost"> =>
  outcome.lost ? { detail: outcome.message, lost: true } : { detail: null };

function troubleSentence(reason: Trouble["reason"], message: string, policy: TransitionPolicy): string {
  if (reason === "needs_attention") return message;
  return `${policy.vendorName} answered in a form we do not know yet. That part waits, the rest goes on. We are on it.`;
}

/** The state that the facts add up to, for a connection that is signed in and that nobody has paused. */
function settle(facts: Standing, policy: TransitionPolicy): Standing {
  if (facts.state === "added") return { ...facts, reason: null, detail: null };
  if (facts.state === "needs_reconnect") {
    const detail = `${policy.vendorName} withdrew our permission. What was fetched stays, everything else waits. Sign in again.`;
    return { ...facts, reason: null, detail: facts.detail ?? detail };
  }
  if (!policy.setupComplete) {
    const account = policy.accountName ? `Signed in as ${policy.accountName}. ` : "";
    const missing = policy.missing ?? "what it should use";
    return {
      ...facts,
      state: "needs_setup",
      reason: null,
      detail: `${account}Nothing runs until you choose: ${missing}.`,
    };
  }
  const late = facts.failingSince !== null && policy.now.getTime() - facts.failingSince.getTime() >= PATIENCE_MS;
  const attention = facts.troubles.find((one) => one.reason === "needs_attention") ?? facts.troubles[0];
  if (attention) return { ...facts, state: "degraded", reason: attention.reason, detail: attention.detail };
  if (late && facts.failingKind === "outage") {
    const detail = `${policy.vendorName} has not answered properly for more than 15 minutes. Work waits, nothing is lost. Nothing to do.`;
    return { ...facts, state: "degraded", reason: "vendor_down", detail };
  }
  if (late && facts.failingKind === "limit") {
    const detail = `${policy.vendorName} asked us to slow down. Calls wait their turn. Nothing to do.`;
    return { ...facts, state: "active", reason: "throttled", detail };
  }
  return { ...facts, state: "active", reason: null, detail: null };
}
