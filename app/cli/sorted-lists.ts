import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Names {
  id: string;
  camel: string;
}

/** Enters a vendor into the catalogue and the adapters, in alphabetical order. Simulations are found by their folder. */
export function insertSorted(root: string, names: Names): string[] {
  const { id, camel } = names;
  const key = /^[a-z0-9]+$/.test(id) ? id : `"${id}"`;
  edit(root, "app/integrations/catalog.ts", (text) =>
    addToArray(
      addLine(
        text,
        /^import \{ manifest as \w+ \} from "\.\/vendors\/([^/]+)\/manifest\.ts";$/,
        id,
        `import { manifest as ${camel} } from "./vendors/${id}/manifest.ts";`,
      ),
      /(catalog: readonly Manifest\[\] = \[)([^\]]*)(\])/,
      camel,
    ),
  );
  edit(root, "app/integrations/adapters.server.ts", (text) =>
    addLine(
      text,
      /^ {2}(?:"?[\w-]+"?): \(\) => import\("\.\/vendors\/([^/]+)\/adapter\.server\.ts"\),$/,
      id,
      `  ${key}: () => import("./vendors/${id}/adapter.server.ts"),`,
    ),
  );
  return ["app/integrations/catalog.ts", "app/integrations/adapters.server.ts"];
}

function edit(root: string, file: string, change: (text: string) => string): void {
  const path = join(root, file);
  const before = readFileSync(path, "utf8");
  const after = change(before);
  if (after === before) throw new Error(`${file} is not the list it used to be: add the vendor there by hand.`);
  writeFileSync(path, after);
}

/** Puts a line among those that `pattern` knows, before the first whose captured name sorts after `name`. */
function addLine(text: string, pattern: RegExp, name: string, line: string): string {
  const lines = text.split("\n");
  const known = lines.flatMap((one, index) => {
    const found = pattern.exec(one)?.[1];
    return found === undefined ? [] : [{ index, found }];
  });
  const last = known.at(-1);
  if (last === undefined) return text;
  const before = known.find((one) => one.found > name);
  lines.splice(before ? before.index : last.index + 1, 0, line);
  return lines.join("\n");
}

/** Puts a name into a one-line or many-line array, sorted without regard to case, formatted as it was. */
function addToArray(text: string, pattern: RegExp, name: string): string {
  return text.replace(pattern, (_all, open: string, inside: string, close: string) => {
    const names = inside
      .split(",")
      .map((one) => one.trim())
      .filter(Boolean);
    names.push(name);
    names.sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
    const oneLine = names.join(", ");
    return oneLine.length < 70 ? `${open}${oneLine}${close}` : `${open}\n  ${names.join(",\n  ")},\n${close}`;
  });
}
