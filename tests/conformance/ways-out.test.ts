import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const files = globSync("{app,db,jobs}/**/*.{ts,tsx}", { cwd: root })
  .filter((file) => !/\.test\.tsx?$/.test(file))
  .sort();

/** What opens sockets, and what of it does not. */
const harmless: Readonly<Record<string, readonly string[]>> = {
  http: ["createServer"],
  https: ["createServer"],
  http2: [],
  net: ["createServer", "isIP", "isIPv4", "isIPv6", "BlockList"],
  tls: ["createSecureContext"],
  dgram: [],
  dns: [],
  "dns/promises": [],
  undici: [],
  nodemailer: [],
  postgres: [],
  pg: [],
  arctic: ["CodeChallengeMethod", "generateCodeVerifier", "generateState"],
  oauth4webapi: ["allowInsecureRequests", "customFetch"],
  jose: ["customFetch", "jwtVerify"],
  "@aws-sdk/client-s3": [],
};

/** The guard, and what speaks with it in place of its own way out. */
const guarded: Readonly<Record<string, string>> = {
  "app/integrations/kit/egress.server.ts": "the guarded agent",
  "app/integrations/kit/egress-connect.server.ts": "the guard itself, with the one look-up of names",
  "app/integrations/kit/egress-trace.server.ts": "reads the address of a socket that the guard opened",
  "app/integrations/kit/oauth.server.ts": "arctic makes addresses for the browser and calls nobody",
  "app/integrations/kit/oauth-token.server.ts": "its fetch is the egress",
  "app/integrations/kit/verify.server.ts": "its fetch is the egress",
};

/** The operator's own addresses, out of the environment, and what a person runs in a terminal for themselves. */
const own: Readonly<Record<string, string>> = {
  "app/platform/mail.server.ts": "the operator's mail server, or the sandbox's mailbox over the guarded agent",
  "app/services/document-scanner.server.ts": "the operator's scanner",
  "app/services/document-store-s3.server.ts": "the operator's bucket",
  "app/cli/instance.server.ts": "asks whether another instance runs on this machine",
  "app/cli/start.ts": "waits for the instance that it has started",
  "app/cli/webhooks-client.ts": "the API of the instance that a developer names",
  "app/cli/webhooks-commands.ts": "hands deliveries on to the developer's own program",
  "db/client.server.ts": "the operator's database",
  "db/migrate.server.ts": "the operator's database",
  "db/roles.server.ts": "the operator's database",
  "db/embedded/cluster.server.ts": "our own Postgres on this machine",
  "db/story/rest.ts": "the sandbox, when the story is told",
  "db/story/vendors.ts": "the sandbox, when the story is told",
  "jobs/runner.server.ts": "the operator's database",
  "app/sandbox/outside.ts": "the sandbox, to this machine and the portal only",
  "app/sandbox/testing.ts": "what tests ask the sandbox with",
};

/** Where the word stands for something else. */
const notFetch: Readonly<Record<string, string>> = {
  "app/components/webhooks/snippets.ts": "code that receivers paste into theirs",
  "app/services/sync-page.server.ts": "reads one record over the adapter that it is given",
  "app/sandbox/framework.ts": "declares what outside.ts does",
  "app/sandbox/mount.ts": "hands on what outside.ts does",
};

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");

/** The ways out that a file takes: modules with the names it uses of them, and the global ones. */
function waysOut(file: string): string[] {
  const text = withoutComments(readFileSync(join(root, file), "utf8"));
  const found: string[] = [];
  const statement = /^(?:import|export)\s+(type\s+)?([\w*]+(?:\s+as\s+\w+)?)?,?\s*(\{[^}]*\})?\s*from\s+"([^"]+)"/gm;
  for (const [, typeOnly, whole = "", named = "", module = ""] of text.matchAll(statement)) {
    const known = harmless[module.replace(/^node:/, "")];
    if (!known || typeOnly !== undefined) continue;
    const names = named.replace(/[{}]/g, "").split(",");
    const used = [whole, ...names.map((name) => name.trim().replace(/\s+as\s+.*$/, ""))].filter(
      (name) => name !== "" && !name.startsWith("type ") && !known.includes(name),
    );
    if (used.length > 0) found.push(`${module}: ${used.join(", ")}`);
  }
  for (const [, module = ""] of text.matchAll(/\b(?:import|require)\(\s*"([^"]+)"\s*\)/g))
    if (harmless[module.replace(/^node:/, "")]) found.push(module);
  if (/(?<![.\w"'`])fetch\(|\bglobalThis\.fetch\b|[=?:(,]\s*fetch\s*[;,)\n]/.test(text) && !notFetch[file])
    found.push("fetch");
  if (/\bnew (WebSocket|XMLHttpRequest)\b/.test(text)) found.push("a socket of the browser's kind");
  return found;
}

describe("a call that leaves the house", () => {
  const takers = files.filter((file) => waysOut(file).length > 0);

  it("goes through the guard, or is named with its reason", () => {
    const strays = takers.filter((file) => !guarded[file] && !own[file]);
    expect(strays.map((file) => `${file}: ${waysOut(file).join("; ")}`)).toEqual([]);
  });

  it("is made by everything that is named", () => {
    expect([...Object.keys(guarded), ...Object.keys(own)].filter((file) => !takers.includes(file))).toEqual([]);
    expect(Object.keys(notFetch).filter((file) => !files.includes(file))).toEqual([]);
  });

  it("is never made by what handles addresses that people or vendors give", () => {
    const handlers = ["app/routes/", "app/components/", "app/integrations/vendors/", "jobs/tasks/"];
    expect(Object.keys(own).filter((file) => handlers.some((folder) => file.startsWith(folder)))).toEqual([]);
  });

  it("has one guard, with the system's names and sockets below it", () => {
    const makers = files.filter((file) =>
      /\bcreateEgress\(/.test(withoutComments(readFileSync(join(root, file), "utf8"))),
    );
    expect(makers).toEqual([
      "app/integrations/kit/egress.server.ts",
      "app/integrations/local.server.ts",
      "app/services/delivery-egress.server.ts",
      "app/services/vendor-wire.server.ts",
    ]);
    const swapping = makers.filter((file) => /\b(resolver|connect):/.test(readFileSync(join(root, file), "utf8")));
    expect(swapping).toEqual(["app/integrations/kit/egress.server.ts"]);
  });

  it("is guarded in web and worker also when a library makes it", () => {
    const guarding = files.filter((file) => /^\s*guardProcess\(\);/m.test(readFileSync(join(root, file), "utf8")));
    expect(guarding).toEqual(["app/cli/web.ts", "jobs/worker.ts"]);
  });
});
