import { useClock } from "#app/components/ui/clock.tsx";
import { Time } from "#app/components/ui/time.tsx";

/** When an attempt is due; one whose moment has passed waits only for its turn. */
export function Due({ at }: { at: Date }) {
  const { now } = useClock();
  return at.getTime() > now ? <Time at={at} /> : "when its turn comes";
}
