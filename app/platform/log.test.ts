import { expect, it } from "vitest";
import { createLogger } from "./log.server.ts";

it("writes ids and replaces secrets, at the top and inside", () => {
  const lines: string[] = [];
  const logger = createLogger({ write: (line) => lines.push(line) }).child({ connectionId: "c1" });
  logger.info({ token: "canary", headers: { authorization: "canary", "set-cookie": "canary" } }, "called the vendor");
  logger.info({ request: { body: { client_secret: "canary", refreshToken: "canary" } } }, "again");
  expect(lines).toHaveLength(2);
  expect(lines.join("")).toContain('"connectionId":"c1"');
  expect(lines.join("")).not.toContain("canary");
});
