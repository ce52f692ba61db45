import { describe, expect, it } from "vitest";
import { sha256Hex } from "#app/platform/crypto.server.ts";
import { qrPath, qrSquares } from "./qr.server.ts";

const print = (text: string) =>
  sha256Hex(
    qrSquares(text)
      .map((row) => row.map(Number).join(""))
      .join("\n"),
  ).slice(0, 16);

describe("a QR code", () => {
  it("has the squares that an independent encoder draws, in small and large versions", () => {
    expect(print("hi")).toBe("043e4c6b95be7301");
    expect(print("x".repeat(50))).toBe("7e6b8037a78662d1");
    expect(print("z".repeat(140))).toBe("b9d14530e81891c5");
    expect(print("q".repeat(200))).toBe("68bc409e8c403851");
  });

  it("takes the smallest version that holds the text, and says when none does", () => {
    expect(qrSquares("a".repeat(14))).toHaveLength(21);
    expect(qrSquares("a".repeat(15))).toHaveLength(25);
    expect(qrPath("a".repeat(213)).size).toBe(57);
    expect(() => qrSquares("a".repeat(214))).toThrow("too long");
  });
});
