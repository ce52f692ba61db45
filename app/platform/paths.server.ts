import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * The folder that holds package.json. Bundled files lie deeper than their sources, so paths to migrations, the crontab
 * and public files start here and never at `import.meta.dirname`.
 */
export const projectRoot: string = findUpwards(import.meta.dirname, "package.json");

/** Absolute path of a file of the project. */
export const inProject = (...parts: string[]): string => join(projectRoot, ...parts);

function findUpwards(from: string, name: string): string {
  let folder = resolve(from);
  while (!existsSync(join(folder, name))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`No ${name} in ${from} or any folder above it.`);
    folder = parent;
  }
  return folder;
}
