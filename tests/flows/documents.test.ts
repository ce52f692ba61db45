import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { and, eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { env, setEnvironment } from "#app/platform/env.server.ts";
import { createApiKey } from "#app/services/api-keys.server.ts";
import { receiveApplication } from "#app/services/applications.server.ts";
import { documentLink, LINK_SECONDS, openLink } from "#app/services/document-links.server.ts";
import { scanDocument, wakeDocuments } from "#app/services/document-scan.server.ts";
import { discardDocuments, findDocument, openDocument, storeDocuments } from "#app/services/documents.server.ts";
import { jobInput } from "#app/services/job-input.server.ts";
import { saveJob } from "#app/services/jobs.server.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { document } from "#db/schema/hiring.ts";
import { testApp } from "#tests/support/app.ts";
import { testDatabase } from "#tests/support/database.ts";
import { type TestMember, testMember } from "#tests/support/people.ts";
import { type S3Server, startS3 } from "#tests/support/s3.ts";

await testDatabase();
const { url } = await testApp();
const folder = mkdtempSync(join(tmpdir(), "patchbay-documents-"));
const scripts = mkdtempSync(join(tmpdir(), "patchbay-scan-"));
afterAll(() => {
  for (const made of [folder, scripts]) rmSync(made, { recursive: true, force: true });
});

let member: TestMember;
let jobId: string;
let store: S3Server;
const inside = <T>(work: (tx: EmployerTx) => Promise<T>) => withEmployer(member.employerId, work);
const signal = () => AbortSignal.timeout(20_000);

beforeAll(async () => {
  setEnvironment({ PATCHBAY_DOCUMENTS: folder, PATCHBAY_URL: url });
  member = await testMember();
  store = await startS3();
  const made = await saveJob(
    member.actor,
    null,
    jobInput.parse({ title: "Yard Lead", descriptionHtml: "<p>Lead.</p>", status: "open" }),
  );
  jobId = made.id;
});

const s3 = () => ({
  PATCHBAY_S3_BUCKET: store.bucket,
  PATCHBAY_S3_ENDPOINT: store.origin,
  PATCHBAY_S3_PREFIX: "cv/",
  PATCHBAY_S3_ACCESS_KEY_ID: store.accessKeyId,
  PATCHBAY_S3_SECRET_ACCESS_KEY: store.secretAccessKey,
});
const nothing = { PATCHBAY_SCAN_COMMAND: undefined, PATCHBAY_SCAN_URL: undefined };
afterEach(() =>
  setEnvironment({ ...nothing, ...Object.fromEntries(Object.keys(s3()).map((key) => [key, undefined])) }),
);

/** A PDF of so many bytes that arrives in pieces. */
function* pdf(bytes: number, piece = 50_000): Generator<Buffer> {
  yield Buffer.from("%PDF-1.7\n");
  for (let left = bytes - 9; left > 0; left -= piece) yield Buffer.alloc(Math.min(piece, left), left % 251);
}

let people = 0;
/** An application with one file; answers with the document's id. */
async function applied(fileName: string, body: Iterable<Uint8Array>): Promise<{ id: string; applicationId: string }> {
  people += 1;
  const documents = await storeDocuments(member.employerId, [{ fileName, body, kind: "resume" }]);
  const { applicationId } = await inside((tx) =>
    receiveApplication(tx, member.employerId, {
      ...{ jobId, postingId: null, source: "career-site", appliedAt: new Date(), answers: [], documents },
      candidate: {
        ...{ firstName: "Amara", lastName: "Osei", emails: [`amara${people}@example.com`] },
        ...{ phones: [], links: [] },
      },
    }),
  );
  return { id: documents[0]?.id ?? "", applicationId };
}

const row = async (id: string) => {
  const where = and(eq(document.employerId, member.employerId), eq(document.id, id));
  const [found] = await inside((tx) => tx.select().from(document).where(where));
  if (!found) throw new Error("The document has no row.");
  return found;
};
const read = async (id: string) => {
  const { body } = await openDocument(await findDocument(member.actor, id));
  return Buffer.from(await new Response(body).arrayBuffer());
};
const filesOnDisk = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe("the folder", () => {
  it("keeps a file in pieces of ciphertext under a name that says nothing, and gives back exactly what came", async () => {
    const { id } = await applied("Amara Osei.pdf", pdf(200_000));
    const { storageKey } = await row(id);
    expect(storageKey).toMatch(/^[\w-]{2}\/[\w-]{32}$/);
    expect(await read(id)).toEqual(Buffer.concat([...pdf(200_000)]));
    expect(filesOnDisk()).toEqual([join(folder, storageKey)]);
  });

  it("opens nothing when a bit was changed, the end was cut off or another file lies there", async () => {
    const first = await applied("a.pdf", pdf(150_000));
    const second = await applied("b.pdf", pdf(150_001));
    const path = join(folder, (await row(first.id)).storageKey);
    const whole = readFileSync(path);
    const flipped = Buffer.from(whole);
    flipped[10] = (flipped[10] ?? 0) ^ 1;
    const cases = [flipped, whole.subarray(0, 65_552), readFileSync(join(folder, (await row(second.id)).storageKey))];
    for (const bytes of cases) {
      writeFileSync(path, bytes);
      await expect(read(first.id)).rejects.toThrow("a.pdf is not what was sent.");
    }
    rmSync(path);
    await expect(read(first.id)).rejects.toThrow("a.pdf is missing from the document store.");
  });

  it("leaves nothing of a file that is refused in the middle", async () => {
    const before = filesOnDisk();
    await expect(storeDocuments(member.employerId, [{ fileName: "big.pdf", body: pdf(11_000_000) }])).rejects.toThrow(
      "big.pdf is larger than 10 MB.",
    );
    expect(filesOnDisk()).toEqual(before);
  });

  it("knows a Word file and one with macros by parts that lie across two pieces", async () => {
    const parts = ["PK\x03\x04 [Content_Types].xml", "word/document.xml"].map((text) => Buffer.from(text, "latin1"));
    const split = (text: string) => [Buffer.from(text.slice(0, 40), "latin1"), Buffer.from(text.slice(40), "latin1")];
    const name = { fileName: "cv.docx" };
    const word = `${parts.map((part) => part.toString("latin1")).join(" ")} end`;
    const [kept] = await storeDocuments(member.employerId, [{ ...name, body: split(word) }]);
    expect(kept?.contentType).toContain("wordprocessingml");
    await discardDocuments(kept ? [kept] : []);
    const macros = { ...name, body: split(`${word} vbaProject.bin`) };
    await expect(storeDocuments(member.employerId, [macros])).rejects.toThrow("cv.docx is not a PDF, Word");
  });
});

describe("a store that speaks S3", () => {
  it("takes, gives and removes ciphertext by signed requests, under a name that says nothing", async () => {
    setEnvironment(s3());
    const { id } = await applied("Amara Osei.pdf", pdf(300_000));
    const { storageKey } = await row(id);
    expect([...store.objects.keys()]).toEqual([`cv/${storageKey}`]);
    expect(store.objects.get(`cv/${storageKey}`)?.includes("%PDF")).toBe(false);
    expect(await read(id)).toEqual(Buffer.concat([...pdf(300_000)]));
    await discardDocuments([{ storageKey }]);
    expect(store.objects.size).toBe(0);
    await expect(read(id)).rejects.toThrow("missing from the document store");
    expect(store.refused).toEqual([]);
  });

  it("refuses another key, and then the application keeps no row without a file", async () => {
    setEnvironment({ ...s3(), PATCHBAY_S3_SECRET_ACCESS_KEY: "guessed" });
    const before = await inside((tx) => tx.select({ id: document.id }).from(document));
    const waiting = () => readdir(join(tmpdir(), "patchbay-incoming"));
    const left = await waiting();
    await expect(applied("cv.pdf", pdf(1000))).rejects.toMatchObject({ kind: "unavailable" });
    expect(await waiting()).toEqual(left);
    expect(store.refused.length).toBeGreaterThan(0);
    expect(store.objects.size).toBe(0);
    expect(await inside((tx) => tx.select({ id: document.id }).from(document))).toEqual(before);
  });
});

describe("a signed link", () => {
  it("opens the file without a session until it is too old, and not when anything in it is changed", async () => {
    const { id } = await applied("Lebenslauf ü.pdf", pdf(100_000));
    const now = new Date();
    const made = documentLink(member.employerId, id, now);
    const answer = await fetch(made.url);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-disposition")).toContain("filename*=UTF-8''Lebenslauf%20%C3%BC.pdf");
    expect(answer.headers.get("content-length")).toBe("100000");
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.concat([...pdf(100_000)]));

    const link = made.url.split("/").at(-1) ?? "";
    const [payload = "", mac = ""] = link.split(".");
    const later = new Date(now.getTime() + LINK_SECONDS * 1000);
    await expect(openLink(link, later)).rejects.toMatchObject({ kind: "not-found" });
    const longer = Buffer.from(payload, "base64url")
      .toString()
      .replace(/"until":(\d)/, '"until":9$1');
    for (const other of [`${Buffer.from(longer).toString("base64url")}.${mac}`, `${payload}.`, payload, "x.y", ""]) {
      expect((await fetch(`${url}/resources/files/${other}`)).status).toBe(404);
    }
  });

  it("names the employer: one signed for another employer opens nothing", async () => {
    const { id } = await applied("cv.pdf", pdf(500));
    const theirs = await testMember();
    const answer = await fetch(documentLink(theirs.employerId, id).url);
    expect(answer.status).toBe(404);
  });

  it("comes with the list of an application's documents in the API", async () => {
    const { id, applicationId } = await applied("cv.pdf", pdf(2000));
    const { key } = await createApiKey(member.actor, { name: "files", scopes: ["applications:read"], days: null });
    const answer = await fetch(`${url}/api/v1/applications/${applicationId}/documents`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const { data } = z
      .object({ data: z.array(z.object({ id: z.string(), url: z.string(), held: z.null() })) })
      .parse(await answer.json());
    expect(data.map((file) => file.id)).toEqual([id]);
    expect((await fetch(data[0]?.url ?? "")).status).toBe(200);
  });
});

describe("the scan", () => {
  /** A scanner as a command: status 1 when the file holds the word. */
  const command = (word: string, ending = "") => {
    const script = join(scripts, "scan.mjs");
    writeFileSync(
      script,
      `let all = ""; for await (const piece of process.stdin.setEncoding("latin1")) all += piece;
       ${ending}
       if (all.includes(${JSON.stringify(word)})) { console.log("stdin: Test.Word FOUND"); process.exit(1); }`,
    );
    return `${process.execPath} ${script}`;
  };

  it("holds a file back until the command has read it whole and found nothing", async () => {
    setEnvironment({ PATCHBAY_SCAN_COMMAND: command("EVIL") });
    const good = await applied("good.pdf", pdf(120_000));
    await expect(read(good.id)).rejects.toThrow("good.pdf waits for the virus scan.");
    expect((await fetch(documentLink(member.employerId, good.id).url)).status).toBe(409);
    await scanDocument(member.employerId, good.id, signal());
    expect(await read(good.id)).toHaveLength(120_000);

    const bad = await applied("bad.pdf", [Buffer.from("%PDF-1.7 EVIL")]);
    await scanDocument(member.employerId, bad.id, signal());
    expect(await row(bad.id)).toMatchObject({ scan: "refused", scanNote: "stdin: Test.Word FOUND" });
    await expect(read(bad.id)).rejects.toThrow("bad.pdf held back by the virus scan.");
    setEnvironment(nothing);
    await expect(read(bad.id)).rejects.toThrow("held back");
  });

  it("keeps holding when the scanner fails, whatever it says, and asks again later", async () => {
    setEnvironment({ PATCHBAY_SCAN_COMMAND: command("EVIL", "process.exit(2);") });
    const { id } = await applied("cv.pdf", pdf(90_000));
    await expect(scanDocument(member.employerId, id, signal())).rejects.toThrow("ended with 2");
    setEnvironment({ PATCHBAY_SCAN_COMMAND: "/nonexistent/scanner -" });
    await expect(scanDocument(member.employerId, id, signal())).rejects.toThrow("ENOENT");
    await expect(read(id)).rejects.toThrow("waits for the virus scan");
    expect(await wakeDocuments(new Date(Date.now() + 3_600_000))).toBeGreaterThan(0);
  });

  it("asks an address, and takes only a plain yes", async () => {
    let answer = { status: 200, body: '{"clean":true}' };
    let got = 0;
    const server = createServer(async (request, response) => {
      got = 0;
      for await (const piece of request) got += piece.length;
      response.writeHead(answer.status).end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const at = server.address();
    setEnvironment({ PATCHBAY_SCAN_URL: `http://127.0.0.1:${typeof at === "object" && at ? at.port : 0}/scan` });
    const { id } = await applied("cv.pdf", pdf(80_000));
    for (const body of ["<html>", "{}", '{"clean":"yes"}']) {
      answer = { status: 200, body };
      await expect(scanDocument(member.employerId, id, signal())).rejects.toThrow();
    }
    answer = { status: 503, body: '{"clean":true}' };
    await expect(scanDocument(member.employerId, id, signal())).rejects.toThrow("answered 503");
    await expect(read(id)).rejects.toThrow("waits for the virus scan");
    answer = { status: 200, body: '{"clean":true}' };
    await scanDocument(member.employerId, id, signal());
    expect(got).toBe(80_000);
    expect(await read(id)).toHaveLength(80_000);
    server.closeAllConnections();
    server.close();
  });

  it("is nothing by default, and files that came before a scanner wait for it once there is one", async () => {
    const { id } = await applied("cv.pdf", pdf(700));
    expect(env().PATCHBAY_SCAN_COMMAND).toBeUndefined();
    expect((await row(id)).scan).toBe("none");
    expect(await read(id)).toHaveLength(700);
    setEnvironment({ PATCHBAY_SCAN_COMMAND: command("EVIL") });
    await expect(read(id)).rejects.toThrow("waits for the virus scan");
    await scanDocument(member.employerId, id, signal());
    expect(await read(id)).toHaveLength(700);
  });
});
