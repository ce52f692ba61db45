/**
 * The words of state. Every state that a person can see is an icon shape, a word and a tone; the three always travel
 * together, so that any one of them may be missed. Values are the lower-case keys that the database stores.
 */

export type Tone = "ok" | "warn" | "bad" | "run" | "idle";

/** The lucide icons of the vocabulary; `ui/state-icons.tsx` holds the drawings. */
export type StateIconName =
  | "arrow-up-right"
  | "circle-check"
  | "circle-dashed"
  | "circle-minus"
  | "circle-pause"
  | "circle-slash"
  | "circle-x"
  | "clock"
  | "cloud-off"
  | "eye"
  | "gauge"
  | "ghost"
  | "hourglass"
  | "life-buoy"
  | "list-checks"
  | "octagon-x"
  | "pencil-line"
  | "refresh-cw"
  | "rotate-cw"
  | "settings-2"
  | "shield-alert"
  | "timer"
  | "triangle-alert"
  | "unlink"
  | "unplug"
  | "user-round";

export interface StateWord {
  word: string;
  icon: StateIconName;
  tone: Tone;
  /** What it means, for legends and empty tables. */
  means: string;
}

export const connectionStates = {
  added: { word: "Added", icon: "circle-dashed", tone: "idle", means: "Saved, nobody has signed in yet." },
  needs_setup: { word: "Needs setup", icon: "settings-2", tone: "warn", means: "Signed in, a choice is missing." },
  active: { word: "Connected", icon: "circle-check", tone: "ok", means: "Tested, and the last run was good." },
  degraded: {
    word: "Degraded",
    icon: "triangle-alert",
    tone: "warn",
    means: "Works in part; the reason word says which.",
  },
  needs_reconnect: {
    word: "Needs reconnect",
    icon: "unplug",
    tone: "bad",
    means: "The vendor refused our sign-in for good.",
  },
  paused_by_user: {
    word: "Paused",
    icon: "circle-pause",
    tone: "idle",
    means: "A person stopped it; only a person resumes it.",
  },
  disconnecting: {
    word: "Disconnecting",
    icon: "unlink",
    tone: "run",
    means: "Closing what depends on it, then gone.",
  },
} as const satisfies Record<string, StateWord>;

/** Where there is nothing to sign in to (hand-off and derived boards) `active` reads "Ready". */
export const readyWord: StateWord = { ...connectionStates.active, word: "Ready", means: "Nothing to sign in to." };

/** Words that stand in for "Degraded", or beside "Connected", by the kind of error that caused them. */
export const connectionReasons = {
  unavailable: {
    word: "Vendor down",
    icon: "cloud-off",
    tone: "warn",
    means: "The vendor has failed for 15 min. Nothing to do.",
  },
  network: {
    word: "Vendor down",
    icon: "cloud-off",
    tone: "warn",
    means: "The vendor cannot be reached. Nothing to do.",
  },
  forbidden: { word: "Needs attention", icon: "triangle-alert", tone: "warn", means: "A permission is missing." },
  config: { word: "Needs attention", icon: "triangle-alert", tone: "warn", means: "A setting is missing or wrong." },
  contract: {
    word: "We are on it",
    icon: "life-buoy",
    tone: "warn",
    means: "The vendor’s answer changed shape. We fix it.",
  },
  "rate-limited": {
    word: "Throttled",
    icon: "gauge",
    tone: "idle",
    means: "The vendor asked us to slow down for 15 min.",
  },
} as const satisfies Record<string, StateWord>;

export const postingStates = {
  draft: { word: "Draft", icon: "pencil-line", tone: "idle", means: "Not sent anywhere." },
  validating: { word: "Validating", icon: "list-checks", tone: "run", means: "The board’s rules are being checked." },
  queued: { word: "Queued", icon: "hourglass", tone: "run", means: "Handed over, or waiting in the feed." },
  in_review: { word: "In review", icon: "eye", tone: "run", means: "The board is looking at it." },
  live: { word: "Live", icon: "circle-check", tone: "ok", means: "Read back from the board, with link." },
  rejected: { word: "Rejected", icon: "octagon-x", tone: "bad", means: "Refused, with the board’s reason." },
  expiring: { word: "Expiring", icon: "timer", tone: "warn", means: "Ends or renews within 7 days." },
  closed: { word: "Closed", icon: "circle-minus", tone: "idle", means: "Down, and seen to be down." },
  your_step: { word: "Your step", icon: "user-round", tone: "warn", means: "A board that only people can post to." },
  still_up: { word: "Still up", icon: "ghost", tone: "bad", means: "Closed here, yet the board shows it." },
} as const satisfies Record<string, StateWord>;

export const deliveryStates = {
  queued: { word: "Queued", icon: "clock", tone: "idle", means: "Written, not sent yet." },
  sending: { word: "Sending", icon: "arrow-up-right", tone: "run", means: "On its way." },
  delivered: { word: "Delivered", icon: "circle-check", tone: "ok", means: "Answered 2xx." },
  retrying: { word: "Retrying", icon: "rotate-cw", tone: "warn", means: "Failed, with a next time." },
  failed: { word: "Failed", icon: "circle-x", tone: "bad", means: "Eight tries, no 2xx. Send again by hand." },
  not_sent: { word: "Not sent", icon: "circle-slash", tone: "idle", means: "The endpoint was off or paused." },
} as const satisfies Record<string, StateWord>;

export const syncStates = {
  parked: { word: "Parked", icon: "gauge", tone: "idle", means: "Waits for the vendor’s limit to reset." },
  running: { word: "Running", icon: "refresh-cw", tone: "run", means: "Counting up, page by page." },
  succeeded: { word: "Succeeded", icon: "circle-check", tone: "ok", means: "All read, all written." },
  partial: { word: "Partial", icon: "triangle-alert", tone: "warn", means: "Some rows rejected, each with a reason." },
  failed: { word: "Failed", icon: "circle-x", tone: "bad", means: "Stopped, nothing half-written." },
  held: { word: "Held", icon: "shield-alert", tone: "warn", means: "Too many deletions at once; asks a person." },
} as const satisfies Record<string, StateWord>;

export const endpointStates = {
  delivering: { word: "Delivering", icon: "circle-check", tone: "ok", means: "The last answers were 2xx." },
  struggling: { word: "Struggling", icon: "rotate-cw", tone: "warn", means: "Failing in part; nothing is lost." },
  switched_off: { word: "Switched off", icon: "circle-slash", tone: "bad", means: "Five days of failures, or 410." },
} as const satisfies Record<string, StateWord>;

export const interviewStates = {
  booking: { word: "Writing", icon: "refresh-cw", tone: "run", means: "The calendar is being told." },
  booked: { word: "Booked", icon: "circle-check", tone: "ok", means: "On the calendar, everybody is invited." },
  moved: { word: "Moved", icon: "triangle-alert", tone: "warn", means: "Moved in the calendar, not from here." },
  cancelling: { word: "Cancelling", icon: "refresh-cw", tone: "run", means: "Being taken off the calendar." },
  cancelled: { word: "Cancelled", icon: "circle-minus", tone: "idle", means: "Off the calendar." },
  failed: { word: "Not written", icon: "circle-x", tone: "bad", means: "The calendar was not told; try again." },
} as const satisfies Record<string, StateWord>;

export const vocabulary = {
  connection: connectionStates,
  reason: connectionReasons,
  posting: postingStates,
  delivery: deliveryStates,
  sync: syncStates,
  endpoint: endpointStates,
  interview: interviewStates,
} as const satisfies Record<string, Record<string, StateWord>>;

export type StateFamily = keyof typeof vocabulary;
export type StateOf<F extends StateFamily> = keyof (typeof vocabulary)[F] & string;

const tables: Record<StateFamily, Record<string, StateWord>> = vocabulary;

/**
 * The word of a state. A key that the vocabulary does not know is shown as it is, as unknown, never as fine.
 */
export function stateWord(family: StateFamily, state: string): StateWord {
  return tables[family][state] ?? { word: state, icon: "circle-dashed", tone: "idle", means: "Unknown state." };
}

/**
 * The word of a connection: a degraded one is named by its reason, one with nothing to sign in to is "Ready".
 */
export function connectionWord(state: string, options: { reason?: string | null; signIn?: boolean } = {}): StateWord {
  if (state === "degraded" && options.reason) {
    const reason = tables.reason[options.reason];
    if (reason) return reason;
  }
  if (state === "active" && options.signIn === false) return readyWord;
  return stateWord("connection", state);
}
