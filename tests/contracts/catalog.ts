import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { fromDiscovery } from "./formats/discovery.ts";
import { fromOpenApi } from "./formats/openapi.ts";
import { fromSlackMethods } from "./formats/slack-methods.ts";
import type { Spec } from "./spec.ts";

/** How to read one vendor's documents in the folder of specs. Paths are below that folder. */
type Reader = (folder: string) => Spec[];

const read = (path: string): unknown => parse(readFileSync(path, "utf8"));

const discovery = (file: string): Reader => {
  return (folder) => [
    { covers: (host) => host === "www.googleapis.com", operations: fromDiscovery(read(join(folder, file))) },
  ];
};

/** Vendor id → its documents; a vendor whose folder is not there is left out with a word. Alphabetical. */
export const documents: Readonly<Record<string, { folder: string; specs: Reader }>> = {
  "google-calendar": { folder: "google-calendar", specs: discovery("calendar_v3.discovery.json") },
  jobadder: {
    folder: "jobadder",
    specs: (folder) => [
      {
        covers: (host) => host.endsWith(".jobadder.com") && host !== "id.jobadder.com",
        operations: fromOpenApi(read(join(folder, "openapi-v2.json")), "/v2"),
      },
    ],
  },
  linkedin: {
    folder: "linkedin",
    // Written for /v2; /rest is the same resource with a version header. Posting status and feedback are in no document.
    specs: (folder) => [
      {
        covers: (host, path) => host === "api.linkedin.com" && path.startsWith("/rest/simpleJobPosting"),
        operations: fromOpenApi(read(join(folder, "job_posting_v2.yaml")), "/rest"),
      },
    ],
  },
  lever: {
    folder: "lever",
    specs: (folder) => [
      {
        covers: (host) => host === "api.lever.co",
        operations: fromOpenApi(read(join(folder, "lever-data-api-openapi.yml")), "/v1"),
      },
    ],
  },
  slack: {
    folder: "slack",
    specs: (folder) => {
      const files = readdirSync(join(folder, "methods")).filter((file) => file.endsWith(".json"));
      const descriptors = files.map((file) => [file.slice(0, -5), read(join(folder, "methods", file))]);
      const operations = fromSlackMethods(Object.fromEntries(descriptors));
      return [{ covers: (host, path) => host === "slack.com" && path.startsWith("/api/"), operations }];
    },
  },
};

/** The specs of a vendor, or null where its folder is absent. */
export function specsOf(vendorId: string, root: string): Spec[] | null {
  const known = documents[vendorId];
  if (!known) return null;
  const folder = join(root, known.folder);
  return existsSync(folder) ? known.specs(folder) : null;
}
