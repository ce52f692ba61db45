/** The bytes of base64 text in pieces, so that a file is not held twice. Spaces and line breaks are passed over. */
export function* base64Pieces(base64: string): Generator<Uint8Array> {
  const piece = 64 * 1024;
  const clean = base64.replace(/\s/g, "");
  for (let at = 0; at < clean.length; at += piece) yield Buffer.from(clean.slice(at, at + piece), "base64");
}
