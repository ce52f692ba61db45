import { z } from "zod";
import type { InboundEvent, RawRequest, Webhook } from "../../contract/capabilities.ts";
import { ignored, readEvent } from "../../kit/events.server.ts";
import { anyId } from "../../kit/shapes.ts";

const body = z.object({
  eventType: z.string(),
  id: anyId,
  applicationId: anyId.nullish(),
  jobId: anyId.nullish(),
  newValue: z.unknown().optional(),
  date: z.number().nullish(),
});

/**
 * The event only says what to read again. Whether `id` names the event or the record is not documented, so everything
 * that tells two events apart is part of their identity.
 */
function parse(request: RawRequest): readonly InboundEvent[] {
  const topic = request.url.split("?")[0]?.split("/").at(-1) ?? "";
  const {
    id,
    eventType: type,
    applicationId,
    jobId,
    newValue,
    date,
  } = readEvent(request, body, "Jobvite sent an event");
  const identity = [topic, id, type, applicationId ?? jobId ?? "", date ?? "", JSON.stringify(newValue ?? "")];
  const base = { dedupeId: identity.join(" "), type, at: new Date(date ?? 0) };
  if (topic === "candidate" && applicationId)
    return [{ ...base, kind: "changed", resource: "applications", externalId: applicationId }];
  if (topic === "job" && jobId) return [{ ...base, kind: "changed", resource: "jobs", externalId: jobId }];
  return ignored(base, `“${type}” names nothing that we hold.`);
}

export const webhook: Webhook = {
  signature: {
    scheme: "hmac",
    hash: "sha256",
    encoding: "base64",
    header: "x-jobvite-event-signature",
    signed: "{body}",
    secret: { of: "connection", field: "webhookKey" },
  },
  routing: { per: "path", topics: ["candidate", "job"] },
  identity: "body",
  parse,
};
