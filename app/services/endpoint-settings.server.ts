import { z } from "zod";
import { publicKeyOf } from "#app/integrations/kit/standard-webhooks.server.ts";
import { payloadStyles } from "#db/schema/webhooks.ts";
import { type CertificateFacts, certificateFacts, PEM_BYTES, refuseCertificate } from "./client-certificate.server.ts";
import { HEADERS_AT_MOST, refuseHeaders } from "./custom-headers.ts";
import type { EndpointAuth, LiveSecrets, SealedSettings } from "./endpoint-secrets.server.ts";
import { AppError } from "./errors.ts";
import type { EventType } from "./event-catalog.ts";
import { CONDITIONS_AT_MOST, conditionInput, refuseCondition } from "./event-conditions.ts";
import { refuseTemplate, TEMPLATE_BYTES } from "./payload-template.ts";

const ASCII = /^[\x20-\x7e]+$/;
const secretText = (most: number) => z.string().max(most, `At most ${most} characters.`).nullable();

/** What of an event an endpoint gets, and in which shape. */
export const payloadFields = {
  payload: z
    .enum(payloadStyles)
    .default("full")
    .describe("full: the event; thin: its id and address only; template: your own JSON"),
  template: z
    .string()
    .max(TEMPLATE_BYTES, "A template has at most 16 KiB.")
    .nullable()
    .default(null)
    .describe("JSON with {{path}} placeholders; needed when payload is template"),
  conditions: z
    .array(conditionInput)
    .max(CONDITIONS_AT_MOST, `At most ${CONDITIONS_AT_MOST} conditions.`)
    .default([])
    .describe("All must hold for an event to be sent here"),
};

/** How we show at the receiver who we are. What is left out stays as it is; nothing of it is ever read back. */
export const proofFields = {
  asymmetricSignature: z.boolean().optional().describe("Also sign with an ed25519 key (v1a)"),
  headers: z
    .record(z.string(), secretText(2_000))
    .optional()
    .describe(`Headers of your own, at most ${HEADERS_AT_MOST}; null keeps the stored value of that name`),
  auth: z
    .discriminatedUnion("type", [
      z.object({ type: z.literal("basic"), username: z.string().max(200), password: secretText(500) }),
      z.object({ type: z.literal("bearer"), token: secretText(3_000) }),
    ])
    .nullable()
    .optional()
    .describe("null signs in no more; a password or token of null keeps the stored one"),
  certificate: z
    .object({ cert: z.string().max(PEM_BYTES), key: z.string().max(PEM_BYTES) })
    .nullable()
    .optional()
    .describe("Client certificate for mTLS, with its chain below it, and its key, both PEM; null removes it"),
};

const payloadShape = z.object(payloadFields);
const proofShape = z.object(proofFields);
type Payload = z.output<typeof payloadShape>;
export type Proof = z.output<typeof proofShape>;

/** Sentences by field for what a payload's settings cannot mean. */
export function refusePayload(
  { payload, template, conditions }: Payload,
  types: readonly EventType[],
): Record<string, string> {
  const fields: Record<string, string> = {};
  if (payload === "template") {
    const refused = template?.trim() ? refuseTemplate(template, types) : "Write the template, or choose another shape.";
    if (refused !== null) fields.template = refused;
  }
  for (const [index, condition] of conditions.entries()) {
    const refused = refuseCondition(condition, types);
    if (refused !== null) fields[`conditions.${index}`] = refused;
  }
  return fields;
}

const refuse = (field: string, message: string) =>
  new AppError("invalid", "The endpoint was not saved.", { fields: { [field]: message } });

const AGAIN = "Enter it again: the one stored before belongs to another address, or there is none.";

/** The settings to store, with `null` values filled from what is stored. Throws invalid, naming the field. */
export function resolveProof(given: Proof, stored: SealedSettings, now: Date): Partial<SealedSettings> {
  const settings: Partial<SealedSettings> = {};
  if (given.headers !== undefined) settings.headers = resolveHeaders(given.headers, stored.headers);
  if (given.auth !== undefined) settings.auth = given.auth === null ? null : resolveAuth(given.auth, stored.auth);
  if (given.certificate !== undefined) {
    const refused = given.certificate === null ? null : refuseCertificate(given.certificate, now);
    if (refused) throw refuse(refused.field, refused.message);
    settings.certificate = given.certificate;
  }
  const [headers, auth] = [
    settings.headers ?? stored.headers,
    settings.auth === undefined ? stored.auth : settings.auth,
  ];
  if (auth !== null && Object.keys(headers).some((name) => name.toLowerCase() === "authorization"))
    throw refuse("headers", "Authorization is set by the sign-in below. Take the header out, or choose no sign-in.");
  return settings;
}

function resolveHeaders(
  given: Readonly<Record<string, string | null>>,
  stored: Readonly<Record<string, string>>,
): Record<string, string> {
  const known = new Map(Object.entries(stored).map(([name, value]) => [name.toLowerCase(), value]));
  const headers = Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const kept = value ?? known.get(name.toLowerCase());
      if (kept === undefined) throw refuse("headers", `The value of ${name.slice(0, 60)} is missing. ${AGAIN}`);
      return [name, kept];
    }),
  );
  const refused = refuseHeaders(headers);
  if (refused !== null) throw refuse("headers", refused);
  return headers;
}

function resolveAuth(given: NonNullable<Proof["auth"]>, stored: EndpointAuth | null): EndpointAuth {
  if (given.type === "basic") {
    const kept = stored?.type === "basic" ? stored.password : undefined;
    if (given.username === "" || given.username.includes(":") || !ASCII.test(given.username))
      throw refuse("authUser", "A user name is letters, digits and signs (ASCII) without a colon.");
    const password = given.password ?? kept;
    if (!password) throw refuse("authPassword", `The password is missing. ${AGAIN}`);
    if (/\p{Cc}/u.test(password)) throw refuse("authPassword", "A password has no line ends or control characters.");
    return { type: "basic", username: given.username, password };
  }
  const token = given.token ?? (stored?.type === "bearer" ? stored.token : undefined);
  if (!token) throw refuse("authToken", `The token is missing. ${AGAIN}`);
  if (!/^[\x21-\x7e]+$/.test(token)) throw refuse("authToken", "A token is letters, digits and signs without spaces.");
  return { type: "bearer", token };
}

/** What people may see of an endpoint's sealed settings and keys. */
export interface ShownProof {
  headerNames: string[];
  auth: { type: "basic"; username: string } | { type: "bearer" } | null;
  certificate: CertificateFacts | null;
  /** Newest first; all sign. Empty while v1a is off. */
  publicKeys: string[];
}

export const shownProof = ({ headers, auth, certificate, ed25519 }: LiveSecrets): ShownProof => ({
  headerNames: Object.keys(headers),
  auth: auth?.type === "basic" ? { type: "basic", username: auth.username } : auth ? { type: "bearer" } : null,
  certificate: certificate ? certificateFacts(certificate) : null,
  publicKeys: ed25519.map(publicKeyOf),
});

/** What is left behind when an endpoint moves to another origin: nothing that opens a door follows to another house. */
export function leftBehind(stored: SealedSettings): ("headers" | "auth" | "certificate")[] {
  return [
    ...(Object.keys(stored.headers).length > 0 ? (["headers"] as const) : []),
    ...(stored.auth ? (["auth"] as const) : []),
    ...(stored.certificate ? (["certificate"] as const) : []),
  ];
}

export const nothingSealed: SealedSettings = { headers: {}, auth: null, certificate: null };
