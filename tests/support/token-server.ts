import { createServer } from "node:http";
import type { Manifest } from "#app/integrations/contract/manifest.ts";

/** A vendor that exists for tests only: rotating refresh tokens, one use each. */
export const tokenVendor: Manifest = {
  id: "acme-tokens",
  name: "Acme",
  summary: "Sample",
  category: "ats",
  brand: { color: "#000000", site: "https://acme.example", monogram: "A" },
  cost: "free",
  signIn: "Sign-in",
  auth: {
    kind: "oauth2-code",
    authorizeUrl: "https://acme.example/authorize",
    tokenUrl: "https://acme.example/token",
    revokeUrl: "https://acme.example/revoke",
    pkce: "S256",
    scopes: [{ name: "read", why: "To read jobs." }],
    clientAuth: "body",
    refresh: "rotating",
  },
  fields: [],
  setup: [],
  environments: [{ id: "production", label: "Production" }],
  capabilities: [],
  hosts: ["acme.example"],
  rateLimit: { per: "connection", concurrency: 5, buckets: [] },
  docs: { api: "https://acme.example/docs", troubleshooting: [] },
  quality: "bronze",
  waivers: {},
};

export interface TokenServer {
  origin: string;
  /** Requests that reached the token endpoint. */
  requests: number;
  /** The refresh token that works next; using an older one kills the grant. */
  next: string;
  /** Answers every request with this instead, while set. */
  instead: { status: number; body: unknown; headers?: Record<string, string> } | null;
  /** Runs before an answer is made. */
  before: () => Promise<void>;
  revoked: string[];
  /** Cuts every connection, so that an answer under way is lost. */
  drop(): void;
  close(): Promise<void>;
}

/** A token endpoint on loopback that gives each refresh token one use. Understands the sandbox's paths too. */
export async function startTokenServer(first: string): Promise<TokenServer> {
  let serial = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
    if (request.url?.endsWith("/revoke")) {
      state.revoked.push(form.get("token") ?? "");
      answer(200, {});
      return;
    }
    state.requests += 1;
    await state.before();
    if (state.instead) return void answer(state.instead.status, state.instead.body, state.instead.headers);
    if (form.get("grant_type") === "refresh_token" && form.get("refresh_token") !== state.next)
      return void answer(400, { error: "invalid_grant" });
    serial += 1;
    state.next = `refresh-${serial}`;
    answer(200, {
      access_token: `access-${serial}`,
      refresh_token: state.next,
      expires_in: 3600,
      token_type: "Bearer",
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const state: TokenServer = {
    origin: `http://127.0.0.1:${port}`,
    requests: 0,
    next: first,
    instead: null,
    before: async () => {},
    revoked: [],
    drop: () => server.closeAllConnections(),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return state;
}
