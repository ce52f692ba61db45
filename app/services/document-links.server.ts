import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { instanceSecrets } from "#app/platform/dev-secrets.server.ts";
import { documentRow, type OpenDocument, openDocument } from "./documents.server.ts";
import { AppError } from "./errors.ts";
import { publicOrigin } from "./vendor-apps.server.ts";

/** A link opens for this long; whoever has it needs no session, so it is short. */
export const LINK_SECONDS = 300;

const claims = z.object({ employer: z.uuid(), document: z.uuid(), until: z.number().int() });

const macOf = (payload: string): Buffer =>
  createHmac("sha256", `document-link:${instanceSecrets().authSecret}`).update(payload).digest();

/** A signed address for one document of one employer. Give it only to callers that may read the document. */
export function documentLink(
  employerId: string,
  documentId: string,
  now: Date = new Date(),
): { url: string; expiresAt: Date } {
  const until = Math.floor(now.getTime() / 1000) + LINK_SECONDS;
  const payload = Buffer.from(JSON.stringify({ employer: employerId, document: documentId, until })).toString(
    "base64url",
  );
  const url = `${publicOrigin()}/resources/files/${payload}.${macOf(payload).toString("base64url")}`;
  return { url, expiresAt: new Date(until * 1000) };
}

/**
 * What a signed address opens. AppError not-found for one that is changed, too old, or whose document is not that
 * employer's: they all look alike. Otherwise as `openDocument`.
 */
export async function openLink(link: string, now: Date = new Date()): Promise<OpenDocument> {
  const gone = () => new AppError("not-found", "This link does not work any more. Ask for the document again.");
  const [payload = "", mac = ""] = link.split(".");
  const given = Buffer.from(mac, "base64url");
  const wanted = macOf(payload);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw gone();
  const { employer, document, until } = claims.parse(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")));
  if (until * 1000 <= now.getTime()) throw gone();
  return openDocument(await documentRow(employer, document));
}
