import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { HttpRequest } from "../contract/ctx.ts";
import { IntegrationError } from "../contract/errors.ts";
import type { AuthStrategy, Manifest } from "../contract/manifest.ts";
import { basicHeader, type Grant } from "./auth.server.ts";
import { createEgress } from "./egress.server.ts";
import { type CallRecord, createHttp, type HttpOptions, template } from "./http.server.ts";
import { createMemoryPacer } from "./pacer.server.ts";

const acme: Manifest = {
  id: "acme",
  name: "Acme",
  summary: "Sample",
  category: "ats",
  brand: { color: "#000000", site: "https://acme.example", monogram: "A" },
  cost: "free",
  signIn: "API key",
  auth: { kind: "none" },
  fields: [],
  setup: [],
  environments: [{ id: "production", label: "Production" }],
  capabilities: [],
  hosts: ["api.acme.example", "*.acme.cloud", "{server}"],
  rateLimit: {
    per: "connection",
    concurrency: 4,
    buckets: [],
    headers: { remaining: "x-left", reset: "x-reset", resetUnit: "epoch-s" },
  },
  docs: { api: "https://acme.example/docs", troubleshooting: [] },
  quality: "bronze",
  waivers: {},
};
const bearer: AuthStrategy = {
  kind: "oauth2-client",
  tokenUrl: "https://api.acme.example/token",
  scopes: [],
  clientAuth: "basic",
  clientIdField: "id",
  clientSecretField: "secret",
  defaultTtl: 3600,
};
const now = new Date(1790000000 * 1000);
const close: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of close.splice(0).reverse()) await one();
});

const shut = (server: Server) =>
  new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => unknown;
interface World extends Partial<Omit<HttpOptions, "credentials">> {
  grants?: Grant[];
}

async function vendor(handler: Handler, world: World = {}) {
  const seen: { method: string; url: string; headers: IncomingMessage["headers"]; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    seen.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
    handler(request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const egress = createEgress({ allow: [`127.0.0.1:${port}`] });
  close.push(
    () => shut(server),
    () => egress.close(),
  );
  const origin = `http://127.0.0.1:${port}`;
  const { grants = [{ version: 1, secrets: {}, keep: {} }], ...rest } = world;
  const meter: CallRecord[] = [];
  const slept: number[] = [];
  const refreshed: number[] = [];
  const http = createHttp({
    manifest: acme,
    strategy: { kind: "none" },
    connectionId: "c1",
    config: {},
    pacer: createMemoryPacer(() => now),
    egress,
    signal: new AbortController().signal,
    rewrite: { kind: "sandbox", origin },
    meter: (call) => meter.push(call),
    now: () => now,
    sleep: async (ms) => void slept.push(ms),
    ...rest,
    credentials: {
      current: async () => grants[0] as Grant,
      refresh: async (stale) => {
        refreshed.push(stale);
        const next = grants.find((grant) => grant.version > stale);
        if (!next) throw new IntegrationError("auth-revoked", "No more.");
        return next;
      },
    },
  });
  return { http, seen, meter, slept, refreshed, origin };
}

const get: HttpRequest = { url: "https://api.acme.example/v1/jobs" };
const anything = z.unknown();
const reply =
  (status: number, body: unknown = {}, headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));

async function failure(promise: Promise<unknown>): Promise<IntegrationError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof IntegrationError) return error;
  throw new TypeError(`Expected an IntegrationError, got ${String(error)}`);
}

describe("where a request goes", () => {
  it("takes the sandbox path with the vendor's host in it", async () => {
    const { http, seen, meter } = await vendor(reply(200, { ok: 1 }));
    await http.json({ ...get, query: { page: 2, left: undefined, on: true } }, anything);
    expect(seen[0]?.url).toBe("/acme/api.acme.example/v1/jobs?page=2&on=true");
    expect(meter).toMatchObject([
      { vendorId: "acme", host: "api.acme.example", method: "GET", path: "/v1/jobs", status: 200, kind: null },
    ]);
  });

  it("keeps path and query for another origin and names the host in a header", async () => {
    const own = await vendor(reply(200));
    const egress = createEgress({ allow: [new URL(own.origin).host] });
    close.push(() => egress.close());
    const { http } = await vendor(reply(200), { rewrite: { kind: "origin", origin: own.origin }, egress });
    await http.json(get, anything);
    expect(own.seen[0]).toMatchObject({ url: "/v1/jobs", headers: { "x-forwarded-host": "api.acme.example" } });
  });

  it("moves to the environment's host", async () => {
    const { http, seen } = await vendor(reply(200), {
      environment: { id: "stage", label: "Stage", hostMap: { "api.acme.example": "api.stage.acme.example" } },
    });
    await http.json(get, anything);
    expect(seen[0]?.url).toBe("/acme/api.stage.acme.example/v1/jobs");
  });

  it.each([
    "https://evil.example/",
    "http://api.acme.example/",
    "https://acme.cloud/",
    "https://u:p@api.acme.example/",
    "https://api.acme.example:8443/",
    "nonsense",
  ])("refuses %s before any socket", async (url) => {
    const { http, seen } = await vendor(reply(200));
    expect((await failure(http.send({ url }))).kind).toBe("config");
    expect(seen).toEqual([]);
  });

  it("allows any label under a star and the host that the person typed", async () => {
    const { http } = await vendor(reply(200), { config: { server: "https://dav.home.example:8443/cal" } });
    expect((await http.send({ url: "https://a.b.acme.cloud/x" })).status).toBe(200);
    expect((await http.send({ url: "https://dav.home.example:8443/x" })).status).toBe(200);
  });
});

describe("credentials", () => {
  const send = async (
    strategy: AuthStrategy,
    secrets: Record<string, string>,
    config: Record<string, unknown> = {},
  ) => {
    const { http, seen } = await vendor(reply(200), {
      strategy,
      config,
      grants: [{ version: 1, accessToken: "tok-1", secrets, keep: {} }],
    });
    await http.json(get, anything);
    return seen[0];
  };

  it("travel where the manifest says", async () => {
    const key = { k: "gh_demo_key_0001" };
    expect(
      (await send({ kind: "api-key", field: "k", send: { in: "basic-username" } }, key))?.headers.authorization,
    ).toBe("Basic Z2hfZGVtb19rZXlfMDAwMTo=");
    expect(
      (await send({ kind: "api-key", field: "k", send: { in: "header", name: "X-Key", prefix: "Key " } }, key))
        ?.headers["x-key"],
    ).toBe("Key gh_demo_key_0001");
    expect((await send({ kind: "api-key", field: "k", send: { in: "query", name: "token" } }, key))?.url).toMatch(
      /\?token=gh_demo_key_0001$/,
    );
    expect(
      (await send({ kind: "basic", usernameField: "u", passwordField: "p" }, { p: "pä" }, { u: "ada" }))?.headers
        .authorization,
    ).toBe(basicHeader("ada", "pä"));
    expect((await send(bearer, {}))?.headers.authorization).toBe("Bearer tok-1");
  });

  it("sign a canonical string", async () => {
    const seen = await send(
      {
        kind: "signed",
        keyField: "k",
        secretField: "s",
        hash: "sha256",
        encoding: "hex",
        canonical: "{method}\n{host}\n{path}\n{timestamp}\n{bodySha256}",
        headers: { "x-auth": "{key}:{timestamp}:{signature}" },
        timestamp: "epoch-s",
      },
      { k: "id1", s: "top-secret" },
    );
    expect(seen?.headers["x-auth"]).toBe(
      "id1:1790000000:a21c325f31fcd9c900335510c69dcc47f1badbfafa0c4dffc8c14cd10d9e23ef",
    );
  });

  it("are asked for by name when a field is empty", async () => {
    const { http } = await vendor(reply(200), {
      strategy: { kind: "api-key", field: "k", send: { in: "basic-username" } },
    });
    expect(await failure(http.send(get))).toMatchObject({ kind: "config", info: { field: "k" } });
  });

  it("are renewed once on 401 and the call repeated, even a POST", async () => {
    const grants = [1, 2].map((version) => ({ version, accessToken: `tok-${version}`, secrets: {}, keep: {} }));
    const { http, seen, refreshed } = await vendor(
      (request, response) => response.writeHead(request.headers.authorization === "Bearer tok-2" ? 200 : 401).end("{}"),
      { strategy: bearer, grants },
    );
    await http.send({ ...get, method: "POST", body: { a: 1 } });
    expect(refreshed).toEqual([1]);
    expect(seen.map((call) => call.headers.authorization)).toEqual(["Bearer tok-1", "Bearer tok-2"]);
  });

  it("takes an answer that an old token and a missing right share for the first, then for the second", async () => {
    const grants = [1, 2].map((version) => ({ version, accessToken: `token-${version}`, secrets: {}, keep: {} }));
    const classify = ({ text }: { text: string }) =>
      text.includes("FORBIDDEN") ? ("expired-or-forbidden" as const) : null;
    const world = { strategy: bearer, classify };
    const lacking = await vendor(reply(200, '{"errors":["FORBIDDEN"]}'), { ...world, grants: [...grants] });
    await expect(lacking.http.send({ url: "https://api.acme.example/a" })).rejects.toMatchObject({ kind: "forbidden" });
    expect(lacking.refreshed).toEqual([1]);
    const old = await vendor(
      (request, response) =>
        response.end(request.headers.authorization === "Bearer token-1" ? '{"errors":["FORBIDDEN"]}' : "{}"),
      { ...world, grants: [...grants] },
    );
    expect((await old.http.send({ url: "https://api.acme.example/a" })).text).toBe("{}");
    expect(old.refreshed).toEqual([1]);
  });

  it("count as revoked when the renewed ones are refused too", async () => {
    const grants = [1, 2, 3].map((version) => ({ version, accessToken: `tok-${version}`, secrets: {}, keep: {} }));
    const { http, refreshed } = await vendor(reply(401), { strategy: bearer, grants });
    expect((await failure(http.send(get))).kind).toBe("auth-revoked");
    expect(refreshed).toEqual([1]);
  });

  it("are fetched before the first call when there is no token yet", async () => {
    const grants: Grant[] = [
      { version: 0, secrets: {}, keep: {} },
      { version: 1, accessToken: "tok-1", secrets: {}, keep: {} },
    ];
    const { http, seen } = await vendor(reply(200), { strategy: bearer, grants });
    await http.send(get);
    expect(seen.map((call) => call.headers.authorization)).toEqual(["Bearer tok-1"]);
  });

  it("never appear in an error, not even when the vendor repeats them", async () => {
    const secret = "s3cr3t-canary-value";
    const { http } = await vendor(
      reply(422, { error: { code: "bad", message: `no: ${secret} for nia@example.org, Bearer abcdefghijkl` } }),
      {
        strategy: { kind: "api-key", field: "k", send: { in: "header", name: "x-key" } },
        grants: [{ version: 1, secrets: { k: secret }, keep: {} }],
      },
    );
    const error = await failure(http.send(get));
    expect(error).toMatchObject({ kind: "validation", info: { vendorCode: "bad", status: 422 } });
    expect(error.message).toBe("Acme did not accept what was sent (422): no: [redacted] for [address], [redacted].");
    expect(JSON.stringify(error.info)).not.toContain(secret);
  });
});

describe("what a status means", () => {
  it.each([
    [400, "validation"],
    [401, "auth-revoked"],
    [403, "forbidden"],
    [404, "not-found"],
    [409, "conflict"],
    [410, "not-found"],
    [412, "conflict"],
    [422, "validation"],
    [429, "rate-limited"],
    [301, "contract"],
  ] as const)("%i is %s, told by one call", async (status, kind) => {
    const { http, seen, meter } = await vendor(reply(status));
    expect((await failure(http.send(get))).kind).toBe(kind);
    expect(seen).toHaveLength(1);
    expect(meter[0]).toMatchObject({ status, kind });
  });

  it("lets the vendor's own reading go first", async () => {
    const { http } = await vendor(reply(200, { ok: false, error: "token_revoked" }), {
      classify: (answer) => (answer.text.includes("token_revoked") ? "auth-revoked" : null),
    });
    expect((await failure(http.send(get))).kind).toBe("auth-revoked");
  });

  it("finds a failure inside a 200", async () => {
    const okPath = { path: "ok", errorPath: "error" };
    const { http } = await vendor(reply(200, { ok: false, error: "channel_not_found" }));
    expect(await failure(http.send({ ...get, okPath }))).toMatchObject({
      kind: "validation",
      info: { vendorCode: "channel_not_found" },
    });
    const fine = await vendor(reply(200, { ok: true }));
    expect((await fine.http.send({ ...get, okPath })).status).toBe(200);
  });

  it("hands over statuses that the caller counts as answers", async () => {
    const { http } = await vendor(reply(404));
    expect((await http.send({ ...get, accept: [404] })).status).toBe(404);
  });

  it.each([
    [{ "retry-after": "7" }, 7],
    [{ "retry-after": "Mon, 21 Sep 2026 14:13:50 GMT" }, 30],
    [{ "x-reset": "1790000012" }, 12],
    [{}, 60],
  ])("429 with %j waits %i s, and is not slept out", async (headers, seconds) => {
    const { http, slept } = await vendor(reply(429, {}, headers));
    const error = await failure(http.send(get));
    expect(error.info.retryAfter).toEqual(new Date(now.getTime() + seconds * 1000));
    expect(slept).toEqual([]);
  });
});

describe("a vendor in trouble", () => {
  it.each([500, 502, 503])("is asked three times on %i, then unavailable", async (status) => {
    const { http, seen, slept } = await vendor(reply(status));
    expect((await failure(http.send(get))).kind).toBe("unavailable");
    expect([seen.length, slept.length]).toEqual([3, 2]);
  });

  it("is not asked again before the time that it names", async () => {
    const { http, seen } = await vendor(reply(503, {}, { "retry-after": "120" }));
    expect((await failure(http.send(get))).info.retryAfter).toEqual(new Date(now.getTime() + 120_000));
    expect(seen).toHaveLength(1);
  });

  it("gets a POST once only, unless it is marked as repeatable", async () => {
    const { http, seen } = await vendor(reply(500));
    await failure(http.send({ ...get, method: "POST", body: {} }));
    expect(seen).toHaveLength(1);
    await failure(http.send({ ...get, method: "POST", body: {}, idempotent: true }));
    expect(seen).toHaveLength(4);
  });

  it("is a network fault when it resets or hangs", async () => {
    const resetting = await vendor((request) => request.socket.destroy());
    expect((await failure(resetting.http.send(get))).kind).toBe("network");
    expect(resetting.seen).toHaveLength(3);
    const hanging = await vendor(() => {}, { attemptMs: 60, totalMs: 200 });
    expect((await failure(hanging.http.send(get))).kind).toBe("network");
  });

  it("is unavailable when a web page stands where data should be", async () => {
    const page: Handler = (_request, response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<html>Back soon</html>");
    const { http } = await vendor(page);
    expect((await failure(http.json(get, anything))).kind).toBe("unavailable");
    // Also where nobody reads the body: a sign-in page is no proof of a credential.
    expect((await failure(http.send(get))).kind).toBe("unavailable");
  });

  it("recovers within the call", async () => {
    let calls = 0;
    const { http } = await vendor((_request, response) => response.writeHead(++calls < 3 ? 502 : 200).end('{"a":1}'));
    expect(await http.json(get, z.object({ a: z.number() }))).toEqual({ a: 1 });
  });

  it("stops when the signal does", async () => {
    const abort = new AbortController();
    const { http, seen } = await vendor(() => abort.abort(new Error("left")), { signal: abort.signal });
    await expect(http.send(get)).rejects.toThrow("left");
    expect(seen).toHaveLength(1);
  });
});

describe("bodies", () => {
  it("are sent as JSON, form or text", async () => {
    const { http, seen } = await vendor(reply(200));
    await http.send({ ...get, method: "POST", body: { a: 1 } });
    await http.send({ ...get, method: "POST", form: { a: "1 2", b: "ü" } });
    await http.send({ ...get, method: "REPORT", text: { type: "application/xml", value: "<x/>" } });
    expect(seen.map((call) => [call.method, call.headers["content-type"], call.body])).toEqual([
      ["POST", "application/json", '{"a":1}'],
      ["POST", "application/x-www-form-urlencoded", "a=1+2&b=%C3%BC"],
      ["REPORT", "application/xml", "<x/>"],
    ]);
  });

  it("are unpacked up to the cap, so that a bomb does not fill memory", async () => {
    const gzip =
      (size: number): Handler =>
      (_request, response) =>
        response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(JSON.stringify("a".repeat(size))));
    const small = await vendor(gzip(10));
    expect(await small.http.json(get, z.string())).toBe("aaaaaaaaaa");
    const bomb = await vendor(gzip(1_000_000), { maxBytes: 10_000 });
    expect((await failure(bomb.http.json(get, z.string()))).kind).toBe("contract");
  });

  it("that miss the schema name the path and not the value", async () => {
    const { http } = await vendor(reply(200, [{ id: 1 }, { id: "nia@example.org" }]));
    const error = await failure(
      http.json({ url: "https://api.acme.example/v1/jobs/5101" }, z.array(z.object({ id: z.number() }))),
    );
    expect(error).toMatchObject({ kind: "contract", info: { field: "1.id" } });
    expect(error.message).toBe("Acme answered GET /v1/jobs/:id in an unexpected form at 1.id.");
  });

  it("may be empty where the schema allows null", async () => {
    const { http } = await vendor((_request, response) => response.writeHead(204).end());
    expect(await http.json(get, z.null())).toBeNull();
  });
});

describe("pages", () => {
  const list = z.object({ items: z.array(z.number()).optional(), next: z.string().nullish() });

  it("follow a Link header out of the sandbox back to the vendor's host, without adding the query again", async () => {
    const { http, seen, origin } = await vendor((request, response) => {
      const more = !request.url?.includes("cursor");
      response
        .writeHead(
          200,
          more ? { link: `<${origin}/acme/api.acme.example/v1/jobs?cursor=abc>; rel="next", <x>; rel="prev"` } : {},
        )
        .end("[]");
    });
    const how = { by: "link-header" } as const;
    const first = await http.page({ ...get, query: { per_page: 2 } }, z.array(z.number()), how);
    expect(first.next).toBe("https://api.acme.example/v1/jobs?cursor=abc");
    const second = await http.page({ ...get, query: { per_page: 2 }, cursor: first.next }, z.array(z.number()), how);
    expect(second.next).toBeNull();
    expect(seen[1]?.url).toBe("/acme/api.acme.example/v1/jobs?cursor=abc");
  });

  it("never follow a link to a foreign host, neither from the answer nor from a stored cursor", async () => {
    const { http, seen } = await vendor(reply(200, { next: "https://evil.example/steal" }));
    const how = { by: "next-url", at: "next" } as const;
    expect((await failure(http.page(get, list, how))).kind).toBe("config");
    expect((await failure(http.page({ ...get, cursor: "https://evil.example/x" }, list, how))).kind).toBe("config");
    expect(seen).toHaveLength(1);
  });

  it("map a stage link back to the production host", async () => {
    const environment = {
      id: "stage",
      label: "Stage",
      hostMap: { "api.acme.example": "api.stage.acme.example" },
    } as const;
    const { http } = await vendor(reply(200, { next: "https://api.stage.acme.example/v1/jobs?p=2" }), { environment });
    expect((await http.page(get, list, { by: "next-url", at: "next" })).next).toBe(
      "https://api.acme.example/v1/jobs?p=2",
    );
  });

  it("pass a cursor as a parameter and end on an empty one", async () => {
    const { http, seen } = await vendor((request, response) =>
      response.end(JSON.stringify({ items: [1], next: request.url?.includes("after=n1") ? "" : "n1" })),
    );
    const how = { by: "cursor", at: "next", param: "after" } as const;
    const first = await http.page(get, list, how);
    expect(first.next).toBe("n1");
    expect((await http.page({ ...get, cursor: first.next }, list, how)).next).toBeNull();
    expect(seen[1]?.url).toContain("?after=n1");
  });

  it.each([
    ["page", ["page=1&size=2", "page=2&size=2"]],
    ["offset", ["size=2&offset=0", "size=2&offset=2"]],
  ] as const)("count by %s and end on a short page", async (by, _urls) => {
    const { http, seen } = await vendor((request, response) => {
      const first = /(page=1|offset=0)/.test(request.url ?? "");
      response.end(JSON.stringify({ items: first ? [1, 2] : [3] }));
    });
    const how = { by, param: by, size: 2, sizeParam: "size", itemsAt: "items" } as const;
    const first = await http.page(get, list, how);
    const second = await http.page({ ...get, cursor: first.next }, list, how);
    expect([first.next, second.next]).toEqual([by === "page" ? "2" : "2", null]);
    expect(seen.map((call) => new URL(call.url, "http://x").searchParams.get(by))).toEqual(
      by === "page" ? ["1", "2"] : ["0", "2"],
    );
    expect(seen[0]?.url).toContain("size=2");
  });
});

describe("the envelope", () => {
  const envelope = {
    seal: (json: string, { secrets }: { secrets: Readonly<Record<string, string>> }) => `${secrets.word}:${json}`,
    open: (answer: string, { secrets }: { secrets: Readonly<Record<string, string>> }) =>
      answer.replace(`${secrets.word}:`, ""),
  };
  const grants = [{ version: 1, secrets: { word: "w" }, keep: {} }];

  it("wraps the body and unwraps the answer of sealed requests only", async () => {
    const echo: Handler = (_request, response, body) => response.end(body);
    const { http, seen } = await vendor(echo, { envelope, grants });
    const ask = { ...get, method: "POST", body: { a: 1 } } as const;
    const schema = z.object({ a: z.number() });
    expect(await http.json({ ...ask, sealed: true }, schema)).toEqual({ a: 1 });
    expect(await http.json(ask, schema)).toEqual({ a: 1 });
    expect(seen.map(({ body }) => body)).toEqual(['w:{"a":1}', '{"a":1}']);
    expect(seen[0]?.headers["content-type"]).toBe("application/json");
  });

  it("leaves a refusal as the vendor wrote it", async () => {
    const { http } = await vendor(reply(403, { message: "no" }), { envelope, grants });
    const error = await failure(http.send({ ...get, method: "POST", body: {}, sealed: true }));
    expect(error).toMatchObject({ kind: "forbidden", message: expect.stringContaining("no") });
  });
});

describe("the budget", () => {
  it("is taken before the call and never slept out", async () => {
    const manifest: Manifest = {
      ...acme,
      rateLimit: { per: "connection", concurrency: 4, buckets: [{ limit: 2, seconds: 10 }] },
    };
    const { http, seen, slept } = await vendor(reply(200), { manifest });
    await http.send(get);
    await http.send(get);
    const error = await failure(http.send(get));
    expect(error).toMatchObject({ kind: "rate-limited", info: { retryAfter: new Date(now.getTime() + 10_000) } });
    expect([seen.length, slept.length]).toEqual([2, 0]);
  });

  it("learns from a refusal, so that the next call is not made", async () => {
    const { http, seen } = await vendor(reply(429, {}, { "retry-after": "30" }));
    await failure(http.send(get));
    expect((await failure(http.send(get))).info.retryAfter).toEqual(new Date(now.getTime() + 30_000));
    expect(seen).toHaveLength(1);
  });

  it("counts a call that has a budget of its own in the common one too, where the vendor does", async () => {
    const own = { name: "jobs", match: "/jobs$", buckets: [{ limit: 2, seconds: 86_400 }], besides: true } as const;
    const rateLimit = {
      per: "connection",
      concurrency: 4,
      buckets: [{ limit: 3, seconds: 60 }],
      classes: [own],
    } as const;
    const { http, seen } = await vendor(reply(200), { manifest: { ...acme, rateLimit } });
    const other = { url: "https://api.acme.example/v1/people" };
    await http.send(get);
    await http.send(get);
    expect((await failure(http.send(get))).info.retryAfter).toEqual(new Date(now.getTime() + 86_400_000));
    // The refused call had taken its place in the common budget.
    expect((await failure(http.send(other))).info.retryAfter).toEqual(new Date(now.getTime() + 60_000));
    expect(seen).toHaveLength(2);
  });

  it("keeps no more calls in flight than the vendor allows", async () => {
    let flying = 0;
    let most = 0;
    const { http } = await vendor(async (_request, response) => {
      most = Math.max(most, ++flying);
      await new Promise((resolve) => setTimeout(resolve, 10));
      flying--;
      response.end("{}");
    });
    await Promise.all(Array.from({ length: 20 }, () => http.send(get)));
    expect(most).toBe(4);
  });
});

it("replaces ids in path templates", () => {
  expect(template("/v3/jobs/5101/move")).toBe("/v3/jobs/:id/move");
  expect(template("/calendars/ada@acme.example/events/iv7f3c2a90b14d4e8f9a01")).toBe("/calendars/:id/events/:id");
  expect(template("/users/me/calendarList")).toBe("/users/me/calendarList");
});
