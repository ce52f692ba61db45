import { and, eq } from "drizzle-orm";
import { z } from "zod";
import type { InboundApplication } from "#app/integrations/contract/domain.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { job } from "#db/schema/hiring.ts";
import { posting } from "#db/schema/postings.ts";
import { receiveApplication } from "./applications.server.ts";
import { discardDocuments, storeInboundResume } from "./documents.server.ts";
import type { Connection } from "./vendor-context.server.ts";

/**
 * Takes in an application that a board handed over: finds the posting by its key, stores the résumé, writes the
 * application once. Kind validation when the board names a posting that is not ours. Returns what came of it in words.
 */
export async function takeBoardApplication(
  from: Pick<Connection, "employerId" | "id" | "vendorId" | "label">,
  { postingKey, resume, ...application }: InboundApplication,
): Promise<string> {
  const { employerId } = from;
  const place = await withEmployer(employerId, (tx) => placeOf(tx, employerId, postingKey));
  if (!place)
    throw new IntegrationError(
      "validation",
      `${from.label} names a posting that is not ours: ${postingKey.slice(0, 80)}.`,
    );
  const { documents, refused } = await storeInboundResume(employerId, resume ? { resume } : {});
  try {
    const { created, unusedDocuments } = await withEmployer(employerId, (tx) =>
      receiveApplication(tx, employerId, { ...application, ...place, documents }),
    );
    await discardDocuments(unusedDocuments);
    const took = created ? "Took in an application." : "This person had applied before.";
    return refused ? `${took} The file was left out: ${refused}` : took;
  } catch (error) {
    await discardDocuments(documents);
    throw error;
  }
}

/** Boards give back the posting's key; some only know our job. */
async function placeOf(
  tx: EmployerTx,
  employerId: string,
  key: string,
): Promise<{ jobId: string; postingId: string | null } | null> {
  const [known] = await tx
    .select({ jobId: posting.jobId, postingId: posting.id })
    .from(posting)
    .where(and(eq(posting.employerId, employerId), eq(posting.key, key)));
  if (known || !z.uuid().safeParse(key).success) return known ?? null;
  const [own] = await tx
    .select({ jobId: job.id })
    .from(job)
    .where(and(eq(job.employerId, employerId), eq(job.id, key)));
  return own ? { jobId: own.jobId, postingId: null } : null;
}
