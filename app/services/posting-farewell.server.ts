import { and, desc, eq, inArray, isNotNull, isNull } from "drizzle-orm";
import { manifestOf } from "#app/integrations/catalog.ts";
import { newId } from "#app/platform/crypto.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { posting, postingEvent } from "#db/schema/postings.ts";
import type { Actor } from "./actor.ts";
import { AppError } from "./errors.ts";
import type { Posting } from "./posting-job.server.ts";
import { ofPosting } from "./posting-state.server.ts";
import type { Connection } from "./vendor-context.server.ts";

const FINISHED: ReadonlySet<string> = new Set(["draft", "rejected", "closed"]);

/**
 * Keeps the postings of a connection that is about to be removed: each remembers the board's name, is never acted on
 * again, and, where it was not down, says in its history that it is left to the board.
 */
export async function leavePostings(
  tx: EmployerTx,
  { employerId, id, label, vendorId }: Pick<Connection, "employerId" | "id" | "label" | "vendorId">,
): Promise<void> {
  const mine = and(eq(posting.employerId, employerId), eq(posting.connectionId, id));
  const unsent = await tx
    .update(posting)
    .set({ state: "closed", desired: "closed", closeReason: "withdrawn", closedAt: new Date() })
    .where(
      and(
        mine,
        inArray(posting.state, ["validating", "queued"]),
        isNull(posting.sentAt),
        isNull(posting.externalId),
        isNull(posting.feedItem),
      ),
    )
    .returning({ id: posting.id, state: posting.state });
  const left = await tx
    .update(posting)
    .set({
      disconnectedLabel: label,
      disconnectedAt: new Date(),
      nextCheckAt: null,
      leaseOwner: null,
      leaseUntil: null,
    })
    .where(mine)
    .returning({ id: posting.id, state: posting.state });
  const board = manifestOf(vendorId)?.name ?? vendorId;
  const notes = [
    ...unsent.map((row) => ({ ...row, note: `Never sent: ${label} was disconnected.` })),
    ...left
      .filter(({ state }) => !FINISHED.has(state))
      .map((row) => ({ ...row, note: `${label} was disconnected. We no longer see or change what ${board} shows.` })),
  ];
  if (notes.length === 0) return;
  await tx.insert(postingEvent).values(
    notes.map(({ id: postingId, state, note }) => ({
      employerId,
      id: newId(),
      postingId,
      state,
      note,
      actor: "Patchbay",
    })),
  );
}

/** Only postings that we still look after. */
export const lookedAfter = isNull(posting.disconnectedAt);

/** Throws AppError conflict for a posting whose connection is gone. */
export async function needConnected(actor: Actor, postingId: string): Promise<void> {
  const { employerId } = actor;
  const [row] = await withEmployer(employerId, (tx) =>
    tx.select().from(posting).where(ofPosting(employerId, postingId)),
  );
  if (!row?.disconnectedAt) return;
  const board = row.disconnectedLabel ?? row.vendorId;
  throw new AppError("conflict", `${board} is disconnected, so nothing can be changed there from here.`);
}

/** Where a job was posted by connections that are gone, newest first. Needs jobs:read. */
export async function formerPostings(
  actor: Actor,
  jobId: string,
): Promise<(Pick<Posting, "id" | "state" | "disconnectedAt"> & { label: string | null })[]> {
  allow(actor, "jobs:read");
  return withEmployer(actor.employerId, (tx) =>
    tx
      .select({
        id: posting.id,
        state: posting.state,
        label: posting.disconnectedLabel,
        disconnectedAt: posting.disconnectedAt,
      })
      .from(posting)
      .where(and(eq(posting.employerId, actor.employerId), eq(posting.jobId, jobId), isNotNull(posting.disconnectedAt)))
      .orderBy(desc(posting.disconnectedAt), desc(posting.id)),
  );
}
