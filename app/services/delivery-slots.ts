/** How many requests may be under way at once. */
export interface SlotLimits {
  /** In this process. */
  total: number;
  /** To the endpoints of one employer. */
  employer: number;
  /** To one endpoint. */
  endpoint: number;
}

/** What an endpoint that nothing is known of gets at first; each success adds one, each failure halves. */
const FIRST = 8;
/** Endpoints remembered while nothing is under way to them. */
const REMEMBERED = 10_000;

interface Lane {
  employerId: string;
  busy: number;
  allowance: number;
}

/**
 * Shares the requests of one process out, so that an endpoint that hangs holds few of them, and all that an employer has
 * never hold everything: an endpoint starts small and grows with what it takes.
 */
export function createSlots(limits: () => SlotLimits) {
  const lanes = new Map<string, Lane>();
  const employers = new Map<string, number>();
  let busy = 0;

  const laneOf = (employerId: string, endpointId: string): Lane => {
    const lane = lanes.get(endpointId) ?? { employerId, busy: 0, allowance: FIRST };
    lanes.set(endpointId, lane);
    return lane;
  };
  const add = (lane: Lane, count: number) => {
    lane.busy += count;
    busy += count;
    const sum = (employers.get(lane.employerId) ?? 0) + count;
    if (sum > 0) employers.set(lane.employerId, sum);
    else employers.delete(lane.employerId);
  };
  const forget = () => {
    if (lanes.size <= REMEMBERED) return;
    for (const [id, lane] of lanes) if (lane.busy === 0) lanes.delete(id);
  };

  return {
    /** Requests under way, or promised to a claim. */
    busy: () => busy,
    busyFor: (employerId: string) => employers.get(employerId) ?? 0,

    /**
     * Promises free places to these endpoints of an employer, to each in turn, at most `most` together; what is not
     * used is given back by `free`. `most` of an endpoint's own is its `cap`, where it has one.
     */
    take(
      employerId: string,
      endpointIds: readonly string[],
      { most, capOf = () => undefined }: { most: number; capOf?: (endpointId: string) => number | undefined },
    ): Map<string, number> {
      const { total, employer, endpoint } = limits();
      let left = Math.min(most, total - busy, employer - (employers.get(employerId) ?? 0));
      const given = new Map<string, number>();
      let open = endpointIds.map((id) => {
        const lane = laneOf(employerId, id);
        return { id, lane, room: Math.min(endpoint, capOf(id) ?? endpoint, lane.allowance) - lane.busy };
      });
      while (left > 0 && open.length > 0) {
        const each = Math.max(1, Math.floor(left / open.length));
        for (const one of open) {
          const count = Math.min(each, one.room, left);
          if (count <= 0) continue;
          given.set(one.id, (given.get(one.id) ?? 0) + count);
          one.room -= count;
          left -= count;
          add(one.lane, count);
        }
        open = open.filter((one) => one.room > 0);
      }
      return given;
    },

    /** Gives promised places back that were not used. */
    free(endpointId: string, count: number): void {
      const lane = lanes.get(endpointId);
      if (lane && count > 0) add(lane, -count);
    },

    /** One request has ended. */
    ended(endpointId: string, well: boolean): void {
      const lane = lanes.get(endpointId);
      if (!lane) return;
      add(lane, -1);
      const { endpoint } = limits();
      lane.allowance = well ? Math.min(endpoint, lane.allowance + 1) : Math.max(1, Math.floor(lane.allowance / 2));
      forget();
    },
  };
}
