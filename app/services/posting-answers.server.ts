import { and, eq } from "drizzle-orm";
import { manifestOf } from "#app/integrations/catalog.ts";
import type { PostingObservation } from "#app/integrations/contract/capabilities.ts";
import { env } from "#app/platform/env.server.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { posting } from "#db/schema/postings.ts";
import { enqueue } from "#jobs/enqueue.server.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { AppError } from "./errors.ts";
import { takeFromFeed } from "./posting-feed.server.ts";
import { type Posting, profileOf } from "./posting-job.server.ts";
import { boardName, see } from "./posting-record.server.ts";
import { movePosting, ofPosting } from "./posting-state.server.ts";

/** What a person saw on a board that cannot be asked. */
export type Sighting =
  | { state: "live"; url?: string }
  | { state: "rejected"; reason?: string }
  | { state: "closed" }
  /** The text on the board was brought up to date by hand. */
  | { state: "updated" };

async function locked(tx: EmployerTx, employerId: string, id: string): Promise<Posting> {
  const valid = /^[0-9a-f-]{36}$/i.test(id);
  const [row] = valid ? await tx.select().from(posting).where(ofPosting(employerId, id)).for("update") : [];
  if (!row) throw new AppError("not-found", "This posting does not exist.");
  return row;
}

const wayOf = async (tx: EmployerTx, row: Posting) => (await profileOf(tx, row))?.way ?? "hand-off";

/** A page of the simulated board, where those are offered. */
function isSimulated(row: Posting, link: URL): boolean {
  const { PATCHBAY_SANDBOX, PATCHBAY_SANDBOX_URL: at } = env();
  if (PATCHBAY_SANDBOX === "off" || at === undefined) return false;
  return link.origin === new URL(at).origin && link.pathname.startsWith(`/${row.vendorId}/`);
}

/** A link that a person pasted: https, and on the board's own site. */
function checkedLink(row: Posting, url: string): string {
  const site = manifestOf(row.vendorId)?.brand.site ?? "";
  const host = URL.canParse(site) ? new URL(site).hostname.replace(/^www\./, "") : "";
  const link = URL.canParse(url) ? new URL(url) : null;
  const isThere = link?.protocol === "https:" && (link.hostname === host || link.hostname.endsWith(`.${host}`));
  if (link && isSimulated(row, link)) return link.href;
  if (!link || !isThere) {
    const message = `Paste the whole address of the job on ${host}, beginning with https.`;
    throw new AppError("invalid", message, { fields: { url: message } });
  }
  return link.href;
}

/**
 * A person's word about a posting on a board that cannot be asked: it is up, was refused, is gone, or was brought up to
 * date. Needs postings:publish. AppError: not-found; invalid for a link elsewhere; conflict where we can look ourselves.
 */
export async function confirmPosting(actor: Actor, postingId: string, sighting: Sighting): Promise<Posting> {
  allow(actor, "postings:publish");
  return withEmployer(actor.employerId, async (tx) => {
    const row = await locked(tx, actor.employerId, postingId);
    const way = await wayOf(tx, row);
    if (way === "api")
      throw new AppError("conflict", `We ask ${boardName(row)} ourselves; nothing needs to be confirmed.`);
    const after = await write(tx, row, sighting, actor.name, way);
    await audit(tx, actor, `posting.seen_${sighting.state}`, { kind: "posting", id: row.id, name: boardName(row) });
    return after;
  });
}

async function write(
  tx: EmployerTx,
  row: Posting,
  sighting: Sighting,
  by: string,
  way: "feed" | "hand-off",
): Promise<Posting> {
  const observedAt = new Date();
  switch (sighting.state) {
    case "live": {
      if (row.desired === "closed") throw new AppError("conflict", "This posting is being closed.");
      const url = sighting.url ? checkedLink(row, sighting.url) : null;
      if (way === "hand-off" && !url) {
        const message = "Paste the address of the job, so that everyone finds it.";
        throw new AppError("invalid", message, { fields: { url: message } });
      }
      const patch = {
        observedAt,
        reason: null,
        reasonField: null,
        observedVersion: row.desiredVersion,
        ...(url ? { url } : {}),
      };
      return movePosting(tx, row, { state: "live", by, note: "Seen on the board.", patch });
    }
    case "rejected": {
      const reason = sighting.reason?.trim().slice(0, 500) || `${boardName(row)} gave no reason.`;
      return movePosting(tx, row, { state: "rejected", by, note: reason, patch: { observedAt, reason } });
    }
    case "closed": {
      const fed = row.feedItem === null ? row : await takeFromFeed(tx, row, by);
      const patch = {
        desired: "closed" as const,
        closeReason: row.closeReason ?? "withdrawn",
        observedAt,
        reason: null,
      };
      return movePosting(tx, fed, { state: "closed", by, note: "Looked, and it is gone.", patch });
    }
    case "updated":
      return movePosting(tx, row, {
        by,
        note: "The text on the board is up to date.",
        patch: { observedVersion: row.desiredVersion },
      });
  }
}

/** What a person found out about a posting whose answer was lost. */
export type Finding = { found: string } | { again: true };

/** The id at the end of a listing's address, or the id itself. */
export function listingId(text: string): string | null {
  const last =
    text
      .trim()
      .replace(/[?#].*$/, "")
      .replace(/\/+$/, "")
      .split("/")
      .at(-1) ?? "";
  return /^\d+$/.test(last) ? last : (/-(\d+)$/.exec(last)?.[1] ?? (/^[\w.~-]{1,64}$/.test(last) ? last : null));
}

/**
 * Settles a sending whose fate is unknown: it is there under this link or id (which we then look at), or it is not and is
 * sent again. Needs postings:publish. AppError: not-found, invalid, conflict when nothing is open any more.
 */
export async function settleUnknown(actor: Actor, postingId: string, finding: Finding): Promise<void> {
  allow(actor, "postings:publish");
  const { employerId } = actor;
  await withEmployer(employerId, async (tx) => {
    const row = await locked(tx, employerId, postingId);
    if (row.state !== "your_step" || (await wayOf(tx, row)) !== "api" || row.sentAt === null) {
      throw new AppError("conflict", "This posting is settled already.");
    }
    if ("again" in finding) {
      await movePosting(tx, row, {
        state: "validating",
        by: actor.name,
        note: "Not there; sent again.",
        patch: { sentAt: null, externalId: null, reason: null, attempts: 0 },
      });
    } else {
      const externalId = await freeId(tx, row, finding.found);
      const note = "Said to be there; we look.";
      await movePosting(tx, row, { by: actor.name, note, patch: { externalId, observedVersion: null, attempts: 0 } });
    }
    await enqueue(tx, "posting-reconcile", { employerId, postingId });
    const action = "again" in finding ? "posting.sent_again" : "posting.found";
    await audit(tx, actor, action, { kind: "posting", id: row.id, name: boardName(row) });
  });
}

async function freeId(tx: EmployerTx, row: Posting, given: string): Promise<string> {
  const id = listingId(given);
  const refuse = (message: string) => new AppError("invalid", message, { fields: { found: message } });
  if (!id) throw refuse("Paste the address of the posting, or its id.");
  const [other] = await tx
    .select({ id: posting.id })
    .from(posting)
    .where(
      and(
        eq(posting.employerId, row.employerId),
        eq(posting.connectionId, row.connectionId),
        eq(posting.externalId, id),
      ),
    );
  if (other && other.id !== row.id) throw refuse("This is the posting of another job.");
  return id;
}

/** What a board's webhook says about a posting, by its own id or our key. False when it is none of ours. */
export async function applyPostingObservation(
  tx: EmployerTx,
  employerId: string,
  connectionId: string,
  observation: PostingObservation,
): Promise<boolean> {
  const ours = and(eq(posting.employerId, employerId), eq(posting.connectionId, connectionId));
  const { externalId } = observation;
  const [byId] = await tx
    .select()
    .from(posting)
    .where(and(ours, eq(posting.externalId, externalId)))
    .for("update");
  const [byKey] = byId
    ? [byId]
    : await tx
        .select()
        .from(posting)
        .where(and(ours, eq(posting.key, externalId)))
        .for("update");
  if (!byKey) return false;
  await see(tx, byKey, observation, boardName(byKey));
  return true;
}

export interface PostingSource {
  postingId: string;
  jobId: string;
  vendorId: string;
}

const source = { postingId: posting.id, jobId: posting.jobId, vendorId: posting.vendorId };

/** Which posting a board names by our key when it hands over an application. */
export async function postingByKey(
  tx: EmployerTx,
  employerId: string,
  connectionId: string,
  key: string,
): Promise<PostingSource | null> {
  const [row] = await tx
    .select(source)
    .from(posting)
    .where(and(eq(posting.employerId, employerId), eq(posting.connectionId, connectionId), eq(posting.key, key)));
  return row ?? null;
}

/** Somebody applied through a posting: proof that it is up where the board cannot be asked. */
export async function provedByApplication(tx: EmployerTx, employerId: string, postingId: string): Promise<void> {
  const [row] = await tx.select().from(posting).where(ofPosting(employerId, postingId)).for("update");
  if (row?.desired !== "live" || (row.state !== "queued" && row.state !== "in_review")) return;
  await movePosting(tx, row, {
    state: "live",
    by: boardName(row),
    note: "Somebody applied through it.",
    patch: { observedAt: new Date() },
  });
}
