import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and what is missing above it, one by one. Node's own `recursive` never comes back where a file system
 * takes no folders (/proc): there this throws the system's error. Throws too when something else has the name.
 */
export function makeFolder(folder: string, mode = 0o755): void {
  const known = statSync(folder, { throwIfNoEntry: false });
  if (known?.isDirectory()) return;
  const above = dirname(folder);
  if (above !== folder && !known) makeFolder(above, mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Somebody else made it meanwhile.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
