/**
 * How a vendor signs its webhooks, as data. `kit/verify` checks it over the raw bytes in constant time; the inverse
 * signer in `kit/sign` makes valid requests for tests. A missing secret is a rejection.
 */
export type Signature =
  | {
      scheme: "hmac";
      hash: "sha1" | "sha256" | "sha512";
      encoding: "hex" | "base64";
      header: string;
      /** Text before the digest in the header, e.g. "sha256 " or "v0=". */
      prefix?: string;
      /** What is signed, a template over {body} {timestamp} {id} {url}; parts between are literal. */
      signed: string;
      timestamp?: { header: string; unit: "s" | "ms" | "iso"; toleranceSeconds: number };
      /** The vendor may sign the body with every non-ASCII UTF-16 unit as \uXXXX instead of the bytes it sends. */
      orUnicodeEscaped?: true;
      /** Header that carries {id}. */
      idHeader?: string;
      /** Secret encoding before use as key. */
      secretEncoding?: "utf8" | "base64" | "whsec";
      secret: SecretSource;
    }
  /** A secret that comes back unchanged in a header, e.g. Google's X-Goog-Channel-Token. */
  | {
      scheme: "shared-secret";
      header: string;
      secret: SecretSource;
      /** When the event happened, as an ISO time in the JSON body: older or newer ones are refused. */
      dated?: { bodyPath: string; toleranceSeconds: number };
    }
  /**
   * The digest stands in the JSON body and covers only the values that `signed` names, e.g. Lever's token and time. What
   * it leaves out is not proved: an event's `dedupeId` must be a covered value, and every event ends in a fetch.
   */
  | {
      scheme: "hmac-fields";
      hash: "sha256";
      encoding: "hex";
      /** Where the digest stands, a dot path of the body. */
      at: string;
      /** What is signed, a template over dot paths of the body: `{token}{triggeredAt}`. */
      signed: string;
      /** Which of the covered values says when it was sent; older or newer ones are refused. */
      dated: { bodyPath: string; unit: "s" | "ms" | "iso"; toleranceSeconds: number };
      secret: SecretSource;
    }
  | { scheme: "jwt"; header: string; issuer: string; audience: string; jwksUrl: `https://${string}` }
  /** The vendor signs nothing: the unguessable URL only wakes us, and nothing but a re-fetch is trusted. */
  | { scheme: "url-token"; reason: string };

/**
 * Where the secret lives: a secret config field of the connection, a setting of the vendor app on this instance, or
 * the secret we chose when subscribing.
 */
export type SecretSource =
  | { of: "connection"; field: string }
  | { of: "app"; setting: string }
  | { of: "subscription" };

/** A vendor's proof-of-address request, answered before any tenant is known. */
export interface Handshake {
  /** What marks it: a value in the JSON body, or the presence of a query parameter or header. */
  when: { bodyPath: string; is: string } | { query: string } | { header: string; is: string };
  /** Whether the signature must verify first. */
  verified: boolean;
  answer:
    | { kind: "echo"; from: { bodyPath: string } | { query: string }; as: "text" | { json: string } }
    | { kind: "empty" }
    /** HMAC of the token, answered as JSON beside the plain token (Zoom, LinkedIn). */
    | {
        kind: "hmac";
        from: { bodyPath: string } | { query: string };
        hash: "sha256";
        encoding: "hex";
        plainAs: string;
        signedAs: string;
      };
}
