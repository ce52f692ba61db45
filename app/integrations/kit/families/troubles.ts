import type { Manifest } from "../../contract/manifest.ts";

/** What troubleshooting says of a spent rate limit: `symptom`, and why nobody has to do anything about it. */
export const waits = (symptom: string, why?: string): Manifest["docs"]["troubleshooting"][number] => ({
  kind: "rate-limited",
  symptom,
  fix: why === undefined ? "Nothing to do. What waits goes on by itself." : `Nothing to do: ${why}`,
});
