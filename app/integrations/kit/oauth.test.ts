import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { IntegrationError } from "../contract/errors.ts";
import type { Manifest } from "../contract/manifest.ts";
import { createEgress } from "./egress.server.ts";
import {
  authorizationUrl,
  type ClientStrategy,
  type CodeStrategy,
  clientCredentials,
  exchangeCode,
  newConsent,
  readCallback,
  refreshGrant,
  revoke,
} from "./oauth.server.ts";

const code: CodeStrategy = {
  kind: "oauth2-code",
  authorizeUrl: "https://login.acme.example/authorize?tenant=all",
  tokenUrl: "https://api.acme.example/token",
  revokeUrl: "https://api.acme.example/revoke",
  pkce: "S256",
  scopes: [
    { name: "read", why: "" },
    { name: "write", why: "" },
    { name: "extra", why: "", optional: true },
  ],
  clientAuth: "body",
  refresh: "rotating",
  authorizeParams: { access_type: "offline" },
};
const byItself: ClientStrategy = {
  kind: "oauth2-client",
  tokenUrl: "https://api.acme.example/token",
  scopes: [],
  clientAuth: "basic",
  clientIdField: "id",
  clientSecretField: "secret",
  tokenParams: { sub: "user" },
  defaultTtl: 3600,
};
const manifest: Manifest = {
  id: "acme",
  name: "Acme",
  summary: "Sample",
  category: "ats",
  brand: { color: "#000000", site: "https://acme.example", monogram: "A" },
  cost: "free",
  signIn: "Sign-in",
  auth: code,
  fields: [],
  setup: [],
  environments: [{ id: "production", label: "Production" }],
  capabilities: [],
  hosts: ["api.acme.example"],
  rateLimit: { per: "connection", concurrency: 1, buckets: [] },
  docs: { api: "https://acme.example/docs", troubleshooting: [] },
  quality: "bronze",
  waivers: {},
};
const client = { clientId: "app 1", clientSecret: "a+/= b" };
const now = new Date(1790000000 * 1000);

const close: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of close.splice(0).reverse()) await one();
});

async function tokenServer(status: number, body: unknown, headers: Record<string, string> = {}) {
  const seen: { url: string; headers: IncomingMessage["headers"]; form: Record<string, string> }[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    seen.push({
      url: request.url ?? "",
      headers: request.headers,
      form: Object.fromEntries(new URLSearchParams(text)),
    });
    const sent = typeof body === "string" ? body : JSON.stringify(body);
    response
      .writeHead(status, { "content-type": typeof body === "string" ? "text/html" : "application/json", ...headers })
      .end(sent);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const egress = createEgress({ allow: [`127.0.0.1:${port}`] });
  close.push(
    () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
    () => egress.close(),
  );
  const io = {
    manifest,
    egress,
    rewrite: { kind: "sandbox", origin: `http://127.0.0.1:${port}` } as const,
    now: () => now,
  };
  return { io, seen };
}

async function failure(promise: Promise<unknown>): Promise<IntegrationError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof IntegrationError) return error;
  throw new TypeError(`Expected an IntegrationError, got ${String(error)}`);
}

const grant = { code: "c-1", redirectUri: "https://portal.example/oauth/acme/callback", codeVerifier: "v".repeat(43) };

describe("asking for consent", () => {
  const url = (strategy: CodeStrategy, extra = {}) =>
    authorizationUrl({
      io: { manifest, ...extra },
      strategy,
      clientId: "app 1",
      redirectUri: grant.redirectUri,
      state: "st-1",
      codeVerifier: grant.codeVerifier,
    });

  it("carries state, scopes, the challenge and the vendor's own parameters", () => {
    const { origin, pathname, searchParams } = url(code);
    expect(`${origin}${pathname}`).toBe("https://login.acme.example/authorize");
    expect(Object.fromEntries(searchParams)).toEqual({
      tenant: "all",
      response_type: "code",
      client_id: "app 1",
      redirect_uri: grant.redirectUri,
      state: "st-1",
      scope: "read write",
      code_challenge_method: "S256",
      code_challenge: createHash("sha256").update(grant.codeVerifier).digest("base64url"),
      access_type: "offline",
    });
  });

  it("leaves the challenge out and parts scopes by commas where the vendor wants that", () => {
    const { searchParams } = url({ ...code, pkce: "none", scopeSeparator: "," });
    expect(searchParams.get("scope")).toBe("read,write");
    expect(searchParams.has("code_challenge")).toBe(false);
  });

  it("asks with the environment's own parameters where they differ", () => {
    const environment = { id: "stage", label: "Stage", authorizeParams: { access_type: "online" } } as const;
    expect(url(code, { environment }).searchParams.get("access_type")).toBe("online");
    expect(url(code).searchParams.get("access_type")).toBe("offline");
  });

  it("leads to the sandbox when that is the environment", () => {
    const { href } = url(code, { rewrite: { kind: "sandbox", origin: "http://127.0.0.1:4600" } });
    expect(href).toMatch(/^http:\/\/127\.0\.0\.1:4600\/acme\/login\.acme\.example\/authorize\?tenant=all&/);
  });

  it("never gives the same state or verifier twice", () => {
    const many = Array.from({ length: 20 }, newConsent);
    expect(new Set(many.map((one) => one.state)).size).toBe(20);
    expect(many.every((one) => one.codeVerifier.length >= 43)).toBe(true);
  });
});

describe("the way back", () => {
  const back = (query: string, state = "st-1") => {
    try {
      return readCallback(new URLSearchParams(query), state);
    } catch (error) {
      return error instanceof IntegrationError ? error.kind : String(error);
    }
  };

  it("gives the code when the state is ours", () => {
    expect(back("code=abc&state=st-1")).toBe("abc");
  });

  it.each([
    ["code=abc&state=st-2", "auth-revoked"],
    ["code=abc", "auth-revoked"],
    ["error=access_denied&state=st-2", "auth-revoked"],
    ["error=access_denied&state=st-1", "forbidden"],
    ["error=invalid_scope&state=st-1", "config"],
    ["state=st-1", "config"],
  ])("%s is %s", (query, kind) => {
    expect(back(query)).toBe(kind);
  });

  it("accepts nothing when no state was kept", () => {
    expect(back("code=abc&state=", "")).toBe("auth-revoked");
  });
});

describe("a token answer", () => {
  it("is read whole, with the client in the body", async () => {
    const { io, seen } = await tokenServer(200, {
      access_token: "at",
      refresh_token: "rt",
      expires_in: 3599,
      scope: "read write",
      token_type: "Bearer",
      id_token: "not.looked.at",
      team: { id: "T1" },
    });
    const tokens = await exchangeCode(io, { ...code, keep: ["team.id", "absent"] }, client, grant);
    expect(tokens).toEqual({
      accessToken: "at",
      refreshToken: "rt",
      expiresAt: new Date(now.getTime() + 3_599_000),
      scopes: ["read", "write"],
      keep: { "team.id": "T1" },
    });
    expect(seen[0]?.url).toBe("/acme/api.acme.example/token");
    expect(seen[0]?.form).toEqual({
      grant_type: "authorization_code",
      code: "c-1",
      redirect_uri: grant.redirectUri,
      code_verifier: grant.codeVerifier,
      client_id: "app 1",
      client_secret: "a+/= b",
    });
  });

  it.each([
    [201, { access_token: "at", token_type: "bot", expires_in: "60" }, 60],
    [200, { access_token: "at", expires_at: "2026-09-21T14:23:20.000Z" }, 600],
    [200, { access_token: "at", expires_at: 1790000030 }, 30],
    [200, { ok: true, access_token: "at", scope: "a,b" }, null],
  ])("of status %i in the form %j lasts %s s", async (status, body, seconds) => {
    const { io } = await tokenServer(status, body);
    const tokens = await refreshGrant(io, code, client, "rt");
    expect(tokens.expiresAt).toEqual(seconds === null ? null : new Date(now.getTime() + seconds * 1000));
    expect(tokens.refreshToken).toBeNull();
  });

  it("for client credentials falls back on the vendor's usual lifetime and sends form-encoded Basic", async () => {
    const { io, seen } = await tokenServer(200, { access_token: "at" });
    const tokens = await clientCredentials(io, byItself, {
      id: "demo-client-id",
      secret: "demo-client-secret",
      user: "4000001",
    });
    expect(tokens.expiresAt).toEqual(new Date(now.getTime() + 3_600_000));
    expect(seen[0]?.headers.authorization).toBe("Basic ZGVtby1jbGllbnQtaWQ6ZGVtby1jbGllbnQtc2VjcmV0");
    expect(seen[0]?.form).toEqual({ grant_type: "client_credentials", sub: "4000001" });
    await clientCredentials(io, byItself, { id: "app 1", secret: "a+/= b" });
    expect(Buffer.from(seen[1]?.headers.authorization?.slice(6) ?? "", "base64").toString()).toBe("app+1:a%2B%2F%3D+b");
  });
});

describe("a refusal", () => {
  it.each([
    [400, { error: "invalid_grant" }, "auth-revoked"],
    [401, { error: "invalid_client" }, "config"],
    [400, { error: "invalid_scope" }, "config"],
    [200, { ok: false, error: "invalid_refresh_token" }, "auth-revoked"],
    [200, { ok: false, error: "bad_client_secret" }, "config"],
    [200, { error: "bad_verification_code" }, "auth-revoked"],
    [500, { error: "invalid_grant" }, "unavailable"],
    [503, "<html>Down</html>", "unavailable"],
    [200, "<html>Sign in</html>", "unavailable"],
    [200, { token: "elsewhere" }, "contract"],
    [307, {}, "contract"],
  ])("%i %j is %s", async (status, body, kind) => {
    const { io, seen } = await tokenServer(status, body, status === 307 ? { location: "/elsewhere" } : {});
    const error = await failure(refreshGrant(io, code, client, "rt-canary"));
    expect(error.kind).toBe(kind);
    expect(seen).toHaveLength(1);
    expect(`${error.message}${JSON.stringify(error.info)}`).not.toContain("rt-canary");
  });

  it("of client credentials is a dead credential", async () => {
    const { io } = await tokenServer(401, { error: "invalid_client" });
    expect((await failure(clientCredentials(io, byItself, { id: "a", secret: "b" }))).kind).toBe("auth-revoked");
  });

  it("keeps Retry-After", async () => {
    const { io } = await tokenServer(429, {}, { "retry-after": "9" });
    expect(await failure(refreshGrant(io, code, client, "rt"))).toMatchObject({
      kind: "rate-limited",
      info: { retryAfter: new Date(now.getTime() + 9_000) },
    });
  });

  it("is a network fault when nobody answers", async () => {
    const { io } = await tokenServer(200, {});
    const nobody = {
      ...io,
      rewrite: { kind: "sandbox", origin: "http://127.0.0.1:1" } as const,
      egress: createEgress({ allow: ["127.0.0.1:1"] }),
    };
    expect((await failure(refreshGrant(nobody, code, client, "rt"))).kind).toBe("network");
  });

  it("names the empty field before any call", () => {
    expect(() => clientCredentials({ manifest, egress: createEgress() }, byItself, { id: "a" })).toThrow(
      IntegrationError,
    );
  });
});

describe("revoking", () => {
  it.each([
    [200, {}],
    [400, { error: "invalid_token" }],
  ])("is done on %i %j", async (status, body) => {
    const { io, seen } = await tokenServer(status, body);
    await revoke(io, code, client, "rt");
    expect(seen[0]).toMatchObject({ url: "/acme/api.acme.example/revoke", form: { token: "rt" } });
  });

  it("fails loudly when the vendor is down", async () => {
    const { io } = await tokenServer(503, {});
    expect((await failure(revoke(io, code, client, "rt"))).kind).toBe("unavailable");
  });
});
