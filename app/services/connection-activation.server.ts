import { and, eq, notInArray, sql as statement } from "drizzle-orm";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import type { Manifest } from "#app/integrations/contract/manifest.ts";
import { withEmployer } from "#db/client.server.ts";
import { calendarStream } from "#db/schema/interviews.ts";
import { enqueue } from "#jobs/enqueue.server.ts";
import { vendorOf } from "./connections.server.ts";
import { startNotifications } from "./notification-rules.server.ts";
import { ensureSubscriptions } from "./subscriptions.server.ts";
import { prepareStreams } from "./sync-runs.server.ts";
import { type Connection, callVendor, loadConnection } from "./vendor-context.server.ts";

/**
 * What follows when a connection starts to run: its schedules, the calendars it follows, the vendor's
 * webhooks, and for chat its rules and the messages that waited.
 * Running it again brings changed choices into effect and changes nothing else.
 */
export async function activateConnection(employerId: string, connectionId: string, signal: AbortSignal): Promise<void> {
  const row = await loadConnection(employerId, connectionId);
  if (row.state !== "active" && row.state !== "degraded") return;
  const manifest = vendorOf(row.vendorId);
  await withEmployer(employerId, (tx) => prepareStreams(tx, employerId, connectionId, manifest));
  if (manifest.capabilities.includes("calendar")) await followCalendars(row, manifest, signal);
  await ensureSubscriptions(employerId, connectionId, signal);
  if (manifest.capabilities.includes("feedback"))
    await withEmployer(employerId, (tx) => enqueue(tx, "disposition-send", { employerId, connectionId }));
  if (manifest.capabilities.includes("messaging")) await startNotifications(row, signal);
}

/** The calendars that are chosen in any setup choice, with what the vendor says about them. */
async function followCalendars(row: Connection, manifest: Manifest, signal: AbortSignal): Promise<void> {
  const { employerId, id: connectionId } = row;
  const chosen = new Set(
    manifest.setup.filter((choice) => choice.from === "calendar.list").flatMap((choice) => row.setup[choice.key] ?? []),
  );
  const options = { signal, idempotencyKey: `calendars:${connectionId}`, part: "calendars" };
  const known = await callVendor(employerId, connectionId, options, async ({ adapter, ctx }) => {
    if (!adapter.calendar) throw new IntegrationError("unsupported", "This tool has no calendars.");
    return adapter.calendar.list(ctx);
  });
  const followed = known.filter((calendar) => chosen.has(calendar.id));
  await withEmployer(employerId, async (tx) => {
    const ids = followed.map((calendar) => calendar.id);
    const mine = and(eq(calendarStream.employerId, employerId), eq(calendarStream.connectionId, connectionId));
    await tx
      .delete(calendarStream)
      .where(ids.length > 0 ? and(mine, notInArray(calendarStream.calendarId, ids)) : mine);
    if (followed.length === 0) return;
    await tx
      .insert(calendarStream)
      .values(
        followed.map((calendar) => ({
          employerId,
          connectionId,
          calendarId: calendar.id,
          name: calendar.name,
          timeZone: calendar.timeZone,
          writable: calendar.writable,
          nextRunAt: calendar.busyOnly ? null : new Date(),
          error: null,
        })),
      )
      .onConflictDoUpdate({
        target: [calendarStream.employerId, calendarStream.connectionId, calendarStream.calendarId],
        set: {
          name: statement`excluded.name`,
          timeZone: statement`excluded.time_zone`,
          writable: statement`excluded.writable`,
          nextRunAt: statement`excluded.next_run_at`,
          error: statement`excluded.error`,
        },
      });
  });
}
