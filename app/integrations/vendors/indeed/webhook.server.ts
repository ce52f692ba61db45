import type { Webhook } from "../../contract/capabilities.ts";
import { applicationEvent, readEvent } from "../../kit/events.server.ts";
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
    return applicationEvent(given.id, applicationToDomain(given));
  },
};
