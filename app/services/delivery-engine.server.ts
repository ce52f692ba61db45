import { sql } from "drizzle-orm";
import { env } from "#app/platform/env.server.ts";
import { log } from "#app/platform/log.server.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { type AttemptOptions, sendTogether } from "./deliveries.server.ts";
import { type Claimed, claimDue, releaseDeliveries, type Sending } from "./delivery-claim.server.ts";
import { createHand } from "./delivery-hand.ts";
import { isPaced } from "./delivery-pace.server.ts";
import { type Attempted, type Recorded, recordAttempt, recordAttempts } from "./delivery-record.server.ts";
import { createSlots, type Places } from "./delivery-slots.ts";
import { type Due, dueEndpoints } from "./delivery-wake.server.ts";

/** Between two looks at what is due and nobody was told of: retries, lost wake-ups, what a dead worker held. */
const SWEEP_MS = 5_000;
/** Between two rounds of an employer under load, milliseconds for each employer at work; so that a round is worth its cost. */
const ROUND_MS = 5;
const ROUND_MOST_MS = 150;
/** With this much to do a round does not wait. */
const ENOUGH = 64;
/** Rounds that run at once, each on a connection. */
const ROUNDS = 3;
/** Deliveries that one round claims and attempts that it writes down, at most. */
const ROUND_ITEMS = 200;
/** Retries due sooner than this are remembered here; the sweep finds the others. */
const SOON_MS = 20_000;
const REMEMBERED = 2_000;
/** After a round that failed: the database is away. */
const PAUSE_MS = 1_000;
/** An attempt that cannot be written down is kept this long; then its lease ends and it is made again. */
const KEPT_MS = 60_000;
/** What was claimed and has found no place goes back after this, long before its lease ends. */
const HAND_MS = 5_000;
/** Requests under way get this long after a stop before they are broken off. */
const GRACE_MS = 10_000;

export interface DeliveryEngine {
  /** Something is due. */
  wake(due: readonly Due[]): void;
  /** One look at what is due, now. */
  sweep(): Promise<void>;
  /** Takes nothing more, lets what is under way end, writes it down. */
  stop(): Promise<void>;
}

/** The oldest id to look for, where one is known, and the instant from which on: undefined for all there is. */
type Wanted = Pick<Due, "oldest" | "since">;

interface Employer {
  id: string;
  /** Endpoints that something may be due for, and where to look for it. */
  due: Map<string, Wanted>;
  /** Attempts that are made and not written down. */
  done: Attempted[];
  /** Claims that were broken off and go back. */
  unsent: Sending[];
  /** Its endpoints, or its own share, had no place left: a request of its own must end, or another endpoint be due. */
  stuck: boolean;
  running: boolean;
  queued: boolean;
  lastRound: number;
  timer: NodeJS.Timeout | undefined;
}

/** One request that was claimed: one delivery, or several where the endpoint takes batches. */
interface Claim {
  employer: Employer;
  endpointId: string;
  sendings: readonly Sending[];
}

let running: DeliveryEngine | undefined;

/** Hands what is due to the engine of this process. One that stops or starts lets it be: a sweep finds it. */
export function drainDeliveries(due: readonly Due[]): void {
  running?.wake(due);
}

/**
 * Sends what is due, over all employers. Each employer's work goes in rounds: one transaction writes down the attempts
 * that ended since the last one and claims the next deliveries for every endpoint that has a free place. While a round
 * waits, more comes together, so that a delivery's share of statements and commits shrinks as the load grows.
 */
export async function startDeliveries(options: Omit<AttemptOptions, "signal"> = {}): Promise<DeliveryEngine> {
  const slots = createSlots(() => {
    const total = env().PATCHBAY_WORKER_DELIVERIES;
    return { total, employer: Math.ceil((total * 3) / 4), endpoint: Math.ceil(total / 2) };
  });
  const employers = new Map<string, Employer>();
  const ready: Employer[] = [];
  /** Employers that found no place free in the whole process, in the order in which they get one. */
  const starved = new Set<Employer>();
  const hand = createHand<Claim>(slots);
  const breakOff = new AbortController();
  const timers = new Set<NodeJS.Timeout>();
  let rounds = 0;
  let stopped = false;
  let settled: (() => void) | undefined;

  const employerOf = (id: string): Employer => {
    const known = employers.get(id);
    if (known) return known;
    const fresh: Employer = {
      ...{
        id,
        due: new Map(),
        done: [],
        unsent: [],
        stuck: false,
        running: false,
        queued: false,
        lastRound: 0,
        timer: undefined,
      },
    };
    employers.set(id, fresh);
    return fresh;
  };

  const wake = (due: readonly Due[]): void => {
    if (stopped) return;
    for (const { employerId, endpointId, ...wanted } of due) {
      const employer = employerOf(employerId);
      ask(employer, endpointId, wanted);
      employer.stuck = false;
      plan(employer);
    }
  };

  /** Lets the employer's next round come: at once when it was quiet, else when the last is long enough ago. */
  function plan(employer: Employer): void {
    if (employer.running || employer.queued) return;
    const toDo = employer.done.length + employer.unsent.length;
    if (toDo === 0 && (employer.due.size === 0 || stopped)) {
      forget(employer);
      return;
    }
    if (toDo === 0 && (employer.stuck || starved.has(employer))) return;
    const pace = Math.min(ROUND_MOST_MS, ROUND_MS * employers.size);
    const wait = toDo >= ENOUGH ? 0 : employer.lastRound + pace - performance.now();
    if (wait <= 0) {
      clearTimeout(employer.timer);
      employer.timer = undefined;
      employer.queued = true;
      ready.push(employer);
      pump();
    } else
      employer.timer ??= setTimeout(() => {
        employer.timer = undefined;
        plan(employer);
      }, wait);
  }

  function forget(employer: Employer): void {
    if (slots.heldFor(employer.id) > 0 || employer.timer || starved.has(employer)) return;
    employers.delete(employer.id);
    if (stopped && employers.size === 0) settled?.();
  }

  function pump(): void {
    while (rounds < ROUNDS) {
      const employer = ready.shift();
      if (!employer) return;
      employer.queued = false;
      employer.running = true;
      rounds += 1;
      void round(employer).finally(() => {
        rounds -= 1;
        employer.running = false;
        employer.lastRound = performance.now();
        plan(employer);
        pump();
      });
    }
  }

  async function round(employer: Employer): Promise<void> {
    const done = employer.done.splice(0, ROUND_ITEMS);
    const unsent = employer.unsent.splice(0);
    const places = stopped ? new Map<string, Places>() : slots.take(employer.id, [...employer.due.keys()], ROUND_ITEMS);
    if (places.size === 0 && employer.due.size > 0 && !stopped) wait(employer);
    if (done.length + unsent.length + places.size === 0) return;
    const asked = takeAsked(employer, places);
    const oldest = [...asked.values()].flatMap((wanted) => wanted.oldest ?? []).sort()[0];
    try {
      const now = options.now?.() ?? new Date();
      const wishes = [...places].map(([endpointId, given]) => ({
        endpointId,
        ...given,
        since: asked.get(endpointId)?.since,
      }));
      const { recorded, claimed } = await withEmployer(employer.id, async (tx) => {
        const [, recorded] = await Promise.all([
          tuneRound(tx, { durable: done.length > 0 }),
          done.length > 0 ? recordAttempts(tx, employer.id, done) : [],
        ]);
        if (unsent.length > 0) await releaseDeliveries(tx, employer.id, unsent);
        const claimed = wishes.length > 0 ? await claimDue(tx, employer.id, { now, wishes, oldest }) : undefined;
        return { recorded, claimed };
      });
      for (const [index, next] of recorded.entries()) remember(done[index], next);
      if (claimed) takeUp(employer, places, claimed, asked);
    } catch (error) {
      log().warn({ err: error }, "A round of deliveries was not written down; it is repeated.");
      for (const [endpointId, { room }] of places) {
        slots.free(endpointId, room);
        ask(employer, endpointId, asked.get(endpointId));
      }
      serveStarved();
      if (!stopped) employer.unsent.push(...unsent);
      if (!stopped) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      await recordEach(employer, done);
    }
  }

  /** After a round that failed: one by one, so that a single bad one fails alone. While the database is away they are kept. */
  async function recordEach(employer: Employer, done: readonly Attempted[]): Promise<void> {
    for (const [index, one] of done.entries()) {
      try {
        remember(one, await recordAttempt(employer.id, one));
      } catch (error) {
        if (isAway(error) && !stopped) {
          employer.done.push(...done.slice(index).filter((kept) => Date.now() - kept.startedAt.getTime() < KEPT_MS));
          return;
        }
        log().error({ err: error, delivery: one.sending.deliveryId }, "An attempt was made and not written down.");
      }
    }
  }

  /** The endpoints that were given places leave the list; those whose places were all used come back on it. */
  function takeAsked(employer: Employer, places: ReadonlyMap<string, Places>): Map<string, Wanted> {
    const asked = new Map([...places.keys()].map((id) => [id, employer.due.get(id) ?? {}]));
    for (const id of asked.keys()) employer.due.delete(id);
    return asked;
  }

  function takeUp(
    employer: Employer,
    places: ReadonlyMap<string, Places>,
    claimed: Claimed,
    asked: ReadonlyMap<string, Wanted>,
  ): void {
    const requests = requestsOf(claimed.sendings);
    const until = performance.now() + HAND_MS;
    const used = new Map<string, number>();
    for (const sendings of requests) {
      const endpointId = sendings[0]?.endpointId ?? "";
      used.set(endpointId, (used.get(endpointId) ?? 0) + 1);
      hand.add(endpointId, { employer, endpointId, sendings }, until);
    }
    for (const [endpointId, { room }] of places) {
      const count = Math.min(room, used.get(endpointId) ?? 0);
      slots.free(endpointId, room - count);
      const [resting, since] = [claimed.resting.get(endpointId), claimed.reached.get(endpointId)];
      if (resting) later(resting, { employerId: employer.id, endpointId });
      else if (count === room) ask(employer, endpointId, { ...asked.get(endpointId), ...(since ? { since } : {}) });
    }
    if (stopped) giveBack(hand.takeStale(Number.POSITIVE_INFINITY));
    sendNext();
    serveStarved();
  }

  /** Nothing could be promised to an employer: it waits for its own requests, or for anybody's. */
  function wait(employer: Employer): void {
    if (slots.isSpent()) starved.add(employer);
    else {
      employer.stuck = true;
      serveStarved();
    }
  }

  /** Places are free: the employer that has waited longest looks again, and whatever it leaves is for the next. */
  function serveStarved(): void {
    const [next] = starved;
    if (!next || stopped || slots.isSpent()) return;
    starved.delete(next);
    plan(next);
  }

  function sendNext(): void {
    for (let next = hand.next(); next; next = hand.next()) void send(next);
  }

  /** What was claimed and not begun is due again. */
  function giveBack(claims: readonly Claim[]): void {
    for (const { employer, endpointId, sendings } of claims) {
      employer.unsent.push(...sendings);
      slots.free(endpointId, 1);
      employer.stuck = false;
      ask(employer, endpointId);
    }
    for (const employer of new Set(claims.map((claim) => claim.employer))) plan(employer);
    serveStarved();
  }

  async function send({ employer, endpointId, sendings }: Claim): Promise<void> {
    const [first] = sendings;
    if (!first) return;
    let well = false;
    try {
      const attempted = await sendTogether(sendings, { ...options, signal: breakOff.signal });
      const outcome = attempted[0]?.outcome;
      well = outcome?.answered === true && outcome.status < 300;
      employer.done.push(...attempted);
    } catch (error) {
      if (!breakOff.signal.aborted) log().error({ err: error }, "A delivery could not be made; it is repeated.");
      employer.unsent.push(...sendings);
    }
    slots.ended(endpointId, well);
    if (!well) giveBack(hand.takeBack(endpointId));
    sendNext();
    // What its cap or its order held back may go now.
    if (isPaced(first.endpoint)) ask(employer, endpointId);
    employer.stuck = false;
    plan(employer);
    serveStarved();
  }

  function remember(attempted: Attempted | undefined, { nextAttemptAt }: Recorded): void {
    if (!attempted || !nextAttemptAt) return;
    const { employerId, id: endpointId } = attempted.sending.endpoint;
    later(nextAttemptAt, { employerId, endpointId, since: nextAttemptAt });
  }

  function later(at: Date, due: Due): void {
    const wait = at.getTime() - Date.now();
    if (stopped || wait > SOON_MS || timers.size >= REMEMBERED) return;
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        wake([due]);
      },
      Math.max(0, wait),
    );
    timers.add(timer);
  }

  const sweep = async (): Promise<void> => {
    if (stopped) return;
    giveBack(hand.takeStale(performance.now()));
    wake(await dueEndpoints(options.now?.()));
  };
  const sweepSafely = () =>
    sweep().catch((error: unknown) => log().warn({ err: error }, "What is due could not be looked for."));
  const sweeper = setInterval(() => void sweepSafely(), SWEEP_MS);
  await sweepSafely();

  const engine: DeliveryEngine = {
    wake,
    sweep,
    async stop() {
      if (stopped) return;
      stopped = true;
      if (running === engine) running = undefined;
      clearInterval(sweeper);
      for (const timer of timers) clearTimeout(timer);
      starved.clear();
      ready.length = 0;
      for (const employer of employers.values()) employer.queued = false;
      giveBack(hand.takeStale(Number.POSITIVE_INFINITY));
      const grace = setTimeout(() => breakOff.abort(new Error("The worker stops.")), GRACE_MS);
      await new Promise<void>((resolve) => {
        settled = resolve;
        for (const employer of [...employers.values()]) plan(employer);
        if (employers.size === 0) resolve();
      });
      clearTimeout(grace);
    },
  };
  running = engine;
  return engine;
}

/**
 * One plan for all rounds: planning a statement anew over all partitions costs more than running it. A claim that a crash
 * of Postgres takes back does no harm, so that a round without attempts does not wait for the disk.
 */
async function tuneRound(tx: EmployerTx, { durable }: { durable: boolean }): Promise<void> {
  await tx.execute(
    sql`select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('synchronous_commit', ${durable ? "on" : "off"}, true)`,
  );
}

/** Puts an endpoint on the list of what may be due; asked for twice, the wider look counts. */
function ask(employer: Employer, endpointId: string, wanted: Wanted = {}): void {
  const before = employer.due.get(endpointId);
  employer.due.set(endpointId, before ? wider(before, wanted) : wanted);
}

function wider(one: Wanted, other: Wanted): Wanted {
  const [oldest] = [one, other].flatMap((wanted) => wanted.oldest ?? []).sort();
  const since = one.since && other.since && (one.since < other.since ? one.since : other.since);
  return { ...(oldest ? { oldest } : {}), ...(since ? { since } : {}) };
}

/** One request each, or one of all for an endpoint that takes batches. */
function requestsOf(sendings: readonly Sending[]): Sending[][] {
  const batches = new Map<string, Sending[]>();
  const requests: Sending[][] = [];
  for (const sending of sendings) {
    const batch = batches.get(sending.endpointId);
    if (batch) batch.push(sending);
    else {
      const request = [sending];
      requests.push(request);
      if (sending.endpoint.batchEvents !== null) batches.set(sending.endpointId, request);
    }
  }
  return requests;
}

/** A lost connection, a server that starts or stops; anything else is about what was to be written. */
function isAway(error: unknown): boolean {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  return code.length !== 5 || /^(08|53|57)/.test(code);
}
