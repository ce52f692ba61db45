import type { Manifest } from "./contract/manifest.ts";
import { manifest as caldav } from "./vendors/caldav/manifest.ts";
import { manifest as fastmail } from "./vendors/fastmail/manifest.ts";
import { manifest as googleCalendar } from "./vendors/google-calendar/manifest.ts";
import { manifest as greenhouse } from "./vendors/greenhouse/manifest.ts";
import { manifest as icloud } from "./vendors/icloud/manifest.ts";
import { manifest as indeed } from "./vendors/indeed/manifest.ts";
import { manifest as jobadder } from "./vendors/jobadder/manifest.ts";
import { manifest as jobvite } from "./vendors/jobvite/manifest.ts";
import { manifest as lever } from "./vendors/lever/manifest.ts";
import { manifest as linkedin } from "./vendors/linkedin/manifest.ts";
import { manifest as nextcloud } from "./vendors/nextcloud/manifest.ts";
import { manifest as slack } from "./vendors/slack/manifest.ts";
import { manifest as webhooks } from "./vendors/webhooks/manifest.ts";
import { manifest as wellfound } from "./vendors/wellfound/manifest.ts";
import { manifest as weworkremotely } from "./vendors/weworkremotely/manifest.ts";
import { manifest as ziprecruiter } from "./vendors/ziprecruiter/manifest.ts";
import { manifest as zohoCalendar } from "./vendors/zoho-calendar/manifest.ts";

/** Every vendor's manifest, alphabetical by id. Browser-safe; pages get a projection from their loader. */
export const catalog: readonly Manifest[] = [
  caldav,
  fastmail,
  googleCalendar,
  greenhouse,
  icloud,
  indeed,
  jobadder,
  jobvite,
  lever,
  linkedin,
  nextcloud,
  slack,
  webhooks,
  wellfound,
  weworkremotely,
  ziprecruiter,
  zohoCalendar,
];

const byId = new Map(catalog.map((manifest) => [manifest.id, manifest]));

/** The manifest of a vendor id, or undefined for an id that is not in the catalogue. */
export function manifestOf(vendorId: string): Manifest | undefined {
  return byId.get(vendorId);
}
