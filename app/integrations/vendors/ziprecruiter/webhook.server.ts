import type { Webhook } from "../../contract/capabilities.ts";
import { applicationEvent, readEvent } from "../../kit/events.server.ts";
import { applicationToDomain, applyPayload } from "./wire.ts";

export const webhook: Webhook = {
  signature: {
    scheme: "hmac",
    hash: "sha256",
    encoding: "base64",
    header: "x-ziprecruiter-signature",
    signed: "{timestamp}.{body}",
    timestamp: { header: "x-ziprecruiter-signature-timestamp", unit: "iso", toleranceSeconds: 300 },
    secret: { of: "connection", field: "webhookSecret" },
  },
  routing: { per: "connection" },
  parse(request) {
    const given = readEvent(request, applyPayload, "ZipRecruiter sent an applicant");
    const at = new Date(request.headers["x-ziprecruiter-signature-timestamp"] ?? "");
    return applicationEvent(given.response_id, applicationToDomain(given, at));
  },
};
