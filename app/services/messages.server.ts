import { and, eq } from "drizzle-orm";
import { newId } from "#app/platform/crypto.server.ts";
import type { EmployerTx } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { candidate, message } from "#db/schema/hiring.ts";
import { recordActivity } from "./activity.server.ts";
import { emitEvent } from "./events.server.ts";

export interface ReceivedMessage {
  connectionId: string;
  channel: string;
  from: string;
  text: string;
  /** The vendor's id of the message: a repeat is not a second message. */
  messageId: string;
  at: Date;
}

const MOST_CHARACTERS = 20_000;

/**
 * Keeps a message that came by a connected chat or mailbox and emits message.received; a sender whose address a candidate
 * has is named. A repeat changes nothing. Joins the caller's transaction.
 */
export async function recordMessage(
  tx: EmployerTx,
  employerId: string,
  input: ReceivedMessage,
): Promise<{ messageId: string | null; created: boolean }> {
  const [row] = await tx
    .insert(message)
    .values({
      employerId,
      id: newId(),
      connectionId: input.connectionId,
      channel: input.channel,
      sender: input.from,
      body: input.text.slice(0, MOST_CHARACTERS),
      externalId: input.messageId,
      receivedAt: input.at,
    })
    .onConflictDoNothing({ target: [message.employerId, message.connectionId, message.externalId] })
    .returning();
  if (!row) return { messageId: null, created: false };
  const [from] = await tx
    .select({ id: connection.id, vendor: connection.vendorId, label: connection.label })
    .from(connection)
    .where(and(eq(connection.employerId, employerId), eq(connection.id, input.connectionId)));
  if (!from) throw new Error("A message came for a connection that is gone.");
  await emitEvent(tx, employerId, "message.received", row.id, {
    message: {
      id: row.id,
      channel: row.channel,
      from: row.sender,
      text: row.body,
      receivedAt: row.receivedAt.toISOString(),
    },
    connection: from,
    candidate: await knownSender(tx, employerId, input.from),
  });
  await recordActivity(tx, employerId, {
    connectionId: from.id,
    kind: "message",
    who: row.sender,
    what: `wrote in ${row.channel}`,
  });
  return { messageId: row.id, created: true };
}

/** The candidate behind `Name <a@b.c>` or a bare address. */
async function knownSender(tx: EmployerTx, employerId: string, sender: string) {
  const email = /[^\s<>"]+@[^\s<>"]+/.exec(sender)?.[0]?.toLowerCase();
  if (!email) return null;
  const [row] = await tx
    .select({
      id: candidate.id,
      firstName: candidate.firstName,
      lastName: candidate.lastName,
      email: candidate.email,
    })
    .from(candidate)
    .where(and(eq(candidate.employerId, employerId), eq(candidate.email, email)))
    .limit(1);
  return row ?? null;
}
