import type { Webhook } from "../../contract/capabilities.ts";
import { IntegrationError } from "../../contract/errors.ts";
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
    const parsed = applyPayload.safeParse(JSON.parse(new TextDecoder().decode(request.body)));
    if (!parsed.success) {
      const path = parsed.error.issues[0]?.path.join(".") ?? "body";
      throw new IntegrationError("contract", `ZipRecruiter sent an applicant we cannot read: ${path}.`, {
        field: path,
      });
    }
    const at = new Date(request.headers["x-ziprecruiter-signature-timestamp"] ?? "");
    const application = applicationToDomain(parsed.data, at);
    return [{ kind: "application", dedupeId: parsed.data.response_id, type: "application", at, application }];
  },
};
