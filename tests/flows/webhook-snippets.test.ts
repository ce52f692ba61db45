import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { snippets } from "#app/components/webhooks/snippets.ts";
import { createEndpoint } from "#app/services/endpoints.server.ts";
import { verificationExample } from "#app/services/verification-example.server.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { signedIn, type TestMember, testMember } from "#tests/support/people.ts";

await testDatabase();
const { url } = await testApp();
const folder = mkdtempSync(join(tmpdir(), "snippets-"));
afterAll(() => rmSync(folder, { recursive: true }));

let member: TestMember;
let made: { id: string; secret: string };
beforeAll(async () => {
  member = await testMember();
  made = await createEndpoint(member.actor, { url: "https://hooks.example.com/in", eventTypes: ["job.closed"] });
});

async function programOf(language: string) {
  const example = await verificationExample(member.actor, made.id);
  const snippet = snippets.find(({ id }) => id === language);
  if (!example || !snippet) throw new Error(`There is no example in ${language}.`);
  return { example, code: snippet.code(example) };
}

const texts: Record<string, string> = {
  plain: '{"a":1}',
  quotes: String.raw`{"a":"it's \"said\" \\ #{x} $y \u00e9"}`,
};

describe("the verification programs", () => {
  it.each([
    { language: "node", file: "verify.mjs", command: process.execPath },
    { language: "python", file: "verify.py", command: "python3" },
  ])(
    "in $language hold the person's own example: right with their secret, wrong with another or a changed body",
    async ({ language, file, command }) => {
      const { example, code } = await programOf(language);
      const path = join(folder, file);
      const run = (program: string, secret: string) => {
        writeFileSync(path, program);
        const env = { ...process.env, PATCHBAY_WEBHOOK_SECRET: secret };
        const { status, stdout } = spawnSync(command, [path], { encoding: "utf8", env });
        return [status, stdout.trim()];
      };
      expect(run(code, made.secret)).toEqual([0, "The signature is right."]);
      expect(run(code, `whsec_${Buffer.alloc(32, 7).toString("base64")}`)).toEqual([1, "The signature is wrong."]);
      expect(run(code.replace("filled", "foiled"), made.secret)).toEqual([1, "The signature is wrong."]);
      const old = String(Number(example.timestamp) - 600);
      expect(run(code.replaceAll(example.timestamp, old), made.secret)).toEqual([1, "The signature is wrong."]);
    },
  );

  it("hold every body as it is, whatever quotes it has", () => {
    for (const body of Object.values(texts)) {
      const example = { id: "msg_1", timestamp: "1", signature: "v1,x", body };
      for (const { id, code } of snippets) {
        const quoted = ["ruby", "php"].includes(id) ? `'${body.replaceAll(/[\\']/g, "\\$&")}'` : JSON.stringify(body);
        expect([id, code(example).includes(quoted)]).toEqual([id, true]);
      }
    }
  });

  it("show an example that any library of the standard accepts", async () => {
    const { example } = await programOf("go");
    const headers = {
      ...{ "webhook-id": example.id, "webhook-timestamp": example.timestamp, "webhook-signature": example.signature },
    };
    expect(new Webhook(made.secret).verify(example.body, headers)).toMatchObject({ type: "job.closed", test: true });
  });

  it("are a page per language, and show a right signature only to those who may change endpoints", async () => {
    const owner = await signedIn(url, member);
    const page = await owner.get(`/webhooks/endpoints/${made.id}/code?language=csharp`);
    expect(page.body).toContain("CryptographicOperations.FixedTimeEquals");
    expect(page.body).toContain("signed when this page was made");
    const viewer = await signedIn(url, await testMember({ employerId: member.employerId, role: "viewer" }));
    const seen = await viewer.get(`/webhooks/endpoints/${made.id}/code`);
    expect(seen.status).toBe(200);
    expect(seen.body).not.toMatch(/v1,[A-Za-z0-9+/]{43}=/);
  });
});
