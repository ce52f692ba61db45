import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeFolder } from "./folders.server.ts";

const root = mkdtempSync(join(tmpdir(), "patchbay-folders-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("a folder", () => {
  it("is made with those above it, and is left alone when it is there", () => {
    const folder = join(root, "one", "two", "three");
    makeFolder(folder);
    makeFolder(folder);
    expect(statSync(folder).isDirectory()).toBe(true);
  });

  it("cannot be made where a file has its name or stands above it", () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    expect(() => makeFolder(file)).toThrow("EEXIST");
    expect(() => makeFolder(join(file, "below"))).toThrow();
  });

  it.runIf(existsSync("/proc/self"))("is refused with the system's reason where there can be none, at once", () => {
    expect(() => makeFolder("/proc/patchbay/state")).toThrow(/ENOENT|EACCES|EPERM/);
  });
});
