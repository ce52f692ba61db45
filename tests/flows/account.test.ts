import { createOTP } from "@better-auth/utils/otp";
import { describe, expect, it } from "vitest";
import { verifyAuditChain } from "#app/services/audit.server.ts";
import { createSignInLink } from "#app/services/sign-in.server.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { PASSWORD, signedIn, type TestMember, testMember } from "#tests/support/people.ts";
import { Visitor } from "#tests/support/visitor.ts";

await testDatabase();
const { url } = await testApp();
const account = "/settings/account";

const plain = (html: string) => html.replaceAll("&amp;", "&");
const isIn = async (visitor: Visitor) => (await visitor.get("/no-employer")).location === "/";

/** Switches two-factor on by the page, as a person without script would. */
async function withTwoFactor(): Promise<{
  member: TestMember;
  code: () => Promise<string>;
  backup: string;
  visitor: Visitor;
}> {
  const member = await testMember();
  const visitor = await signedIn(url, member);
  const begun = await visitor.post(account, { intent: "two-factor-begin", password: PASSWORD });
  const uri = /href="(otpauth:[^"]+)"/.exec(begun.body)?.[1] ?? "";
  const secret = new URL(plain(uri)).searchParams.get("secret") ?? "";
  const backup = /Backup codes.*?<code>([^<\n]+)/s.exec(begun.body)?.[1] ?? "";
  const code = () => createOTP(fromBase32(secret)).totp();
  const confirmed = await visitor.post(account, { intent: "two-factor-confirm", code: await code() });
  expect(confirmed).toMatchObject({ status: 302, location: account });
  return { member, code, backup, visitor };
}

function fromBase32(text: string): string {
  const bits = [...text].map((letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
  );
  const bytes = bits.join("").match(/.{8}/g) ?? [];
  return bytes.map((byte) => String.fromCharCode(Number.parseInt(byte, 2))).join("");
}

describe("two-factor", () => {
  it("is asked for after the password, and a wrong code lets nobody in", async () => {
    const { member, code } = await withTwoFactor();
    const visitor = new Visitor(url);
    const first = await visitor.post("/login", { email: member.email, password: PASSWORD, next: "/jobs" });
    expect(first.location).toBe("/login/two-factor?next=%2Fjobs");
    expect(await isIn(visitor)).toBe(false);
    const wrong = await visitor.post("/login/two-factor", { code: "000000", kind: "app", next: "/jobs" });
    expect(wrong.status).toBe(400);
    expect(await isIn(visitor)).toBe(false);
    const right = await visitor.post("/login/two-factor", { code: await code(), kind: "app", next: "/jobs" });
    expect(right.location).toBe("/jobs");
    expect(await isIn(visitor)).toBe(true);
  });

  it("is asked for after a sign-in link too", async () => {
    const { member, code } = await withTwoFactor();
    const token = new URL((await createSignInLink(member.email)) ?? url).searchParams.get("token") ?? "";
    const visitor = new Visitor(url);
    const first = await visitor.post("/login/link", { token, next: "/jobs" });
    expect(first.location).toBe("/login/two-factor?next=%2Fjobs");
    expect(await isIn(visitor)).toBe(false);
    await visitor.post("/login/two-factor", { code: await code(), kind: "app" });
    expect(await isIn(visitor)).toBe(true);
  });

  it("takes each backup code once", async () => {
    const { member, backup } = await withTwoFactor();
    const tryBackup = async () => {
      const visitor = new Visitor(url);
      await visitor.post("/login", { email: member.email, password: PASSWORD });
      await visitor.post("/login/two-factor", { code: backup, kind: "backup" });
      return isIn(visitor);
    };
    expect([await tryBackup(), await tryBackup()]).toEqual([true, false]);
  });

  it("begins and ends by password only", async () => {
    const { visitor, member } = await withTwoFactor();
    const refused = await visitor.post(account, { intent: "two-factor-end", password: "not the password" });
    expect(refused.status).toBe(400);
    const ended = await visitor.post(account, { intent: "two-factor-end", password: PASSWORD });
    expect(ended.location).toBe(account);
    expect(
      (await new Visitor(url).post("/login", { email: member.email, password: PASSWORD, next: "/" })).location,
    ).toBe("/");
    expect(await verifyAuditChain(member.employerId)).toMatchObject({ brokenAt: null, entries: 4 });
  });
});

describe("a person's account", () => {
  it("changes the password, ends the other sessions and keeps this one", async () => {
    const member = await testMember();
    const [here, there] = [await signedIn(url, member), await signedIn(url, member)];
    const wrong = await here.post(account, { intent: "password", current: "guess", next: "a new long password" });
    expect(wrong.body).toContain("This is not your password.");
    await here.post(account, { intent: "password", current: PASSWORD, next: "a new long password" });
    expect([await isIn(here), await isIn(there)]).toEqual([true, false]);
  });

  it("shows the sessions and ends one", async () => {
    const member = await testMember();
    const [here, there] = [await signedIn(url, member), await signedIn(url, member)];
    const ids = [...(await here.get(account)).body.matchAll(/name="sessionId" value="([^"]+)"/g)].map(
      (match) => match[1] ?? "",
    );
    expect(ids).toHaveLength(1);
    await here.post(account, { intent: "end-session", sessionId: ids[0] ?? "" });
    expect([await isIn(here), await isIn(there)]).toEqual([true, false]);
    const stranger = await signedIn(url, await testMember());
    expect((await stranger.post(account, { intent: "end-session", sessionId: ids[0] ?? "" })).status).toBe(404);
  });
});
