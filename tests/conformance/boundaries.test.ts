import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Import {
  from: string;
  /** A path below the root ("app/…"), or a package name. */
  to: string;
  typeOnly: boolean;
  /** Loaded on first use: part of the rules, but not of a cycle at load time. */
  lazy: boolean;
}

const files = globSync("{app,db,jobs}/**/*.{ts,tsx}", { cwd: root }).filter((file) => !/\.test\.tsx?$/.test(file));

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const found: Import[] = [];
  const statement = /^\s*(import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm;
  for (const [, , type, to = ""] of text.matchAll(statement))
    found.push({ from: file, to: resolve(file, to), typeOnly: type !== undefined, lazy: false });
  for (const [, to = ""] of text.matchAll(/\bimport\(\s*"([^"]+)"\s*\)/g))
    found.push({ from: file, to: resolve(file, to), typeOnly: false, lazy: true });
  return found;
}

function resolve(file: string, to: string): string {
  if (to.startsWith("#")) return to.slice(1);
  return to.startsWith(".") ? normalize(join(dirname(file), to)) : to;
}

const imports = files.flatMap(importsOf);
const isOurs = (path: string) => /^(app|db|jobs|tests)\//.test(path);
const under = (path: string, ...folders: string[]) =>
  folders.some((folder) => path === folder || path.startsWith(folder));

/** Imports of files below `folder` that `allowed` does not cover. */
function strays(folder: string, allowed: (one: Import) => boolean): string[] {
  return imports.filter((one) => under(one.from, folder) && !allowed(one)).map((one) => `${one.from} → ${one.to}`);
}

describe("who may import whom", () => {
  it("the scan sees the code", () => {
    expect(files.length).toBeGreaterThan(50);
    expect(
      imports.some(
        (one) =>
          one.from === "app/integrations/kit/http.server.ts" && one.to === "app/integrations/kit/egress.server.ts",
      ),
    ).toBe(true);
  });

  it("the contract imports only itself, and types of zod", () => {
    expect(
      strays(
        "app/integrations/contract/",
        (one) => under(one.to, "app/integrations/contract/") || (one.to === "zod" && one.typeOnly),
      ),
    ).toEqual([]);
  });

  it("the kit imports the contract, the log and packages", () => {
    const own = ["app/integrations/contract/", "app/integrations/kit/", "app/platform/log.server.ts"];
    expect(strays("app/integrations/kit/", (one) => !isOurs(one.to) || under(one.to, ...own))).toEqual([]);
  });

  it("a vendor imports the contract, the kit, zod and its own files, never another vendor", () => {
    const stray = strays("app/integrations/vendors/", (one) => {
      const own = `${one.from.split("/").slice(0, 4).join("/")}/`;
      const envelope = one.to === "node:crypto" && one.from.endsWith("/envelope.server.ts");
      return one.to === "zod" || envelope || under(one.to, "app/integrations/contract/", "app/integrations/kit/", own);
    });
    expect(stray).toEqual([]);
  });

  it("only the two lists and their own folder name a vendor", () => {
    const lists = ["app/integrations/catalog.ts", "app/integrations/adapters.server.ts"];
    const named = imports.filter(
      (one) => under(one.to, "app/integrations/vendors/") && !under(one.from, "app/integrations/vendors/"),
    );
    expect(named.filter((one) => !lists.includes(one.from)).map((one) => `${one.from} → ${one.to}`)).toEqual([]);
  });

  it("the sandbox and the integrations never import each other, nor does the sandbox import anything else of ours", () => {
    expect(strays("app/integrations/", (one) => !under(one.to, "app/sandbox/"))).toEqual([]);
    expect(strays("app/sandbox/", (one) => !isOurs(one.to) || under(one.to, "app/sandbox/", "app/platform/"))).toEqual(
      [],
    );
  });

  it("integrations know no database, services, routes or environment", () => {
    const barred = ["db/", "jobs/", "app/services/", "app/routes/", "app/components/", "app/platform/env.server.ts"];
    expect(strays("app/integrations/", (one) => !under(one.to, ...barred))).toEqual([]);
  });

  it("services do not reach up to routes, components or tasks", () => {
    expect(
      strays("app/services/", (one) => !under(one.to, "app/routes/", "app/components/", "jobs/tasks/", "app/sandbox/")),
    ).toEqual([]);
  });

  it("tasks and routes go through services: no vendor, no kit", () => {
    const barred = [
      "app/integrations/kit/",
      "app/integrations/vendors/",
      "app/integrations/adapters.server.ts",
      "app/sandbox/",
    ];
    expect(strays("jobs/tasks/", (one) => !under(one.to, ...barred))).toEqual([]);
    expect(strays("app/routes/", (one) => !under(one.to, ...barred, "db/"))).toEqual([]);
  });

  it("components import nothing of the server, and no zod", () => {
    const server = (one: Import) =>
      /\.server\.tsx?$/.test(one.to) || under(one.to, "db/", "jobs/", "app/services/", "app/sandbox/");
    expect(strays("app/components/", (one) => one.typeOnly || !(server(one) || one.to === "zod"))).toEqual([]);
  });

  it("manifests and the catalogue stay free of zod and server files", () => {
    const browser = [
      "app/integrations/catalog.ts",
      "app/integrations/posting-rules.ts",
      ...files.filter((file) => file.endsWith("/manifest.ts")),
    ];
    const stray = imports.filter(
      (one) => browser.includes(one.from) && !one.typeOnly && (one.to === "zod" || one.to.includes(".server.")),
    );
    expect(stray.map((one) => `${one.from} → ${one.to}`)).toEqual([]);
  });
});

it("no file imports itself over others", () => {
  const edges = new Map<string, string[]>();
  for (const one of imports)
    if (!one.typeOnly && !one.lazy && isOurs(one.to)) edges.set(one.from, [...(edges.get(one.from) ?? []), one.to]);
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (file: string, path: readonly string[]): void => {
    const known = path.indexOf(file);
    if (known >= 0) cycles.push([...path.slice(known), file].join(" → "));
    if (known >= 0 || done.has(file)) return;
    for (const next of edges.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) walk(file, []);
  expect(cycles).toEqual([]);
});

it("the environment is read in one place", () => {
  // The snippets are code for receivers to paste into theirs.
  const pasted = ["app/components/webhooks/snippets.ts", "app/components/webhooks/receivers.ts"];
  const ours = files.filter((file) => !pasted.includes(file));
  const readers = ours.filter((file) => /\bprocess\.env\b/.test(readFileSync(join(root, file), "utf8")));
  expect(readers).toEqual(["app/platform/env.server.ts"]);
});
