import type { VendorDefinition } from "./framework.ts";
import { type MountedVendor, mountVendor, type Surroundings } from "./mount.ts";
import { caldav } from "./vendors/caldav.ts";
import { fastmail } from "./vendors/fastmail.ts";
import { googleCalendar } from "./vendors/google-calendar.ts";
import { greenhouse } from "./vendors/greenhouse.ts";
import { icloud } from "./vendors/icloud.ts";
import { indeed } from "./vendors/indeed.ts";
import { jobadder } from "./vendors/jobadder.ts";
import { jobvite } from "./vendors/jobvite.ts";
import { linkedin } from "./vendors/linkedin.ts";
import { nextcloud } from "./vendors/nextcloud.ts";
import { slack } from "./vendors/slack.ts";
import { wellfound } from "./vendors/wellfound.ts";
import { weworkremotely } from "./vendors/weworkremotely.ts";
import { ziprecruiter } from "./vendors/ziprecruiter.ts";
import { zohoCalendar } from "./vendors/zoho-calendar.ts";

/** Every simulated vendor, alphabetical by id. */
export const mountAll = (around: Surroundings): readonly MountedVendor[] => {
  const mount = <S>(definition: VendorDefinition<S>) => mountVendor(definition, around);
  return [
    mount(caldav),
    mount(fastmail),
    mount(googleCalendar),
    mount(greenhouse),
    mount(icloud),
    mount(indeed),
    mount(jobadder),
    mount(jobvite),
    mount(linkedin),
    mount(nextcloud),
    mount(slack),
    mount(wellfound),
    mount(weworkremotely),
    mount(ziprecruiter),
    mount(zohoCalendar),
  ];
};
