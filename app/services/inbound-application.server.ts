import { and, eq } from "drizzle-orm";
import { z } from "zod";
import type { InboundApplication } from "#app/integrations/contract/domain.ts";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { job } from "#db/schema/hiring.ts";
import { receiveApplication } from "./applications.server.ts";
import { recordHandOver } from "./dispositions.server.ts";
import { discardDocuments, storeInboundResume } from "./documents.server.ts";
import { postingByKey, provedByApplication } from "./posting-answers.server.ts";
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
  const place = await withEmployer(employerId, (tx) => placeOf(tx, from, postingKey));
  if (!place)
    throw new IntegrationError(
      "validation",
      `${from.label} names a posting that is not ours: ${postingKey.slice(0, 80)}.`,
    );
  const { documents, refused } = await storeInboundResume(employerId, resume ? { resume } : {});
  try {
    const { created, unusedDocuments } = await withEmployer(employerId, async (tx) => {
      const taken = await receiveApplication(tx, employerId, { ...application, ...place, documents });
      if (place.postingId !== null) await provedByApplication(tx, employerId, place.postingId);
      const { externalId } = application;
      if (externalId) await recordHandOver(tx, from, { applicationId: taken.applicationId, externalId });
      return taken;
    });
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
  { employerId, id: connectionId }: Pick<Connection, "employerId" | "id">,
  key: string,
): Promise<{ jobId: string; postingId: string | null } | null> {
  const known = await postingByKey(tx, employerId, connectionId, key);
  if (known) return { jobId: known.jobId, postingId: known.postingId };
  const [own] = z.uuid().safeParse(key).success
    ? await tx
        .select({ jobId: job.id })
        .from(job)
        .where(and(eq(job.employerId, employerId), eq(job.id, key)))
    : [];
  return own ? { jobId: own.jobId, postingId: null } : null;
}
