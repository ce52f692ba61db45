/**
 * The headers that every document carries. Scripts run by nonce only. Styles may be inline: sonner and Radix inject
 * `<style>` elements and charts write `style=` (docs/decisions/011). Forms may lead to a vendor's consent page, therefore
 * `form-action` allows https.
 */
export function documentHeaders(nonce: string, options: { dev?: boolean } = {}): Record<string, string> {
  const directives = [
    "default-src 'self'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self'${options.dev ? " ws:" : ""}`,
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self' https: http://127.0.0.1:* http://localhost:*",
  ];
  return {
    "content-security-policy": directives.join("; "),
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
}
