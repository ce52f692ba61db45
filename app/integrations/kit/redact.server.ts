const tokenShapes: readonly RegExp[] = [
  /\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi,
  /\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*/g,
  /\b(xox[a-z]|xoxe|xapp|whsec|whsk|sk_live|sk_test|rk_live|ya29|gh[oprsu]|pat)[-_.][\w./+=-]{6,}/g,
  /\b1\/\/[\w-]{8,}/g,
  /((?:access|refresh|id)?_?(?:token|secret|password|api_?key|client_secret|signature|code_verifier)["']?\s*[=:]\s*["']?)[^\s"'&,}]{4,}/gi,
];
const mail = /[\w.+-]+@[\w-]+(\.[\w-]+)+/g;

export type Redactor = (text: string) => string;

/**
 * Makes text fit for logs, errors and people: every known secret (also base64 and URL-encoded), anything shaped like a
 * token, and e-mail addresses are replaced. Secrets shorter than four characters are left, they would blank everything.
 */
export function createRedactor(secrets: Iterable<string>): Redactor {
  const known = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < 4) continue;
    known.add(secret);
    known.add(encodeURIComponent(secret));
    known.add(Buffer.from(secret).toString("base64").replace(/=+$/, ""));
    known.add(Buffer.from(`${secret}:`).toString("base64").replace(/=+$/, ""));
  }
  const longestFirst = [...known].sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const secret of longestFirst) clean = clean.replaceAll(secret, "[redacted]");
    for (const shape of tokenShapes)
      clean = clean.replace(shape, (_whole, lead: unknown) =>
        typeof lead === "string" && /[=:]/.test(lead) ? `${lead}[redacted]` : "[redacted]",
      );
    return clean.replace(mail, "[address]");
  };
}
