import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { catalog } from "#app/integrations/catalog.ts";
import type { AuthStrategy, Manifest } from "#app/integrations/contract/manifest.ts";
import { isRefreshable } from "#app/integrations/kit/auth.server.ts";
import { type LocalVendor, openLocally } from "#app/integrations/local.server.ts";

/** One answer of a vendor as it goes over the wire: text as it is, anything else as JSON. */
export interface Answer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
}

/** What each vendor is opened with: the way that calls it, settings, and tokens where a person signed in. */
interface Opening {
  vendorId: string;
  values?: Readonly<Record<string, string>>;
  /** Signed in by consent, with this token for new ones. */
  refreshToken?: string;
}

const rosa = { username: "rosa@acme.example", password: "abcd-efgh" };
const client = { clientId: "client-1", clientSecret: "secret-1" };
const harvest = { apiVersion: "v1", apiKey: "gh_demo_key_0001", actingUserId: "4000001" };
const indeed = {
  ...{ way: "job-sync", ...client, sourceName: "Acme", companyName: "Acme", sourceType: "Employer" },
  ...{ contactName: "Ana Ruiz", contactEmail: "jobs@acme.example" },
};

/** The vendors whose refusals are known, by the name of their way in. */
export const openings = {
  caldav: { vendorId: "caldav", values: { server: "https://dav.acme.example/", ...rosa } },
  fastmail: { vendorId: "fastmail", values: rosa },
  "google-calendar": { vendorId: "google-calendar", refreshToken: "1//0made-up" },
  greenhouse: { vendorId: "greenhouse", values: { apiVersion: "v3", ...client } },
  "greenhouse v1": { vendorId: "greenhouse", values: harvest },
  icloud: { vendorId: "icloud", values: rosa },
  indeed: { vendorId: "indeed", values: indeed },
  jobadder: { vendorId: "jobadder", refreshToken: "ref-a1" },
  jobvite: {
    vendorId: "jobvite",
    values: { companyId: "acme", apiKey: "demo_key_1234", apiSecret: "demo_secret_5678" },
  },
  lever: { vendorId: "lever", values: { signInBy: "key", apiKey: "lever_demo_key_0001" } },
  "lever sign-in": { vendorId: "lever", values: { signInBy: "oauth" }, refreshToken: "lever-refresh" },
  linkedin: { vendorId: "linkedin", values: { way: "api", ...client, organizationId: "990011", companyName: "Acme" } },
  nextcloud: { vendorId: "nextcloud", values: { server: "https://cloud.acme.example/", ...rosa } },
  slack: { vendorId: "slack", refreshToken: "xoxe-1-EXAMPLE-refresh" },
  weworkremotely: {
    vendorId: "weworkremotely",
    values: { token: "wwr-token", company: "Acme", posterEmail: "jobs@acme.example", categoryId: "4" },
  },
  ziprecruiter: {
    vendorId: "ziprecruiter",
    values: { apiKey: "zr-key", employerId: "acme", employerName: "Acme" },
  },
} as const satisfies Readonly<Record<string, Opening>>;
export type OpeningName = keyof typeof openings;

const strategiesOf = ({ auth }: Manifest): readonly (readonly [Record<string, string>, AuthStrategy])[] =>
  auth.kind === "choice"
    ? Object.entries(auth.options).map(([way, strategy]) => [{ [auth.field]: way }, strategy])
    : [[{}, auth]];

const filledIn = ({ fields }: Manifest): Record<string, string> =>
  Object.fromEntries(
    fields
      .filter(({ kind }) => kind !== "boolean")
      .map(({ key, kind, initial, options }) => [
        key,
        initial ?? options?.[0]?.value ?? (kind === "url" ? "https://dav.acme.example/" : "1"),
      ]),
  );

/** Every vendor of the catalogue in each of its ways to sign in, with nothing but what its manifest says. */
export const everyOpening = catalog.flatMap((manifest: Manifest) =>
  strategiesOf(manifest).map(([way, strategy]) => ({
    name: [manifest.id, ...Object.values(way)].join(" "),
    vendorId: manifest.id,
    values: { ...filledIn(manifest), ...way },
    ...(strategy.kind === "oauth2-code" ? { refreshToken: "refresh-1" } : {}),
    renews: isRefreshable(strategy),
  })),
);

/** The time of every test: what `Retry-After` and reset headers are counted from. */
export const now = new Date(1_790_000_000_000);

export interface AnsweringVendor {
  origin: string;
  /** Answers of the API in order; the last one goes on. */
  api: readonly Answer[];
  /** Answers of the token endpoint in order; the last one goes on. */
  token: readonly Answer[];
  /** Awaited before the token endpoint answers. */
  before: () => Promise<void>;
  /** Calls since they were set: of the API and of the token endpoint. */
  asked(): { api: number; token: number };
  /** Sets both lists and begins to count anew. */
  answers(api: readonly Answer[], token?: readonly Answer[]): void;
  open(how: OpeningName | Opening): Promise<LocalVendor>;
  close(): Promise<void>;
}

export const freshToken: Answer = {
  status: 200,
  body: { access_token: "new", refresh_token: "next", expires_in: 3600, token_type: "Bearer", ok: true },
};

/** Where the vendors' token endpoints are, as the sandbox's paths name them. */
const tokenPaths: ReadonlySet<string> = new Set(
  catalog.flatMap((manifest: Manifest) =>
    strategiesOf(manifest).flatMap(([, strategy]) => {
      if (!("tokenUrl" in strategy)) return [];
      const { host, pathname } = new URL(strategy.tokenUrl);
      return [`/${manifest.id}/${host}${pathname}`];
    }),
  ),
);

/** Vendors that say what a test wrote down, over real sockets and through the real adapters. Nothing is paced or slept. */
export async function startAnsweringVendor(): Promise<AnsweringVendor> {
  const counts = { api: 0, token: 0 };
  const server: Server = createServer((request, response) => {
    request.resume().on("end", async () => {
      const part = tokenPaths.has(request.url ?? "") ? "token" : "api";
      if (part === "token") await state.before();
      const list = state[part];
      const answer = list[Math.min(counts[part]++, list.length - 1)] ?? { status: 500 };
      const text =
        typeof answer.body === "string" || answer.body === undefined ? answer.body : JSON.stringify(answer.body);
      const json = text !== undefined && text !== answer.body ? { "content-type": "application/json" } : {};
      response.writeHead(answer.status, { ...json, ...answer.headers }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const opened: LocalVendor[] = [];
  const origin = `http://127.0.0.1:${port}`;
  const state: AnsweringVendor = {
    origin,
    before: async () => {},
    api: [],
    token: [freshToken],
    asked: () => ({ ...counts }),
    answers(api, token = [freshToken]) {
      Object.assign(state, { api, token });
      Object.assign(counts, { api: 0, token: 0 });
    },
    async open(how) {
      const { vendorId, values = {}, refreshToken }: Opening = typeof how === "string" ? openings[how] : how;
      const vendor = await openLocally({
        ...{ vendorId, values, unfilled: true, client },
        ...(refreshToken ? { tokens: { accessToken: "old", refreshToken } } : {}),
        rewrite: { kind: "sandbox", origin },
        pacer: { take: async () => ({ ok: true }) },
        http: { sleep: async () => {}, now: () => now },
      });
      opened.push(vendor);
      return vendor;
    },
    async close() {
      for (const one of opened.splice(0)) await one.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return state;
}
