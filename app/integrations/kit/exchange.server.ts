import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";
import type { HttpAnswer, HttpRequest } from "../contract/ctx.ts";
import { IntegrationError } from "../contract/errors.ts";
import type { Outgoing } from "./auth.server.ts";
import { type Egress, EgressError, kindOfPhase } from "./egress.server.ts";

const unzip = promisify(gunzip);
const undeflate = promisify(inflate);

/** The body and headers of a request: JSON unless `form` or `text` is set. The request's own headers win. */
export function encodeBody(request: HttpRequest): { body: string | null; headers: Headers } {
  const headers = new Headers({ accept: "application/json", "accept-encoding": "gzip", "user-agent": "Patchbay/1.0" });
  let body: string | null = null;
  if (request.form) {
    body = new URLSearchParams({ ...request.form }).toString();
    headers.set("content-type", "application/x-www-form-urlencoded");
  } else if (request.text) {
    body = request.text.value;
    headers.set("content-type", request.text.type);
  } else if (request.body !== undefined) {
    body = JSON.stringify(request.body);
    headers.set("content-type", "application/json");
  }
  for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, value);
  return { body, headers };
}

/** One physical call with its body unpacked to text. A failure without an answer becomes an IntegrationError. */
export async function exchange(
  egress: Egress,
  target: URL,
  outgoing: Outgoing,
  limits: { signal: AbortSignal; timeoutMs: number; maxBytes: number; vendor: string; typedHost: boolean },
): Promise<HttpAnswer> {
  try {
    const answer = await egress.request(target, {
      method: outgoing.method,
      headers: Object.fromEntries(outgoing.headers),
      body: outgoing.body,
      signal: limits.signal,
      timeoutMs: limits.timeoutMs,
      maxBytes: limits.maxBytes,
    });
    const bytes = await unpack(answer.body, answer.headers.get("content-encoding"), limits.maxBytes);
    return { status: answer.status, headers: answer.headers, text: new TextDecoder().decode(bytes) };
  } catch (error) {
    if (error instanceof EgressError) throw asIntegrationError(error, limits.vendor, limits.typedHost);
    throw error;
  }
}

async function unpack(body: Uint8Array, encoding: string | null, maxBytes: number): Promise<Uint8Array> {
  const name = encoding?.trim().toLowerCase() ?? "";
  if (body.length === 0 || name === "" || name === "identity") return body;
  if (name !== "gzip" && name !== "x-gzip" && name !== "deflate")
    throw new EgressError("reset", `The answer came in an encoding that was not asked for (${name}).`);
  try {
    return await (name === "deflate" ? undeflate : unzip)(body, { maxOutputLength: maxBytes });
  } catch (cause) {
    const tooLarge = cause instanceof RangeError;
    throw new EgressError(tooLarge ? "too-large" : "reset", "The answer could not be unpacked.", { cause });
  }
}

function asIntegrationError(error: EgressError, vendor: string, typedHost: boolean): IntegrationError {
  const unknownName = error.phase === "dns" && (error.code === "ENOTFOUND" || error.code === "EAI_NONAME");
  const kind = unknownName && typedHost ? "config" : kindOfPhase(error.phase);
  const what: Record<EgressError["phase"], string> = {
    dns: "has an address that could not be found",
    blocked: "has an address that is not on the public internet",
    connect: "did not accept the connection",
    tls: "could not prove who it is",
    timeout: "did not answer in time",
    reset: "closed the connection before answering",
    "too-large": "answered with more data than is read at once",
  };
  return new IntegrationError(kind, `${vendor} ${what[error.phase]}.`, {
    ...(error.code ? { vendorCode: error.code } : {}),
    cause: error,
  });
}
