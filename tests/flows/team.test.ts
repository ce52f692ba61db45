import { createServer } from "node:http";
import { afterAll, describe, expect, it } from "vitest";
import { setEnvironment } from "#app/platform/env.server.ts";
import { rolePermissions } from "#app/platform/permissions.ts";
import { actorOfKey, createApiKey, revokeApiKey } from "#app/services/api-keys.server.ts";
import { changeRole, invite, listTeam, removeMember } from "#app/services/team.server.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { signedIn, testMember } from "#tests/support/people.ts";
import { Visitor } from "#tests/support/visitor.ts";

await testDatabase();
const { url } = await testApp();

const mails: string[] = [];
const mailbox = createServer((request, response) => {
  request.setEncoding("utf8").on("data", (part: string) => mails.push(part));
  request.on("end", () => response.writeHead(201).end("{}"));
});
await new Promise<void>((resolve) => mailbox.listen(0, "127.0.0.1", resolve));
const address = mailbox.address();
const port = typeof address === "object" && address ? address.port : 0;
setEnvironment({ PATCHBAY_SANDBOX_URL: `http://127.0.0.1:${port}` });
afterAll(() => mailbox.close());

const pathIn = (link: string) => link.replace(url, "");

describe("an invitation", () => {
  it("goes by mail, and whoever gets it joins with a new account", async () => {
    const owner = await testMember();
    const visitor = await signedIn(url, owner);
    const answer = await visitor.post("/settings/team", {
      intent: "invite",
      email: "New@Example.com",
      role: "recruiter",
    });
    expect(answer.location).toBe("/settings/team");
    const link = new RegExp(`${url}/invite/[^\\\\]+`).exec(mails.at(-1) ?? "")?.[0] ?? "";
    const guest = new Visitor(url);
    expect((await guest.get(pathIn(link))).body).toContain("new@example.com");
    const short = await guest.post(pathIn(link), { name: "Ana", password: "short" });
    expect(short.body).toContain("At least 10 characters.");
    expect((await guest.post(pathIn(link), { name: "Ana", password: "long enough, this" })).location).toBe("/");
    expect((await guest.get("/settings/team")).body).toContain("Ana");
    const members = (await listTeam(owner.actor)).members.map(({ name, role }) => `${name}: ${role}`);
    expect(members).toContain("Ana: recruiter");
    expect((await new Visitor(url).get(pathIn(link))).status).toBe(404);
  });

  it("opens for nobody without the key of the mail", async () => {
    const owner = await testMember();
    const { link } = await invite(owner.actor, { email: "guess@example.com", role: "viewer" }, url);
    const { pathname } = new URL(link);
    for (const path of [pathname, `${pathname}?key=${"A".repeat(43)}`]) {
      expect((await new Visitor(url).get(path)).status).toBe(404);
      expect((await new Visitor(url).post(path, { name: "X", password: "long enough, this" })).status).toBe(404);
    }
  });

  it("is refused to a signed-in person with another address, and taken by the right one", async () => {
    const owner = await testMember();
    const other = await testMember();
    const { link } = await invite(owner.actor, { email: other.email, role: "viewer" }, url);
    const wrong = await signedIn(url, await testMember());
    expect((await wrong.post(pathIn(link), {})).status).toBe(403);
    const right = await signedIn(url, other);
    expect((await right.post(pathIn(link), {})).location).toBe("/");
    expect((await listTeam(owner.actor)).members.map((row) => row.userId)).toContain(other.userId);
  });
});

describe("roles", () => {
  it("keep recruiters out of the team's, the keys' and the log's changes", async () => {
    const owner = await testMember();
    const recruiter = await testMember({ role: "recruiter", employerId: owner.employerId });
    const visitor = await signedIn(url, recruiter);
    const post = (path: string, fields: Record<string, string>) =>
      visitor.post(path, fields).then(({ status }) => status);
    expect(await post("/settings/team", { intent: "invite", email: "a@example.com", role: "viewer" })).toBe(403);
    expect(await post("/settings", { name: "Mine now" })).toBe(403);
    expect(await post("/settings/api-keys", { name: "x" })).toBe(403);
    for (const path of ["/settings/api-keys", "/settings/audit", "/settings/audit.csv"]) {
      expect((await visitor.get(path)).status).toBe(403);
    }
  });

  it("let only owners touch owners, and keep the last one", async () => {
    const owner = await testMember();
    const admin = await testMember({ role: "admin", employerId: owner.employerId });
    const { members } = await listTeam(owner.actor);
    const idOf = (userId: string) => members.find((row) => row.userId === userId)?.id ?? "";
    await expect(changeRole(admin.actor, idOf(owner.userId), "viewer")).rejects.toMatchObject({ kind: "forbidden" });
    await expect(changeRole(admin.actor, idOf(admin.userId), "owner")).rejects.toMatchObject({ kind: "forbidden" });
    await expect(removeMember(owner.actor, idOf(owner.userId))).rejects.toMatchObject({ kind: "conflict" });
    await changeRole(owner.actor, idOf(admin.userId), "owner");
    await removeMember(owner.actor, idOf(owner.userId));
    const stranger = await testMember();
    await expect(changeRole(stranger.actor, idOf(admin.userId), "viewer")).rejects.toMatchObject({ kind: "not-found" });
  });
});

describe("an API key", () => {
  it("is shown once, does what it may and ends at once", async () => {
    const owner = await testMember();
    const visitor = await signedIn(url, owner);
    const fields: [string, string][] = [
      ["name", "export"],
      ["scopes", "jobs:read"],
      ["scopes", "team:manage"],
      ["days", "90"],
    ];
    const key = /pbk_[0-9a-f]{32}_[\w-]{43}/.exec((await visitor.post("/settings/api-keys", fields)).body)?.[0] ?? "";
    expect((await visitor.get("/settings/api-keys")).body).not.toContain(key);
    const actor = await actorOfKey(key);
    expect(actor).toMatchObject({ kind: "api", employerId: owner.employerId, permissions: new Set(["jobs:read"]) });
    await revokeApiKey(owner.actor, actor?.id ?? "");
    expect(await actorOfKey(key)).toBeNull();
    expect(await actorOfKey(`${key.slice(0, -1)}_`)).toBeNull();
  });

  it("never may more than its maker", async () => {
    const { actor } = await testMember();
    const lesser = { ...actor, permissions: new Set(["api-keys:manage", "jobs:read"] as const) };
    const input = { name: "x", scopes: ["jobs:manage"], days: null };
    await expect(createApiKey(lesser, input)).rejects.toMatchObject({ kind: "forbidden" });
    expect(rolePermissions.viewer.has("jobs:manage")).toBe(false);
  });
});
