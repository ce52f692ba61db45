import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundaryOf, MalformedForm, partsOf } from "./multipart.server.ts";

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function readAll(bytes: Uint8Array, boundary: string, size: number) {
  const found: { name: string; fileName: string | null; body: Buffer }[] = [];
  for await (const part of partsOf(inPieces(bytes, size), boundary)) {
    const pieces: Uint8Array[] = [];
    for await (const piece of part.body) pieces.push(piece);
    found.push({ name: part.name, fileName: part.fileName, body: Buffer.concat(pieces) });
  }
  return found;
}

describe("a multipart form", () => {
  it("is read as the platform writes it, however it is cut into pieces", async () => {
    const field = fc.record({
      name: fc.string({ minLength: 1, maxLength: 12 }),
      body: fc.uint8Array({ maxLength: 90 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(field, { maxLength: 5 }), fc.integer({ min: 1, max: 97 }), async (fields, size) => {
        const form = new FormData();
        for (const { name, body } of fields) form.append(name, new Blob([Uint8Array.from(body)]), `${name};x="y".pdf`);
        form.append("text", "Grüße\r\n--");
        const sent = new Response(form);
        const boundary = boundaryOf(sent.headers.get("content-type") ?? "") ?? "";
        const bytes = new Uint8Array(await sent.arrayBuffer());
        const found = await readAll(bytes, boundary, size);
        const names = (text: string) => text.replace(/\r\n|\r|\n/g, "\r\n");
        expect(found.slice(0, -1).map((part) => [part.name, part.body])).toEqual(
          fields.map(({ name, body }) => [names(name), Buffer.from(body)]),
        );
        expect(found.at(-1)).toMatchObject({ name: "text", fileName: null, body: Buffer.from("Grüße\r\n--") });
      }),
      { numRuns: 60 },
    );
  });

  it("goes on with the next part when one was left unread", async () => {
    const form = new FormData();
    form.append("a", new Blob(["x".repeat(100_000)]), "a.txt");
    form.append("b", "two");
    const sent = new Response(form);
    const boundary = boundaryOf(sent.headers.get("content-type") ?? "") ?? "";
    const names: string[] = [];
    for await (const part of partsOf(inPieces(new Uint8Array(await sent.arrayBuffer()), 1000), boundary)) {
      for await (const _piece of part.body) break;
      names.push(part.name);
    }
    expect(names).toEqual(["a", "b"]);
  });

  it.each([
    ["ends too soon", '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nhalf'],
    ["has a part without a name", "--b\r\ncontent-type: text/plain\r\n\r\nx\r\n--b--"],
    ["has a header without end", `--b\r\nx: ${"y".repeat(20_000)}`],
  ])("that %s is refused", async (_what, text) => {
    await expect(readAll(Buffer.from(text), "b", 7)).rejects.toBeInstanceOf(MalformedForm);
  });
});
