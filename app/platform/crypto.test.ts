import { describe, expect, it } from "vitest";
import { newId, open, parseKeys, randomToken, rewrap, type SecretPlace, seal, sha256Hex } from "./crypto.server.ts";

const place: SecretPlace = { employerId: newId(), ownerId: newId(), field: "refresh_token" };
const key = (id: string, fill: number) => `${id}:${Buffer.alloc(32, fill).toString("base64")}`;

describe("a sealed secret", () => {
  it("opens where it was sealed", () => {
    expect(open(seal("geheim ✓", place), place)).toBe("geheim ✓");
  });

  it("is never the same twice", () => {
    expect(seal("same", place).ciphertext).not.toEqual(seal("same", place).ciphertext);
  });

  it.each(["employerId", "ownerId", "field"] as const)("does not open when its %s is another", (part) => {
    expect(() => open(seal("secret", place), { ...place, [part]: newId() })).toThrow("does not open");
  });

  it("does not open when the parts of its place are split elsewhere", () => {
    const sealed = seal("secret", { employerId: "a", ownerId: "b", field: "c" });
    expect(() => open(sealed, { employerId: "ab", ownerId: "", field: "c" })).toThrow("does not open");
  });

  it("does not open when one bit of it differs", () => {
    const sealed = seal("secret", place);
    for (const index of [0, sealed.ciphertext.length - 1]) {
      const changed = Buffer.from(sealed.ciphertext);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(() => open({ ...sealed, ciphertext: changed }, place)).toThrow("does not open");
    }
  });

  it("moves to the current key and then no longer needs the old one", () => {
    const before = parseKeys(key("old", 1));
    const both = parseKeys(`${key("new", 2)}, ${key("old", 1)}`);
    const moved = rewrap(seal("secret", place, before), place, both);
    expect(moved?.keyId).toBe("new");
    expect(moved && open(moved, place, parseKeys(key("new", 2)))).toBe("secret");
    expect(moved && rewrap(moved, place, both)).toBeUndefined();
  });

  it("names the key that is missing", () => {
    const sealed = seal("secret", place, parseKeys(key("gone", 1)));
    expect(() => open(sealed, place, parseKeys(key("new", 2)))).toThrow("The encryption key gone is not");
  });
});

it.each(["", "k1", "k1:short", `${key("k1", 1)},${key("k1", 2)}`])("refuses the key list %j", (source) => {
  expect(() => parseKeys(source)).toThrow("PATCHBAY_KEYS");
});

describe("an id", () => {
  it("is a uuid of version 7 whose first part is the time", () => {
    const id = newId();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Math.abs(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16) - Date.now())).toBeLessThan(60_000);
  });

  it("sorts after the one made before it, within a millisecond too", () => {
    const ids = Array.from({ length: 20_000 }, () => newId());
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(ids.length);
  });
});

it("makes tokens of the asked length and hashes as hex", () => {
  expect(Buffer.from(randomToken(24), "base64url")).toHaveLength(24);
  expect(sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
