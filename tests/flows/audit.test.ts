import { describe, expect, it } from "vitest";
import { audit, canonicalJson, exportAudit, listAudit, verifyAuditChain } from "#app/services/audit.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { auditEntry } from "#db/schema/people.ts";
import { asAdmin, testDatabase } from "#tests/support/database.ts";
import { type TestMember, testMember } from "#tests/support/people.ts";

const database = await testDatabase();

async function withEntries(names: readonly string[]): Promise<TestMember> {
  const member = await testMember();
  for (const name of names) {
    const subject = { kind: "connection", id: "c1", name };
    await withEmployer(member.employerId, (tx) =>
      audit(tx, member.actor, "connection.paused", subject, {
        z: 1,
        a: { y: [2, undefined], x: "é" },
        none: undefined,
      }),
    );
  }
  return member;
}

/** As somebody with the keys of the database would: triggers off, row-level security away. */
const tamper = (statement: string) =>
  asAdmin(database.adminUrl, (admin) => admin.unsafe(`set session_replication_role = replica; ${statement}`));

describe("the audit log", () => {
  it("forms one chain per employer, also when many write at once", async () => {
    const member = await withEntries(["one"]);
    const other = await withEntries(["theirs"]);
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        withEmployer(member.employerId, (tx) => audit(tx, member.actor, `thing.done_${index}`, null)),
      ),
    );
    expect(await verifyAuditChain(member.employerId)).toMatchObject({ entries: 13, brokenAt: null });
    expect(await verifyAuditChain(other.employerId)).toMatchObject({ entries: 1, brokenAt: null });
  });

  it("goes back with the transaction it belongs to", async () => {
    const member = await withEntries(["one"]);
    const failed = withEmployer(member.employerId, async (tx) => {
      await audit(tx, member.actor, "thing.done", null);
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    expect(await verifyAuditChain(member.employerId)).toMatchObject({ entries: 1, brokenAt: null });
  });

  it("names the first entry that was changed, removed or put in", async () => {
    const where = (member: TestMember, seq: number) => `where employer_id = '${member.employerId}' and seq = ${seq}`;
    const changed = await withEntries(["one", "two", "three"]);
    await tamper(`update audit_entry set actor_name = 'Nobody' ${where(changed, 2)}`);
    expect(await verifyAuditChain(changed.employerId)).toMatchObject({ brokenAt: 2 });
    const inside = await withEntries(["one", "two"]);
    await tamper(`update audit_entry set data = jsonb_set(data, '{z}', '2') ${where(inside, 1)}`);
    expect(await verifyAuditChain(inside.employerId)).toMatchObject({ brokenAt: 1 });
    const removed = await withEntries(["one", "two", "three"]);
    await tamper(`delete from audit_entry ${where(removed, 2)}`);
    expect(await verifyAuditChain(removed.employerId)).toMatchObject({ brokenAt: 2 });
  });

  it("cannot be changed by the app's own login", async () => {
    const member = await withEntries(["one"]);
    const change = withEmployer(member.employerId, (tx) => tx.update(auditEntry).set({ actorName: "Nobody" }));
    await expect(change).rejects.toMatchObject({ cause: { message: expect.stringContaining("only grows") } });
    await expect(withEmployer(member.employerId, (tx) => tx.delete(auditEntry))).rejects.toThrow();
  });

  it("is found by words, read in pages and exported without formulas", async () => {
    const member = await withEntries(["Greenhouse", '=HYPERLINK("x")', "100% Slack"]);
    expect((await listAudit(member.actor, { text: "100%" })).entries).toHaveLength(1);
    const first = await listAudit(member.actor, { limit: 2 });
    expect(first.entries.map((entry) => entry.seq)).toEqual([3, 2]);
    expect((await listAudit(member.actor, { before: first.older ?? 0 })).entries.map((entry) => entry.seq)).toEqual([
      1,
    ]);
    const lines: string[] = [];
    for await (const line of await exportAudit(member.actor, {})) lines.push(line);
    expect(lines).toHaveLength(5);
    expect(lines[2]).toContain(`"'=HYPERLINK(""x"")"`);
  });

  it("is closed to a recruiter", async () => {
    const { actor } = await testMember({ role: "recruiter" });
    await expect(listAudit(actor, {})).rejects.toMatchObject({ kind: "forbidden" });
  });
});

describe("canonical JSON", () => {
  it("is one text per value, whatever the order of keys", () => {
    expect(canonicalJson({ b: [1, { d: null, c: "x" }], a: true })).toBe('{"a":true,"b":[1,{"c":"x","d":null}]}');
  });
});
