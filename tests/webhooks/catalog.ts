/** How a check is made: by Vitest, which `npm test` runs too, or by rows of `npm run chaos` or `npm run bench`, which take minutes. */
export type WebhookSuite = "test" | "chaos" | "bench";

export interface WebhookCheck {
  number: number;
  /** What selects it: `npm run check:webhooks -- <name>`. */
  name: string;
  /** What holds, in one sentence. */
  property: string;
  suite: WebhookSuite;
  /** What proves it, from the project's folder; a check is there when all of them are. */
  files: readonly string[];
  /** The names by which its suite knows it; for chaos and bench. */
  rows?: readonly string[];
}

/** The properties that webhooks are held to, in the order of their numbers. */
export const webhookChecks: readonly WebhookCheck[] = [
  {
    number: 1,
    name: "total-deadline",
    property:
      "An attempt at a receiver that drips for ever ends at 15 s ± 0.5 s, as a time-out of the body, and frees its slot.",
    suite: "test",
    files: ["tests/webhooks/total-deadline.test.ts"],
  },
  {
    number: 2,
    name: "egress-matrix",
    property:
      "No spelling of an address that is not global unicast opens a socket, neither when it is saved nor when it is sent to.",
    suite: "test",
    files: ["tests/webhooks/egress-matrix.test.ts"],
  },
  {
    number: 3,
    name: "rebinding",
    property: "A name that changes its address never leads inside; the name is asked for once per new socket.",
    suite: "test",
    files: ["tests/webhooks/rebinding.test.ts"],
  },
  {
    number: 4,
    name: "crash",
    property:
      "Workers killed every 5 s for a minute lose no delivery, and the last arrives within 60 s of the last kill.",
    suite: "chaos",
    files: ["tests/chaos/crash.ts", "tests/chaos/outage.ts"],
    rows: ["crash", "outage"],
  },
  {
    number: 5,
    name: "recovery",
    property:
      "Recover since sends each message that is still failed exactly once, over any history, also killed half-way.",
    suite: "test",
    files: ["tests/webhooks/recovery.test.ts"],
  },
  {
    number: 6,
    name: "isolation",
    property:
      "Endpoints that hang cost fifty healthy ones at most a fifth of their p99, also across employers, and hold no more places than they may.",
    suite: "bench",
    files: ["tests/bench/rows/hanging-endpoint.ts"],
    rows: ["hanging-endpoint", "hanging-employer"],
  },
  {
    number: 7,
    name: "response-bomb",
    property: "No answer, however large, packed or endless, grows the worker by 20 MB; 16 KiB and the status are kept.",
    suite: "test",
    files: ["tests/webhooks/response-bomb.test.ts"],
  },
  {
    number: 8,
    name: "redirects",
    property: "A redirect is never followed: the attempt fails and shows its Location, and nothing secret travels.",
    suite: "test",
    files: ["tests/webhooks/redirects.test.ts"],
  },
  {
    number: 9,
    name: "outbox",
    property: "What is delivered is what was committed, over any mix of commits, rollbacks and kills.",
    suite: "test",
    files: ["tests/webhooks/outbox.test.ts", "tests/webhooks/places.test.ts"],
  },
  {
    number: 10,
    name: "byte-exact",
    property:
      "Every attempt carries the stored bytes, whatever JSON they hold, and the reference libraries verify each.",
    suite: "test",
    files: ["tests/webhooks/byte-exact.test.ts"],
  },
  {
    number: 11,
    name: "rotation",
    property:
      "During a rotation a verifier with the old secret and one with the new one both pass; afterwards the old one fails.",
    suite: "test",
    files: ["tests/webhooks/rotation.test.ts"],
  },
  {
    number: 12,
    name: "throughput",
    property:
      "Signed deliveries with every attempt stored reach 0.6 × of the queue and an HTTP client alone, and 1,500/s at receivers that take 50 ms; none is missing.",
    suite: "bench",
    files: ["tests/bench/rows/deliveries-throughput.ts", "tests/bench/rows/deliveries-slow-receivers.ts"],
    rows: ["deliveries-throughput", "deliveries-slow-receivers"],
  },
  {
    number: 13,
    name: "latency",
    property:
      "From commit to first byte p50 is at most 15 ms and p99 100 ms when idle; p99 500 ms beside a backlog for other endpoints.",
    suite: "bench",
    files: ["tests/bench/rows/deliveries-latency.ts"],
    rows: ["deliveries-latency", "deliveries-backlog"],
  },
  {
    number: 14,
    name: "schedule",
    property:
      "Retries wait their step ± 20 %, evenly spread over more than a day; Retry-After counts within [step, 2 × step].",
    suite: "test",
    files: ["tests/webhooks/schedule.test.ts"],
  },
  {
    number: 15,
    name: "long-transaction",
    property: "A snapshot held for a minute slows deliveries by no more than twice and raises an alert within 30 s.",
    suite: "chaos",
    files: ["tests/chaos/long-transaction.ts"],
    rows: ["long-transaction"],
  },
  {
    number: 16,
    name: "manual-retry",
    property: "A resend gets the whole schedule again and never runs beside the scheduled attempt; two clicks are one.",
    suite: "test",
    files: ["tests/webhooks/manual-retry.test.ts"],
  },
  {
    number: 17,
    name: "breaker",
    property:
      "The breaker lets one probe through per interval; 410 and five days of only failures disable, after warnings.",
    suite: "test",
    files: ["tests/webhooks/breaker.test.ts"],
  },
  {
    number: 18,
    name: "explainable",
    property:
      "Each of the eight ways to fail is stored with class, phase, milliseconds per phase and address, and shown.",
    suite: "test",
    files: ["tests/webhooks/explainable.test.ts"],
  },
  {
    number: 19,
    name: "header-safety",
    property: "No header that a person enters changes how the receiver reads a request, or travels to another origin.",
    suite: "test",
    files: ["tests/webhooks/header-safety.test.ts"],
  },
  {
    number: 20,
    name: "rate-and-order",
    property: "An endpoint's rate and order hold across workers, crashes and retries, and no slot sleeps for them.",
    suite: "test",
    files: ["tests/webhooks/rate-and-order.test.ts"],
  },
  {
    number: 21,
    name: "connection-reuse",
    property:
      "Ten thousand deliveries to one TLS endpoint shake hands at most 60 times; idle sockets go, and none grows old.",
    suite: "test",
    files: ["tests/webhooks/connection-reuse.test.ts"],
  },
  {
    number: 22,
    name: "inbound-verify",
    property: "No vendor's webhook that is wrong in any way is accepted, and each true one has its effect once.",
    suite: "test",
    files: ["tests/webhooks/inbound-verify.test.ts"],
  },
  {
    number: 23,
    name: "inbound-load",
    property:
      "200 webhooks of 4 KB a second are acknowledged with p99 within 50 ms; whatever is killed, no 2xx is without its row; what is dropped is found by reading.",
    suite: "chaos",
    files: ["tests/chaos/inbound.ts"],
    rows: ["inbound"],
  },
  {
    number: 24,
    name: "retention",
    property: "Expiry drops a day's partition without a dead row, and pages stay quick over a million attempts.",
    suite: "test",
    files: ["tests/webhooks/retention.test.ts"],
  },
  {
    number: 25,
    name: "observable",
    property:
      "Queue age, depth, attempts by class, time to first attempt, oldest snapshot and heartbeats are measured, and alerts fire.",
    suite: "test",
    files: ["tests/webhooks/observable.test.ts"],
  },
];
