import type { AnyAdapter } from "#app/integrations/contract/adapter.ts";
import type { Manifest } from "#app/integrations/contract/manifest.ts";
import type { World } from "./world.ts";

/** One statement about every vendor that declares what it needs. `run` throws what is wrong, in a sentence. */
export interface Check {
  id: string;
  title: string;
  when?(manifest: Manifest, adapter: AnyAdapter, world: World): boolean;
  run(world: World): Promise<void> | void;
}
