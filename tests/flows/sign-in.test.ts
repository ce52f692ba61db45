import { describe, expect, it } from "vitest";
import { auth } from "#app/services/auth.server.ts";
import { createSignInLink, signIn } from "#app/services/sign-in.server.ts";
import { tidyPeople } from "#app/services/tidy.server.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { PASSWORD, signedIn, testMember } from "#tests/support/people.ts";
import { Visitor } from "#tests/support/visitor.ts";

await testDatabase();
const { url } = await testApp();

const login = (email: string, password: string, headers: Record<string, string> = {}, visitor = new Visitor(url)) =>
  visitor.post("/login", { email, password, intent: "password", next: "/health" }, headers);
const pathOf = (link: string | null) => (link ?? "").replace(url, "");
const tokenOf = (link: string | null) => new URL(link ?? url).searchParams.get("token") ?? "";

describe("signing in by password", () => {
  it("leads a stranger from any page to the sign-in page and back to that page", async () => {
    const visitor = new Visitor(url);
    const refused = await visitor.get("/?x=1");
    expect(refused).toMatchObject({ status: 302, location: "/integrations" });
    const member = await testMember();
    expect(await login(member.email, PASSWORD, {}, visitor)).toMatchObject({ status: 302, location: "/health" });
    expect(await visitor.get("/login")).toMatchObject({ status: 302, location: "/" });
  });

  it("never says which half of a wrong pair is wrong", async () => {
    const member = await testMember();
    const [wrong, unknown] = [
      await login(member.email, "not the password"),
      await login("nobody@example.com", PASSWORD),
    ];
    expect([wrong.status, unknown.status]).toEqual([400, 400]);
    for (const answer of [wrong, unknown])
      expect(answer.body).toContain("This address and password do not fit together.");
  });

  it("keeps a caller from trying a ninth password, even the right one", async () => {
    const member = await testMember();
    for (let attempt = 0; attempt < 8; attempt += 1) await login(member.email, `guess ${attempt}`);
    const answer = await login(member.email, PASSWORD);
    expect(answer.body).toContain("Too many tries.");
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it("refuses a form that another site sent", async () => {
    const member = await testMember();
    for (const origin of ["https://evil.example", "null"]) {
      const answer = await login(member.email, PASSWORD, { origin });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.headers.getSetCookie()).toEqual([]);
      const request = new Request(`${url}/login`, { method: "POST", headers: { origin } });
      const byService = signIn(request, { email: member.email, password: PASSWORD });
      await expect(byService).rejects.toMatchObject({ kind: "forbidden" });
    }
  });

  it("does not lead to another site afterwards", async () => {
    const member = await testMember();
    const visitor = new Visitor(url);
    const fields = { email: member.email, password: PASSWORD, intent: "password", next: "//evil.example/x" };
    expect((await visitor.post("/login", fields)).location).toBe("/");
  });

  it("ends with signing out, which another site cannot do for you", async () => {
    const visitor = await signedIn(url, await testMember());
    expect((await visitor.post("/logout", {}, { origin: "https://evil.example" })).status).toBe(403);
    expect((await visitor.get("/no-employer")).location).toBe("/");
    expect((await visitor.post("/logout", {})).location).toBe("/login");
    expect((await visitor.get("/no-employer")).location).toBe("/login?next=%2Fno-employer");
  });
});

describe("signing in by link", () => {
  it("spends nothing when it is only read, and works once", async () => {
    const member = await testMember();
    const link = await createSignInLink(member.email);
    const scanner = new Visitor(url);
    expect((await scanner.get(pathOf(link))).body).toContain("Press the button");
    const visitor = new Visitor(url);
    const token = tokenOf(link);
    expect(await visitor.post("/login/link", { token, next: "/jobs" })).toMatchObject({
      status: 302,
      location: "/jobs",
    });
    expect((await visitor.get("/no-employer")).location).toBe("/");
    const second = await new Visitor(url).post("/login/link", { token });
    expect(second.status).toBe(400);
    expect(second.body).toContain("This link was used or is too old.");
  });

  it("makes none for a stranger", async () => {
    expect(await createSignInLink("nobody@example.com")).toBeNull();
  });

  it("is not stored in a form that signs in", async () => {
    const member = await testMember();
    const token = tokenOf(await createSignInLink(member.email));
    const stored = await (await auth().$context).adapter.findMany<{ identifier: string }>({ model: "verification" });
    expect(stored.length).toBeGreaterThan(0);
    for (const row of stored) expect(row.identifier).not.toContain(token);
  });
});

describe("what ran out", () => {
  it("is forgotten, and what is in force stays", async () => {
    const member = await testMember();
    const visitor = await signedIn(url, member);
    await createSignInLink(member.email);
    const inTwentyMinutes = new Date(Date.now() + 20 * 60 * 1000);
    expect(await tidyPeople(inTwentyMinutes)).toBeGreaterThan(0);
    expect(await (await auth().$context).adapter.findMany({ model: "verification" })).toEqual([]);
    expect((await visitor.get("/no-employer")).location).toBe("/");
  });
});
