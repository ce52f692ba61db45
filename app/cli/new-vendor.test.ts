import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { catalog } from "#app/integrations/catalog.ts";
import { newVendor } from "./new-vendor.ts";

const project = fileURLToPath(new URL("../../", import.meta.url));
let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "patchbay-vendor-"));
  for (const part of ["app/integrations", "app/sandbox", "public/logos"])
    cpSync(join(project, part), join(root, part), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const read = (path: string) => readFileSync(join(root, path), "utf8");

describe("a new vendor", () => {
  it("has a folder, a simulation, a logo, and its place in the sorted lists", () => {
    const written = newVendor(root, "acme-jobs", "greenhouse");
    for (const path of [
      "app/integrations/vendors/acme-jobs/manifest.ts",
      "app/sandbox/vendors/acme-jobs.ts",
      "public/logos/acme-jobs.svg",
    ])
      expect(existsSync(join(root, path)), path).toBe(true);
    expect(read("app/integrations/vendors/acme-jobs/manifest.ts")).toMatch(/id: "acme-jobs",\n\s+name: "Acme Jobs"/);
    const ids = (path: string, pattern: RegExp) => [...read(path).matchAll(pattern)].map((match) => match[1]);
    const expected = [...catalog.map((manifest) => manifest.id), "acme-jobs"].sort();
    expect(ids("app/integrations/catalog.ts", /from "\.\/vendors\/([^/]+)\//g)).toEqual(expected);
    expect(ids("app/integrations/adapters.server.ts", /import\("\.\/vendors\/([^/]+)\//g)).toEqual(expected);
    expect(read("app/integrations/catalog.ts")).toMatch(/= \[\s*acmeJobs,/);
    const places = /^app\/(integrations|sandbox)\/vendors\/acme-jobs[./]|^public\/logos\/acme-jobs\.svg$/;
    expect(written.filter((path) => !places.test(path))).toEqual([
      "app/integrations/catalog.ts",
      "app/integrations/adapters.server.ts",
    ]);
  });

  it("loads, under its own name", async () => {
    newVendor(root, "zebra", "wellfound");
    const loaded: { manifest: { id: string; name: string } } = await import(
      join(root, "app/integrations/vendors/zebra/manifest.ts")
    );
    expect(loaded.manifest).toMatchObject({ id: "zebra", name: "Zebra" });
  });

  it("is refused when the id is taken, odd, or nothing is there to copy", () => {
    expect(() => newVendor(root, "slack", "greenhouse")).toThrow("already");
    expect(() => newVendor(root, "../x", "greenhouse")).toThrow("not an id");
    expect(() => newVendor(root, "acme", "nobody")).toThrow("no vendor");
  });
});
