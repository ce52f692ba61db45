import { describe, expect, it } from "vitest";
import { refuseEndpointUrl } from "./endpoint-url.server.ts";

describe("an address of an endpoint", () => {
  it.each(["payroll.", "localhost..", "db.internal..", "localhost.localdomain", "localhost6.localdomain6"])(
    "is refused in the form where its name can only lead inside: %s",
    (host) => {
      expect(refuseEndpointUrl(`https://${host}/hooks`)).toContain("not reachable from the internet");
    },
  );

  it.each(["outside.example", "outside.example.", "localhost.example", "internal.example", "8.8.8.8.nip.io"])(
    "is taken where its name may be public: %s",
    (host) => {
      expect(refuseEndpointUrl(`https://${host}/hooks`)).toBeNull();
    },
  );
});
