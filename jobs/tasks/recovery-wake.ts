import { warnSilentEndpoints } from "#app/services/endpoint-health.server.ts";
import { wakeRecoveries } from "#app/services/recovery-page.server.ts";

/** Every minute: goes on with recoveries whose job was lost, and warns about endpoints that only fail. */
export default async function recoveryWake(): Promise<void> {
  await wakeRecoveries();
  await warnSilentEndpoints();
}
