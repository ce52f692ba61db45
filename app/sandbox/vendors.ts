import { readdirSync } from "node:fs";
import type { VendorDefinition } from "./framework.ts";
import { type MountedVendor, mountVendor, type Surroundings } from "./mount.ts";

/** One module below `vendors/`: its default export is the vendor. */
interface VendorModule {
  default: VendorDefinition<unknown>;
}

/** What is in the folder is simulated. A bundle has no folder: the build writes these imports out instead. */
async function found(): Promise<readonly VendorModule[]> {
  const folder = new URL("./vendors/", import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts"));
  return Promise.all(files.map((name): Promise<VendorModule> => import(new URL(name, folder).href)));
}

const modules = await found();

/** Every simulated vendor, alphabetical by id. */
export const mountAll = (around: Surroundings): readonly MountedVendor[] =>
  modules.map((module) => mountVendor(module.default, around)).sort((left, right) => (left.id < right.id ? -1 : 1));
