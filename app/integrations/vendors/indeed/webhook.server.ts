import type { Webhook } from "../../contract/capabilities.ts";
import { readEvent } from "../../kit/events.server.ts";
import { applicationToDomain, applyPayload } from "./wire.ts";

export const webhook: Webhook = {
  signature: {
    scheme: "hmac",
    hash: "sha1",
    encoding: "base64",
    header: "x-indeed-signature",
    signed: "{body}",
    secret: { of: "connection", field: "applySecret" },
  },
  routing: { per: "connection" },
  parse(request) {
    const given = readEvent(request, applyPayload, "Indeed sent an application");
    const application = applicationToDomain(given);
    return [{ kind: "application", dedupeId: given.id, type: "application", at: application.appliedAt, application }];
  },
};
