import { and, eq } from "drizzle-orm";
import type { OutMessage } from "#app/integrations/contract/capabilities.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import { EgressError } from "#app/integrations/kit/egress.server.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { notification, notificationRule } from "#db/schema/connections.ts";
import { recordActivity } from "./activity.server.ts";
import { notifyLive } from "./live.server.ts";
import { callVendor } from "./vendor-context.server.ts";

type Row = typeof notification.$inferSelect;

export const ofNotification = (employerId: string, id: string) =>
  and(eq(notification.employerId, employerId), eq(notification.id, id));

/** The part of a chat connection that a channel is: one channel's trouble is not hidden by another's success. */
export const channelPart = (destinationId: string): string => `channel:${destinationId}`;

/**
 * Sends one message. The row says `sending` before the call and `sent` after, so that only a queued one is ever sent. A
 * limit puts it back to wait; while the connection does not run it waits for activation. When it cannot be known whether
 * the vendor took it, it is marked unclear and never repeated by itself, because chat tools know no key against doubles.
 * Kinds: rate-limited, config, forbidden, validation, contract, and network where surely nothing was sent.
 */
export async function sendNotification(employerId: string, notificationId: string, signal: AbortSignal): Promise<void> {
  const row = await claim(employerId, notificationId);
  if (!row) return;
  const { connectionId, destinationId } = row;
  const options = { signal, idempotencyKey: `message:${row.id}`, part: channelPart(destinationId) };
  const name = await channelName(row);
  try {
    const sent = await callVendor(employerId, connectionId, options, async ({ adapter, ctx }) => {
      if (!adapter.messaging) throw new IntegrationError("unsupported", "This tool takes no messages.");
      try {
        return await adapter.messaging.send(ctx, destinationId, messageOf(row));
      } catch (error) {
        throw inWords(error, name, adapter.manifest.name);
      }
    });
    await settle(row, { status: "sent", externalId: sent.id, sentAt: new Date(), error: null }, async (tx) =>
      recordActivity(tx, employerId, {
        connectionId,
        kind: "message",
        tone: "ok",
        who: `Told ${name}`,
        what: row.title,
      }),
    );
  } catch (error) {
    if (await waits(row, error)) return;
    throw error;
  }
}

const messageOf = (row: Pick<Row, "title" | "body" | "linkLabel" | "linkUrl">): OutMessage => ({
  title: row.title,
  text: row.body,
  facts: [],
  ...(row.linkLabel && row.linkUrl ? { link: { label: row.linkLabel, url: row.linkUrl } } : {}),
});

/** Takes a queued message; one found `sending` was left by a process that died in the middle. */
async function claim(employerId: string, notificationId: string): Promise<Row | null> {
  return withEmployer(employerId, async (tx) => {
    const mine = ofNotification(employerId, notificationId);
    const [row] = await tx.select().from(notification).where(mine).for("update");
    if (row?.status === "sending") await tx.update(notification).set({ status: "unclear", error: UNCLEAR }).where(mine);
    if (row?.status !== "queued") return null;
    await tx.update(notification).set({ status: "sending", error: null }).where(mine);
    return row;
  });
}

const UNCLEAR = "We were cut off while sending: it may have arrived. Look in the channel before you send it again.";

async function channelName(row: Row): Promise<string> {
  const [rule] = await withEmployer(row.employerId, (tx) =>
    tx
      .select({ name: notificationRule.destinationName })
      .from(notificationRule)
      .where(and(eq(notificationRule.employerId, row.employerId), eq(notificationRule.id, row.ruleId))),
  );
  return rule?.name ?? row.destinationId;
}

/** A refused channel said with its name; everything else as it came. */
function inWords(error: unknown, channel: string, vendorName: string): unknown {
  if (!(error instanceof IntegrationError) || error.kind !== "config") return error;
  return new IntegrationError(
    "config",
    `${vendorName} does not let us write to ${channel}: it was archived, closed to apps, or the bot is not in it. Invite the bot there, or choose another channel under Notifications.`,
    { ...error.info, field: "channelId" },
  );
}

/** Whether a failure is settled here: true when nothing more is to be done by this job. */
async function waits(row: Row, error: unknown): Promise<boolean> {
  if (!(error instanceof IntegrationError)) {
    await settle(row, { status: "unclear", error: UNCLEAR });
    return true;
  }
  switch (error.kind) {
    case "rate-limited":
      await settle(row, { status: "queued", error: error.message });
      return false;
    case "auth-revoked":
    case "auth-expired":
    case "unsupported":
      await settle(row, { status: "queued", error: `${error.message} It waits until the connection runs again.` });
      return true;
    case "network":
    case "unavailable": {
      const sure = neverSent(error);
      await settle(
        row,
        sure ? { status: "queued", error: error.message } : { status: "unclear", error: `${error.message} ${UNCLEAR}` },
        (tx) => (sure ? Promise.resolve() : noteUnclear(tx, row)),
      );
      return !sure;
    }
    default:
      await settle(row, { status: "queued", error: error.message });
      return false;
  }
}

const noteUnclear = (tx: EmployerTx, row: Row): Promise<void> =>
  recordActivity(tx, row.employerId, {
    connectionId: row.connectionId,
    kind: "message",
    tone: "warn",
    who: "May have arrived, or not",
    what: row.title,
    href: `/integrations/${row.connectionId}/notifications`,
  });

/** The connection was never made, so the vendor has seen nothing. */
function neverSent(error: IntegrationError): boolean {
  const { cause } = error;
  return cause instanceof EgressError && ["dns", "connect", "tls"].includes(cause.phase);
}

async function settle(
  row: Row,
  values: Partial<Pick<Row, "status" | "externalId" | "sentAt" | "error">>,
  also?: (tx: EmployerTx) => Promise<void>,
): Promise<void> {
  await withEmployer(row.employerId, async (tx) => {
    await tx.update(notification).set(values).where(ofNotification(row.employerId, row.id));
    await also?.(tx);
    await notifyLive(tx, row.employerId, "activity", row.connectionId);
  });
}

/** Says on a message that it will not be sent by itself; a person can send it again. */
export async function giveUpNotification(employerId: string, notificationId: string, error: unknown): Promise<void> {
  const words = error instanceof IntegrationError ? error.message : "It could not be sent. Our log has the details.";
  await withEmployer(employerId, async (tx) => {
    const [row] = await tx
      .update(notification)
      .set({ status: "failed", error: words })
      .where(and(ofNotification(employerId, notificationId), eq(notification.status, "queued")))
      .returning();
    if (!row) return;
    await recordActivity(tx, employerId, {
      connectionId: row.connectionId,
      kind: "message",
      tone: "bad",
      who: "Not sent",
      what: `${row.title}: ${words}`,
      href: `/integrations/${row.connectionId}/notifications`,
    });
  });
}
