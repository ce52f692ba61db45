import { createHmac } from "node:crypto";
import type { RawRequest } from "../contract/capabilities.ts";
import type { Handshake } from "../contract/signature.ts";
import { parseJson, textAt } from "./paths.ts";
import { headerOf } from "./signed-content.server.ts";

export interface HandshakeAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/**
 * The answer to a vendor's proof-of-address request, or null when this request is not one. The caller verifies the
 * signature first where `handshake.verified` says so. Without a secret an `hmac` answer is a 401.
 */
export function handshakeAnswer(
  handshake: Handshake,
  request: RawRequest,
  secrets: readonly string[],
): HandshakeAnswer | null {
  if (!marks(handshake.when, request)) return null;
  const { answer } = handshake;
  if (answer.kind === "empty") return plain("");
  const token = valueAt(answer.from, request);
  if (token === undefined || token.length > 2_000) return { ...plain(""), status: 400 };
  if (answer.kind === "hmac") {
    const [secret] = secrets;
    if (!secret) return { ...plain(""), status: 401 };
    if (!TOKEN.test(token)) return { ...plain(""), status: 400 };
    const signed = createHmac(answer.hash, secret).update(token).digest(answer.encoding);
    return json({ [answer.plainAs]: token, [answer.signedAs]: signed });
  }
  return answer.as === "text" ? plain(token) : json({ [answer.as.json]: token });
}

/**
 * What is signed for whoever asks: never anything that could be the body of an event, or the answer would be its signature.
 */
const TOKEN = /^[\w .~+/=-]{1,500}$/;

function marks(when: Handshake["when"], request: RawRequest): boolean {
  if ("bodyPath" in when) return valueAt({ bodyPath: when.bodyPath }, request) === when.is;
  if ("query" in when) return valueAt({ query: when.query }, request) !== undefined;
  return headerOf(request, when.header) === when.is;
}

function valueAt(from: { bodyPath: string } | { query: string }, request: RawRequest): string | undefined {
  if ("bodyPath" in from) return textAt(parseJson(new TextDecoder().decode(request.body)), from.bodyPath);
  return new URL(request.url, "https://here.invalid").searchParams.get(from.query) ?? undefined;
}

// The token is the caller's own text: never let a browser take it for a page.
const safe = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
const plain = (body: string): HandshakeAnswer => ({
  status: 200,
  headers: { ...safe, "content-type": "text/plain; charset=utf-8" },
  body,
});
const json = (value: Record<string, string>): HandshakeAnswer => ({
  status: 200,
  headers: { ...safe, "content-type": "application/json" },
  body: JSON.stringify(value),
});
