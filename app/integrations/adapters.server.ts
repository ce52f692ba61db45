import type { AnyAdapter } from "./contract/adapter.ts";

/** Vendor id → its adapter, loaded on first use; same order as the catalogue. Plain imports, because the worker does not run under Vite. */
const loaders: Readonly<Record<string, () => Promise<{ default: AnyAdapter }>>> = {
  caldav: () => import("./vendors/caldav/adapter.server.ts"),
  fastmail: () => import("./vendors/fastmail/adapter.server.ts"),
  "google-calendar": () => import("./vendors/google-calendar/adapter.server.ts"),
  greenhouse: () => import("./vendors/greenhouse/adapter.server.ts"),
  icloud: () => import("./vendors/icloud/adapter.server.ts"),
  indeed: () => import("./vendors/indeed/adapter.server.ts"),
  jobadder: () => import("./vendors/jobadder/adapter.server.ts"),
  jobvite: () => import("./vendors/jobvite/adapter.server.ts"),
  lever: () => import("./vendors/lever/adapter.server.ts"),
  linkedin: () => import("./vendors/linkedin/adapter.server.ts"),
  nextcloud: () => import("./vendors/nextcloud/adapter.server.ts"),
  slack: () => import("./vendors/slack/adapter.server.ts"),
  webhooks: () => import("./vendors/webhooks/adapter.server.ts"),
  wellfound: () => import("./vendors/wellfound/adapter.server.ts"),
  weworkremotely: () => import("./vendors/weworkremotely/adapter.server.ts"),
  ziprecruiter: () => import("./vendors/ziprecruiter/adapter.server.ts"),
  "zoho-calendar": () => import("./vendors/zoho-calendar/adapter.server.ts"),
};

/** The adapter of a vendor, or null when the id is unknown. */
export async function loadAdapter(vendorId: string): Promise<AnyAdapter | null> {
  const load = Object.hasOwn(loaders, vendorId) ? loaders[vendorId] : undefined;
  return load ? (await load()).default : null;
}
