import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { insertSorted } from "./sorted-lists.ts";

/**
 * `npm run new:vendor -- acme --like greenhouse`: copies the shape of a vendor that works. Touches one folder, one
 * simulated vendor, one logo and the sorted lists. Everything copied keeps the other vendor's facts until they are
 * replaced, so the new one starts out green and fails as soon as it lies.
 */
const project = fileURLToPath(new URL("../../", import.meta.url));

/** "acme-jobs" → { id: "acme-jobs", camel: "acmeJobs", title: "Acme Jobs" } */
export function namesOf(id: string): { id: string; camel: string; title: string } {
  const words = id.split("-");
  const upper = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return { id, camel: [words[0], ...upper.slice(1)].join(""), title: upper.join(" ") };
}

/** Makes a vendor below `root`; returns the files written. Throws with a plain sentence and writes nothing when it cannot. */
export function newVendor(root: string, id: string, like: string): string[] {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id))
    throw new Error(`"${id}" is not an id: small letters, digits and hyphens.`);
  const folder = (vendor: string) => join(root, "app/integrations/vendors", vendor);
  if (!existsSync(folder(like))) throw new Error(`There is no vendor "${like}" to take the shape from.`);
  if (existsSync(folder(id))) throw new Error(`There is a vendor "${id}" already.`);

  const from = { ...namesOf(like), title: displayName(join(folder(like), "manifest.ts")) ?? namesOf(like).title };
  const to = namesOf(id);
  const renamed = (text: string) =>
    text
      .replaceAll(from.title, to.title)
      .replaceAll(from.title.replaceAll(" ", ""), to.title.replaceAll(" ", ""))
      .replaceAll(`vendors/${from.id}`, `vendors/${to.id}`)
      .replaceAll(`"./${from.id}/`, `"./${to.id}/`)
      .replaceAll(`id: "${from.id}"`, `id: "${to.id}"`)
      .replace(new RegExp(`\\b${from.camel}(?=[A-Z]|\\b)(?!\\.)`, "g"), to.camel);

  const written: string[] = [];
  const copy = (source: string, target: string): void => {
    if (!existsSync(join(root, source))) return;
    mkdirSync(dirname(join(root, target)), { recursive: true });
    if (/\.(ts|tsx|md)$/.test(source))
      writeFileSync(join(root, target), renamed(readFileSync(join(root, source), "utf8")));
    else cpSync(join(root, source), join(root, target));
    written.push(target);
  };
  for (const name of filesIn(folder(like)))
    copy(`app/integrations/vendors/${like}/${name}`, `app/integrations/vendors/${id}/${name}`);
  copy(`app/sandbox/vendors/${like}.ts`, `app/sandbox/vendors/${id}.ts`);
  if (existsSync(join(root, "app/sandbox/vendors", like)))
    for (const name of filesIn(join(root, "app/sandbox/vendors", like)))
      copy(`app/sandbox/vendors/${like}/${name}`, `app/sandbox/vendors/${id}/${name}`);
  copy(`public/logos/${like}.svg`, `public/logos/${id}.svg`);
  written.push(...insertSorted(root, to));
  return written;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => /\.(ts|tsx|md)$/.test(name) && !name.endsWith(".test.ts"));
}

function displayName(manifest: string): string | undefined {
  return /^\s*name: "([^"]+)"/m.exec(readFileSync(manifest, "utf8"))?.[1];
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { like: { type: "string", default: "greenhouse" } },
  });
  const [id] = positionals;
  try {
    if (!id) throw new Error("npm run new:vendor -- <id> --like <vendor>");
    for (const file of newVendor(project, id, values.like)) process.stdout.write(`${file}\n`);
    process.stdout.write(
      "\nNext: write the manifest and the README from the vendor's own documents, then `wire.ts`, then the simulated vendor\n" +
        `from the same documents and not from the adapter. \`npm run check:conformance -- ${id}\` says what is missing.\n`,
    );
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
}
