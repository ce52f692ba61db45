import type { VendorDefinition } from "./framework.ts";
import { type MountedVendor, mountVendor, type Surroundings } from "./mount.ts";
import { googleCalendar } from "./vendors/google-calendar.ts";
import { greenhouse } from "./vendors/greenhouse.ts";
import { indeed } from "./vendors/indeed.ts";
import { jobadder } from "./vendors/jobadder.ts";
import { slack } from "./vendors/slack.ts";
import { wellfound } from "./vendors/wellfound.ts";
import { weworkremotely } from "./vendors/weworkremotely.ts";
import { ziprecruiter } from "./vendors/ziprecruiter.ts";

/** Every simulated vendor, alphabetical by id. */
export const mountAll = (around: Surroundings): readonly MountedVendor[] => {
  const mount = <S>(definition: VendorDefinition<S>) => mountVendor(definition, around);
  return [
    mount(googleCalendar),
    mount(greenhouse),
    mount(indeed),
    mount(jobadder),
    mount(slack),
    mount(wellfound),
    mount(weworkremotely),
    mount(ziprecruiter),
  ];
};
