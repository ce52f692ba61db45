import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { and, asc, eq, inArray, lt } from "drizzle-orm";
import { log } from "#app/platform/log.server.ts";
import { sql, withEmployer } from "#db/client.server.ts";
import { document } from "#db/schema/hiring.ts";
import { enqueueMany } from "#jobs/enqueue.server.ts";
import { systemActor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { documentScanner } from "./document-scanner.server.ts";
import { documentStore } from "./document-store.server.ts";
import { documentBytes, documentRow } from "./documents.server.ts";
import { AppError } from "./errors.ts";

/**
 * Has one document looked at and writes down what came of it. Whatever goes wrong on the way is thrown, and the document
 * stays held back: only a verdict opens it. Without a scanner nothing is decided.
 */
export async function scanDocument(employerId: string, documentId: string, signal: AbortSignal): Promise<void> {
  const scanner = documentScanner();
  if (!scanner) return;
  const row = await documentRow(employerId, documentId).catch((error: unknown) => {
    if (error instanceof AppError && error.kind === "not-found") return null;
    throw error;
  });
  if (!row || row.scan === "clean" || row.scan === "refused") return;
  const verdict = await scanner(await documentBytes(row), signal);
  await withEmployer(employerId, async (tx) => {
    await tx
      .update(document)
      .set({ scan: verdict.clean ? "clean" : "refused", scanNote: verdict.clean ? null : verdict.reason })
      .where(and(eq(document.employerId, employerId), eq(document.id, documentId)));
    if (verdict.clean) return;
    const subject = { kind: "document", id: documentId, name: row.fileName };
    await audit(tx, systemActor(employerId, "Virus scan"), "document.held_back", subject, { reason: verdict.reason });
  });
}

const PATIENCE_MS = 10 * 60_000;
const ROUND = 500;

/**
 * Gives a job to every document that still waits for its scan, also to those that came before there was a scanner, and
 * removes what uploads left behind that broke off. Answers with how many were woken.
 */
export async function wakeDocuments(now: Date = new Date()): Promise<number> {
  await removeLeftOvers(now);
  if (!documentScanner()) return 0;
  const employers = await sql<{ id: string }[]>`select id from employer`;
  let woken = 0;
  for (const { id: employerId } of employers) {
    woken += await withEmployer(employerId, async (tx) => {
      const waiting = await tx
        .select({ id: document.id })
        .from(document)
        .where(
          and(
            eq(document.employerId, employerId),
            inArray(document.scan, ["waiting", "none"]),
            lt(document.createdAt, new Date(now.getTime() - PATIENCE_MS)),
          ),
        )
        .orderBy(asc(document.id))
        .limit(ROUND);
      await enqueueMany(
        tx,
        waiting.map(({ id }) => ({ name: "document-scan" as const, payload: { employerId, documentId: id } })),
      );
      return waiting.length;
    });
  }
  return woken;
}

const DAY_MS = 24 * 3600_000;

async function removeLeftOvers(now: Date): Promise<void> {
  const { incoming } = await documentStore();
  const names = await readdir(incoming).catch(() => []);
  for (const name of names) {
    const path = join(incoming, name);
    const info = await stat(path).catch(() => null);
    if (!info?.isFile() || now.getTime() - info.mtimeMs < DAY_MS) continue;
    await rm(path, { force: true });
    log().info({ path }, "Removed what a broken-off upload had left.");
  }
}
