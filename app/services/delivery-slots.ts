/** How many requests may be under way at once. */
export interface SlotLimits {
  /** In this process. */
  total: number;
  /** To the endpoints of one employer. */
  employer: number;
  /** To one endpoint. */
  endpoint: number;
}

/** How many deliveries of an endpoint a claim may take. */
export interface Places {
  room: number;
  /** As many of them could begin at once, as far as the endpoint is concerned. */
  free: number;
}

/** What an endpoint that nothing is known of gets at first; each success adds one, each failure halves. */
const FIRST = 8;
/** For each request under way this many are claimed, where the last one arrived: the others wait for its place. */
const AHEAD = 2;
/** Endpoints remembered while nothing is under way to them. */
const REMEMBERED = 10_000;

interface Tally {
  /** Requests under way. */
  busy: number;
  /** Claimed or promised to a claim, those under way included. */
  held: number;
}

interface Lane extends Tally {
  employer: string;
  allowance: number;
  /** Whether its last request arrived. */
  well: boolean;
}

/**
 * Shares the requests of one process out, so that an endpoint that hangs holds few of them, and all that an employer has
 * never hold everything: an endpoint starts small and grows with what it takes.
 */
export function createSlots(limits: () => SlotLimits) {
  const lanes = new Map<string, Lane>();
  const employers = new Map<string, Tally>();
  const all: Tally = { busy: 0, held: 0 };

  const laneOf = (employer: string, endpointId: string): Lane => {
    const lane = lanes.get(endpointId) ?? { employer, busy: 0, held: 0, allowance: FIRST, well: false };
    lanes.set(endpointId, lane);
    return lane;
  };
  const employerOf = (id: string): Tally => employers.get(id) ?? { busy: 0, held: 0 };
  const add = (lane: Lane, change: Partial<Tally>) => {
    const employer = employerOf(lane.employer);
    for (const tally of [lane, employer, all]) {
      tally.busy += change.busy ?? 0;
      tally.held += change.held ?? 0;
    }
    if (employer.held > 0) employers.set(lane.employer, employer);
    else employers.delete(lane.employer);
  };
  const forget = () => {
    if (lanes.size <= REMEMBERED) return;
    for (const [id, lane] of lanes) if (lane.held === 0) lanes.delete(id);
  };

  return {
    /** Requests under way. */
    busy: () => all.busy,
    /** Requests of an employer that are under way, claimed, or promised to a claim. */
    heldFor: (employerId: string) => employerOf(employerId).held,
    isFull: () => all.busy >= limits().total,
    /** Whether nothing can be promised to anybody. */
    isSpent: () => all.held >= limits().total * AHEAD,

    /**
     * Promises claims to these endpoints of an employer, to each in turn, at most `most` together; what is not used is
     * given back by `free`.
     */
    take(employerId: string, endpointIds: readonly string[], most: number): Map<string, Places> {
      const { total, employer, endpoint } = limits();
      let left = Math.min(most, total * AHEAD - all.held, employer * AHEAD - employerOf(employerId).held);
      const given = new Map<string, Places>();
      let open = endpointIds.map((id) => {
        const lane = laneOf(employerId, id);
        const own = Math.min(endpoint, lane.allowance);
        return { id, lane, free: Math.max(0, own - lane.held), room: own * (lane.well ? AHEAD : 1) - lane.held };
      });
      while (left > 0 && open.length > 0) {
        const each = Math.max(1, Math.floor(left / open.length));
        for (const one of open) {
          const count = Math.min(each, one.room, left);
          if (count <= 0) continue;
          const room = (given.get(one.id)?.room ?? 0) + count;
          given.set(one.id, { room, free: Math.min(room, one.free) });
          one.room -= count;
          left -= count;
          add(one.lane, { held: count });
        }
        open = open.filter((one) => one.room > 0);
      }
      return given;
    },

    /** Gives promises or claims back that are not used. */
    free(endpointId: string, count: number): void {
      const lane = lanes.get(endpointId);
      if (lane && count > 0) add(lane, { held: -count });
    },

    /** Takes a place for one that was claimed; false when the endpoint, its employer or the process has none free. */
    begin(endpointId: string): boolean {
      const lane = lanes.get(endpointId);
      const { total, employer, endpoint } = limits();
      if (!lane || lane.busy >= Math.min(endpoint, lane.allowance)) return false;
      if (all.busy >= total || employerOf(lane.employer).busy >= employer) return false;
      add(lane, { busy: 1 });
      return true;
    },

    /** One request has ended. */
    ended(endpointId: string, well: boolean): void {
      const lane = lanes.get(endpointId);
      if (!lane) return;
      add(lane, { busy: -1, held: -1 });
      const { endpoint } = limits();
      lane.allowance = well ? Math.min(endpoint, lane.allowance + 1) : Math.max(1, Math.floor(lane.allowance / 2));
      lane.well = well;
      forget();
    },
  };
}
