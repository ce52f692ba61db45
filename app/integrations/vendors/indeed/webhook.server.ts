import type { Webhook } from "../../contract/capabilities.ts";
import { IntegrationError } from "../../contract/errors.ts";
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
    const parsed = applyPayload.safeParse(JSON.parse(new TextDecoder().decode(request.body)));
    if (!parsed.success) {
      const path = parsed.error.issues[0]?.path.join(".") ?? "body";
      throw new IntegrationError("contract", `Indeed sent an application we cannot read: ${path}.`, { field: path });
    }
    const application = applicationToDomain(parsed.data);
    return [
      { kind: "application", dedupeId: parsed.data.id, type: "application", at: application.appliedAt, application },
    ];
  },
};
