import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { newId, seal } from "#app/platform/crypto.server.ts";
import { inboundPlace, openRequest, sealRequest } from "./inbound-envelope.server.ts";

const place = inboundPlace(newId(), newId());
const request = (body: Uint8Array) => ({
  ...{
    method: "POST",
    url: "/webhooks/greenhouse/x?y=é",
    headers: { "content-type": "application/json", name: "Zoë" },
  },
  body,
});

describe("a kept request", () => {
  it("comes back byte for byte, whatever its body", () => {
    const bodies = [
      Buffer.alloc(0),
      Buffer.from("{}"),
      randomBytes(70_000),
      Buffer.from([0, 255, 0xd8, 0]),
      Buffer.alloc(1_048_576, "x"),
    ];
    for (const body of bodies) {
      const opened = openRequest(sealRequest(request(body), place), place);
      expect({ ...opened, body: Buffer.from(opened.body).equals(body) }).toEqual({ ...request(body), body: true });
    }
  });

  it("takes far less room than it came in where it repeats itself", () => {
    const body = Buffer.from(JSON.stringify(Array.from({ length: 100 }, (_, id) => ({ id, state: "open" }))));
    expect(sealRequest(request(body), place).ciphertext.length).toBeLessThan(body.length / 2);
  });

  it("of the older form, one JSON text, still opens", () => {
    const body = Buffer.from('{"a":1}');
    const sealed = seal(JSON.stringify({ ...request(body), body: body.toString("base64") }), place);
    const opened = openRequest(sealed, place);
    expect({ ...opened, body: Buffer.from(opened.body).toString() }).toEqual({ ...request(body), body: '{"a":1}' });
  });
});
