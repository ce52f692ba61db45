import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { sql as statement } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEgress, type Egress } from "#app/integrations/kit/egress.server.ts";
import { childEnvironment } from "#app/platform/env.server.ts";
import { inProject } from "#app/platform/paths.server.ts";
import {
  createCredentials,
  finishRefreshes,
  type GrantSource,
  readCredentials,
  refreshNow,
  saveGrant,
} from "#app/services/credentials.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { credential } from "#db/schema/connections.ts";
import { makeConnection, makeEmployer } from "#tests/support/connections.ts";
import { testDatabase } from "#tests/support/database.ts";
import { startTokenServer, type TokenServer, tokenVendor } from "#tests/support/token-server.ts";

const database = await testDatabase();
let server: TokenServer;
let egress: Egress;
let source: GrantSource;

beforeEach(async () => {
  server = await startTokenServer("refresh-0");
  egress = createEgress({ allow: [new URL(server.origin).host] });
  const employerId = await makeEmployer();
  const connectionId = await makeConnection(employerId, { vendorId: tokenVendor.id });
  source = {
    employerId,
    connectionId,
    strategy: tokenVendor.auth.kind === "choice" ? { kind: "none" } : tokenVendor.auth,
    io: { manifest: tokenVendor, egress, rewrite: { kind: "origin", origin: server.origin } },
    client: async () => ({ clientId: "client", clientSecret: "secret" }),
  };
  await signIn(new Date(Date.now() - 1_000));
});
afterEach(async () => {
  await egress.close();
  await server.close();
});

const signIn = (expiresAt: Date) =>
  withEmployer(source.employerId, (tx) =>
    saveGrant(
      tx,
      source.employerId,
      source.connectionId,
      { accessToken: "access-0", refreshToken: "refresh-0", expiresAt, scopes: ["read"], keep: {} },
      true,
    ),
  );

const stored = async () =>
  (await withEmployer(source.employerId, (tx) => readCredentials(tx, source.employerId, source.connectionId))).grant;

type Child = ChildProcessByStdio<Writable, Readable, null>;

async function startProcess(calls: number): Promise<{ go(): Promise<string[]> }> {
  const child: Child = spawn(
    process.execPath,
    [
      inProject("tests", "support", "processes", "refresh.ts"),
      server.origin,
      source.employerId,
      source.connectionId,
      String(calls),
    ],
    {
      stdio: ["pipe", "pipe", "inherit"],
      env: childEnvironment({ DATABASE_URL: database.appUrl, DATABASE_POOL: "4" }),
    },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return {
    async go() {
      child.stdin.write("go\n");
      const line = await lines.next();
      if (child.exitCode === null) await once(child, "exit");
      const tokens: unknown = JSON.parse(String(line.value));
      return Array.isArray(tokens) ? tokens.map(String) : [];
    },
  };
}

describe("many calls on an expired rotating token", () => {
  it.each([20, 50])("in this process: %i calls, one refresh", async (calls) => {
    const tokens = await Promise.all(
      Array.from({ length: calls }, async () => (await createCredentials(source).current()).accessToken),
    );
    expect(new Set(tokens)).toEqual(new Set(["access-1"]));
    expect(server.requests).toBe(1);
    expect(await stored()).toMatchObject({ accessToken: "access-1", refreshToken: "refresh-1", revoked: false });
  });

  it("over three processes with twenty calls each: one refresh, and everybody has its token", async () => {
    server.before = () => new Promise((resolve) => setTimeout(resolve, 300));
    const processes = await Promise.all(Array.from({ length: 3 }, () => startProcess(20)));
    const tokens = (await Promise.all(processes.map((one) => one.go()))).flat();
    expect(tokens).toHaveLength(60);
    expect(new Set(tokens)).toEqual(new Set(["access-1"]));
    expect(server.requests).toBe(1);
    expect(await stored()).toMatchObject({ refreshToken: "refresh-1", revoked: false });
  });
});

describe("a refresh that fails", () => {
  it.each([
    { status: 500, kind: "unavailable" },
    { status: 503, kind: "unavailable" },
    { status: 429, kind: "rate-limited" },
  ])("with $status never revokes, and the next one works", async ({ status, kind }) => {
    server.instead = { status, body: { error: "server_error" }, headers: { "retry-after": "1" } };
    await expect(createCredentials(source).current()).rejects.toMatchObject({ kind });
    expect(await stored()).toMatchObject({ refreshToken: "refresh-0", revoked: false });
    server.instead = null;
    expect((await createCredentials(source).current()).accessToken).toBe("access-1");
  });

  it("because nobody answers never revokes", async () => {
    await server.close();
    await expect(createCredentials(source).current()).rejects.toMatchObject({ kind: "network" });
    expect(await stored()).toMatchObject({ revoked: false });
  });

  it("with invalid_grant is a revocation at once, and is not tried again", async () => {
    server.next = "somebody else's";
    await expect(createCredentials(source).current()).rejects.toMatchObject({ kind: "auth-revoked" });
    await expect(createCredentials(source).current()).rejects.toMatchObject({ kind: "auth-revoked" });
    expect(server.requests).toBe(1);
    expect(await stored()).toMatchObject({ revoked: true });
  });

  it("with invalid_grant after somebody else renewed uses the winner's token", async () => {
    server.before = async () => {
      server.before = async () => {};
      server.next = "spent";
      await withEmployer(source.employerId, (tx) =>
        saveGrant(
          tx,
          source.employerId,
          source.connectionId,
          { accessToken: "winner", refreshToken: "w", expiresAt: null, scopes: null, keep: {} },
          true,
        ),
      );
    };
    expect((await createCredentials(source).current()).accessToken).toBe("winner");
    expect(await stored()).toMatchObject({ accessToken: "winner", revoked: false });
  });
});

describe("a caller that leaves", () => {
  it("does not take the answer with it: a rotating token that was sent is kept", async () => {
    const leaving = new AbortController();
    server.before = async () => {
      leaving.abort(new Error("stopped by the person"));
      await new Promise((resolve) => setTimeout(resolve, 200));
    };
    const impatient = { ...source, io: { ...source.io, signal: leaving.signal } };
    await expect(createCredentials(impatient).current()).rejects.toThrow("stopped by the person");
    await finishRefreshes();
    expect(await stored()).toMatchObject({ refreshToken: "refresh-1", revoked: false });
    expect(server.requests).toBe(1);
  });
});

describe("an answer that never came", () => {
  it("is told as lost when the vendor then refuses the old token, and forgotten when it does not", async () => {
    server.before = async () => {
      server.before = async () => {};
      server.next = "given to nobody";
      server.drop();
    };
    await expect(createCredentials(source).current()).rejects.toMatchObject({ kind: "network" });
    expect(await stored()).toMatchObject({ revoked: false });
    const lost = { kind: "auth-revoked", message: expect.stringContaining("cut off"), info: { lost: true } };
    await expect(createCredentials(source).current()).rejects.toMatchObject(lost);
    await signIn(new Date(Date.now() - 1_000));
    server.next = "refresh-0";
    expect((await createCredentials(source).current()).accessToken).toMatch(/^access-/);
    expect((await stored())?.reason).toBeNull();
  });
});

describe("the fence", () => {
  it("keeps a new sign-in from being overwritten by a refresh of the old one", async () => {
    server.before = async () => {
      await signIn(new Date(Date.now() + 3_600_000));
    };
    const version = (await stored())?.version ?? 0;
    expect((await refreshNow(source, version)).accessToken).toBe("access-0");
    expect(await stored()).toMatchObject({ accessToken: "access-0", version: version + 1 });
  });

  it("keeps the new refresh token of a process that stalled past its lease", async () => {
    server.before = () =>
      withEmployer(source.employerId, async (tx) => {
        await tx.update(credential).set({ leaseOwner: "a thief", leaseUntil: statement`now() + interval '30 s'` });
      });
    expect((await createCredentials(source).current()).accessToken).toBe("access-1");
    expect(await stored()).toMatchObject({ refreshToken: "refresh-1" });
  });

  it("lets somebody else take over when the owner of a lease died", async () => {
    await withEmployer(source.employerId, (tx) =>
      tx.update(credential).set({ leaseOwner: "dead", leaseUntil: statement`now() - interval '1 s'` }),
    );
    expect((await createCredentials(source).current()).accessToken).toBe("access-1");
  });
});

it("what is stored holds neither token in the clear", async () => {
  const rows = await withEmployer(source.employerId, (tx) => tx.select().from(credential));
  const bytes = Buffer.concat(rows.map((row) => Buffer.from(row.ciphertext))).toString("latin1");
  expect(bytes).not.toContain("access-0");
  expect(JSON.stringify(rows)).not.toContain("refresh-0");
});
