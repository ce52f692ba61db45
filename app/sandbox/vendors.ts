import type { VendorDefinition } from "./framework.ts";
import { type MountedVendor, mountVendor, type Surroundings } from "./mount.ts";
import { googleCalendar } from "./vendors/google-calendar.ts";
import { greenhouse } from "./vendors/greenhouse.ts";
import { slack } from "./vendors/slack.ts";

/** Every simulated vendor, alphabetical by id. */
export const mountAll = (around: Surroundings): readonly MountedVendor[] => {
  const mount = <S>(definition: VendorDefinition<S>) => mountVendor(definition, around);
  return [mount(googleCalendar), mount(greenhouse), mount(slack)];
};
