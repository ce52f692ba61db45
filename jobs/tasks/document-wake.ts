import { wakeDocuments } from "#app/services/document-scan.server.ts";

/** Every ten minutes: documents that still wait for their scan get a job again. */
export default async (): Promise<void> => {
  await wakeDocuments();
};
