import { statSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { instanceSecrets } from "./dev-secrets.server.ts";
import { env, missingInProduction, parseEnv, setEnvironment, vendorClientFromEnv } from "./env.server.ts";

const before = env();
afterEach(() =>
  setEnvironment({ PATCHBAY_KEYS: before.PATCHBAY_KEYS, PATCHBAY_AUTH_SECRET: before.PATCHBAY_AUTH_SECRET }),
);

describe("the environment", () => {
  it("needs nothing in development", () => {
    const settings = parseEnv({});
    expect(settings).toMatchObject({
      NODE_ENV: "development",
      PATCHBAY_SANDBOX: "on",
      PATCHBAY_STATE: ".patchbay",
      PORT: 0,
    });
    expect(missingInProduction(settings)).toEqual([]);
  });

  it("names every secret that production lacks, each with a way to make one", () => {
    const missing = missingInProduction(parseEnv({ NODE_ENV: "production" }));
    expect(missing.map((line) => line.split(":")[0])).toEqual([
      "PATCHBAY_KEYS",
      "PATCHBAY_AUTH_SECRET",
      "PATCHBAY_URL",
      "DATABASE_URL",
    ]);
    expect(missing[0]).toContain("randomBytes(32)");
  });

  it("lets production choose the embedded database on purpose", () => {
    const settings = parseEnv({ NODE_ENV: "production", PATCHBAY_DATABASE: "embedded", PATCHBAY_KEYS: "", PORT: "80" });
    expect(missingInProduction(settings).join()).not.toContain("DATABASE_URL");
    expect(settings.PATCHBAY_SANDBOX).toBe("off");
  });

  it("says which values it cannot use", () => {
    expect(() => parseEnv({ PORT: "lots", PATCHBAY_URL: "patchbay.example" })).toThrow(/PORT: .*\n.*PATCHBAY_URL: /);
  });

  it("does not open private addresses in production", () => {
    const variables = { PATCHBAY_ALLOW_LOOPBACK_EGRESS: "127.0.0.1:80, localhost:81" };
    expect(parseEnv(variables).PATCHBAY_ALLOW_LOOPBACK_EGRESS).toEqual(["127.0.0.1:80", "localhost:81"]);
    expect(() => parseEnv({ ...variables, NODE_ENV: "production" })).toThrow("refused in production");
  });

  it("finds a vendor's OAuth client under the vendor's name", () => {
    setEnvironment({ PATCHBAY_GOOGLE_CALENDAR_CLIENT_ID: "id", PATCHBAY_GOOGLE_CALENDAR_CLIENT_SECRET: "secret" });
    expect(vendorClientFromEnv("google-calendar")).toEqual({ clientId: "id", clientSecret: "secret" });
    expect(vendorClientFromEnv("slack")).toBeUndefined();
    setEnvironment({
      PATCHBAY_GOOGLE_CALENDAR_CLIENT_ID: undefined,
      PATCHBAY_GOOGLE_CALENDAR_CLIENT_SECRET: undefined,
    });
  });
});

describe("without configured secrets", () => {
  it("development makes them once, readable by nobody else", () => {
    setEnvironment({ PATCHBAY_KEYS: undefined, PATCHBAY_AUTH_SECRET: undefined });
    const made = instanceSecrets();
    expect(made.created).toHaveLength(2);
    for (const file of made.created) expect(statSync(file).mode & 0o777).toBe(0o600);
    setEnvironment({});
    const read = instanceSecrets();
    expect(read).toMatchObject({ keys: made.keys, authSecret: made.authSecret, created: [] });
  });

  it("production does not make them", () => {
    setEnvironment({ NODE_ENV: "production", PATCHBAY_KEYS: undefined });
    expect(() => instanceSecrets()).toThrow("must be set in production");
    setEnvironment({ NODE_ENV: "test" });
  });
});
