import type { RawRequest } from "#app/integrations/contract/capabilities.ts";
import { parseJson } from "#app/integrations/kit/paths.ts";
import { coveredText } from "#app/integrations/kit/signed-content.server.ts";
import type { Sender } from "./inbound-vendors.ts";

/** A source of numbers below 1 that a seed repeats (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface Spoiling {
  sender: Sender;
  /** A true request of its own, signed now with `secret`. */
  request: RawRequest;
  number: number;
  secret: string;
  /** The secret of another employer's connection to the same vendor; another one where the vendor has one for all. */
  foreign: string;
  now: Date;
  roll: () => number;
}

/** Spoils a true request; null where the vendor has nothing of the kind to spoil. */
export type Spoil = (what: Spoiling) => RawRequest | null;

const text = (body: Uint8Array) => new TextDecoder().decode(body);
const bytes = (value: string) => new TextEncoder().encode(value);
const pick = (roll: () => number, length: number) => Math.min(length - 1, Math.floor(roll() * length));
const DAYS = 86_400_000;

const parsed = (request: RawRequest): Record<string, unknown> => {
  const body = parseJson(text(request.body));
  return typeof body === "object" && body !== null ? { ...body } : {};
};

/** The proof itself: a header, or a value of the body; with the way to put another one there. */
function proofOf({ sender, request }: Spoiling): { value: string; set(value: string | null): RawRequest } {
  const { signature } = sender.webhook;
  if (signature.scheme === "hmac-fields") {
    const { [signature.at]: value, ...rest } = parsed(request);
    const set = (given: string | null) => ({ ...rest, ...(given === null ? {} : { [signature.at]: given }) });
    return { value: String(value), set: (given) => ({ ...request, body: bytes(JSON.stringify(set(given))) }) };
  }
  const name = sender.proofHeaders[0] ?? "";
  const key = Object.keys(request.headers).find((one) => one.toLowerCase() === name) ?? name;
  return { value: request.headers[key] ?? "", set: (given) => withHeader(request, key, given) };
}

function withHeader(request: RawRequest, key: string, value: string | null): RawRequest {
  const { [key]: _gone, ...rest } = request.headers;
  return { ...request, headers: value === null ? rest : { ...rest, [key]: value } };
}

/** One bit of one character turned, so that it stays a character of a header and is not the same letter in another case. */
function flipped(value: string, roll: () => number): string {
  for (;;) {
    const at = pick(roll, value.length);
    const code = value.charCodeAt(at) ^ (1 << pick(roll, 7));
    const letter = String.fromCharCode(code);
    if (code > 0x20 && code < 0x7f && letter.toLowerCase() !== value.charAt(at).toLowerCase())
      return value.slice(0, at) + letter + value.slice(at + 1);
  }
}

const signedAt = (what: Spoiling, away: number): RawRequest | null => {
  const { signature } = what.sender.webhook;
  const dated = signature.scheme === "hmac" ? signature.timestamp : "dated" in signature ? signature.dated : undefined;
  if (!dated) return null;
  const moved = new Date(what.now.getTime() + Math.sign(away) * (dated.toleranceSeconds * 1_000 + Math.abs(away)));
  return what.sender.make(what.number, { secret: what.secret, now: moved });
};

/** The ways in which a request can be wrong. Each makes one that must be turned away. */
export const spoilings: Readonly<Record<string, Spoil>> = {
  "a bit of the body turned": ({ sender, request, roll }) => {
    if (!sender.proves || request.body.length === 0) return null;
    const at = pick(roll, request.body.length);
    return { ...request, body: request.body.map((byte, index) => (index === at ? byte ^ (1 << pick(roll, 8)) : byte)) };
  },
  "a byte added to the body": ({ sender, request }) =>
    sender.proves ? { ...request, body: Buffer.concat([request.body, Buffer.from(" ")]) } : null,
  "the JSON written anew": ({ sender, request }) =>
    sender.proves ? { ...request, body: bytes(JSON.stringify(parsed(request), null, 1)) } : null,
  "a signed value of the body changed": ({ sender, request, roll }) => {
    const { signature } = sender.webhook;
    if (signature.scheme !== "hmac-fields") return null;
    const names = [...signature.signed.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
    const name = names[pick(roll, names.length)] ?? "";
    const body = parsed(request);
    const changed = { ...body, [name]: flipped(String(body[name]), roll) };
    return coveredText(signature, changed) === coveredText(signature, body)
      ? null
      : { ...request, body: bytes(JSON.stringify(changed)) };
  },
  "a bit of the proof turned": (what) => proofOf(what).set(flipped(proofOf(what).value, what.roll)),
  "the proof cut short": (what) => {
    const { value, set } = proofOf(what);
    return set(value.slice(0, 1 + pick(what.roll, value.length - 1)).trimEnd());
  },
  "the proof empty": (what) => proofOf(what).set(""),
  "the proof missing": (what) => proofOf(what).set(null),
  "only what stands before the digest": (what) => {
    const { signature } = what.sender.webhook;
    return signature.scheme === "hmac" && signature.prefix ? proofOf(what).set(signature.prefix) : null;
  },
  "a secret that nobody has": ({ sender, number, now, roll }) =>
    sender.make(number, { secret: `guess ${roll()}`, now }),
  "another employer's secret": ({ sender, number, now, foreign }) => sender.make(number, { secret: foreign, now }),
  "an empty secret": ({ sender, number, now }) => {
    // No HMAC library signs with nothing; what a vendor without a secret would send is the digest under a space.
    return sender.make(number, { secret: " ", now });
  },
  "signed too long ago": (what) => signedAt(what, -(2_000 + what.roll() * 30 * DAYS)),
  "signed in the future": (what) => signedAt(what, 2_000 + what.roll() * 30 * DAYS),
  "a header of the signature missing": ({ sender, request, roll }) => {
    if (sender.proofHeaders.length === 0) return null;
    const name = sender.proofHeaders[pick(roll, sender.proofHeaders.length)];
    const key = Object.keys(request.headers).find((one) => one.toLowerCase() === name);
    return key === undefined ? null : withHeader(request, key, null);
  },
  "the time moved under the same signature": ({ sender, request, roll }) => {
    const { signature } = sender.webhook;
    if (signature.scheme !== "hmac" || !signature.timestamp) return null;
    const name = signature.timestamp.header.toLowerCase();
    const key = Object.keys(request.headers).find((one) => one.toLowerCase() === name) ?? "";
    const value = request.headers[key] ?? "";
    const moved =
      signature.timestamp.unit === "iso"
        ? new Date(Date.parse(value) + 1_000 + pick(roll, 100_000)).toISOString()
        : String(Number(value) + 1 + pick(roll, 100));
    return withHeader(request, key, moved);
  },
  "its time in words, or none": ({ sender, request, roll }) => {
    const { signature } = sender.webhook;
    const word = roll() < 0.5 ? "today" : "";
    if (signature.scheme === "hmac")
      return signature.timestamp ? withHeader(request, signature.timestamp.header.toLowerCase(), word) : null;
    if (!("dated" in signature) || !signature.dated) return null;
    return { ...request, body: bytes(JSON.stringify({ ...parsed(request), [signature.dated.bodyPath]: word })) };
  },
};

/** The ways to send again what was taken before. Answered like any repeat, and without any effect. */
export const replays: Readonly<Record<string, Spoil>> = {
  "the same bytes again": ({ request }) => request,
  "again, its other headers dropped": ({ sender, request }) => {
    if (!sender.proves) return null;
    const kept = Object.entries(request.headers).filter(([name]) => sender.proofHeaders.includes(name.toLowerCase()));
    return { ...request, headers: Object.fromEntries(kept) };
  },
  "again, under other ids in its headers": ({ sender, request, roll }) => {
    if (!sender.proves) return null;
    const changed = Object.entries(request.headers).map(([name, value]) =>
      sender.proofHeaders.includes(name.toLowerCase()) ? [name, value] : [name, `${value}${pick(roll, 1e9)}`],
    );
    return { ...request, headers: Object.fromEntries(changed) };
  },
};
