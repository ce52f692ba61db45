import { wakeRecoveries } from "#app/services/recovery-page.server.ts";

/** Every minute: goes on with recoveries whose job was lost. */
export default async function recoveryWake(): Promise<void> {
  await wakeRecoveries();
}
