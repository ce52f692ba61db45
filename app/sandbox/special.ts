import type { IncomingHttpHeaders } from "node:http";

/** A request to the sandbox's own pages: control plane, mailbox, receivers. */
export type OwnCall = {
  method: string;
  /** Path parts without the first one, decoded. */
  parts: readonly string[];
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
};

const asText = (value: unknown): string =>
  typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);

/** The body's fields as text, whether JSON or a form. */
export const inputOf = (call: OwnCall): Record<string, string> => {
  const raw = call.body.toString("utf8");
  if (isForm(call)) return Object.fromEntries(new URLSearchParams(raw));
  if (raw.trim() === "") return {};
  const value: unknown = JSON.parse(raw);
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asText(inner)]));
};

export const isForm = (call: OwnCall): boolean =>
  (call.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
