import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { insertSorted } from "./sorted-lists.ts";

/**
 * `npm run new:vendor -- acme --like greenhouse`: copies the shape of a vendor that works. Touches one folder, one
 * simulated vendor, one logo and the two sorted lists. Everything copied keeps the other vendor's facts until they are
 * replaced, so the new one starts out green and fails as soon as it lies.
 */
const project = fileURLToPath(new URL("../../", import.meta.url));

/** "acme-jobs" → { id: "acme-jobs", camel: "acmeJobs", title: "Acme Jobs" } */
export function namesOf(id: string): { id: string; camel: string; title: string } {
  const words = id.split("-");
  const upper = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return { id, camel: [words[0], ...upper.slice(1)].join(""), title: upper.join(" ") };
}

type Names = ReturnType<typeof namesOf>;
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/**
 * The text under the new name: the display name, paths, the id and identifiers made of it. Hosts, header names and other
 * facts of the old vendor stay, because somebody has to look each of them up.
 */
export function rename(text: string, from: Names, to: Names): string {
  const placed = text
    .replaceAll(from.title, "\uE001")
    .replaceAll(`id: "${from.id}"`, 'id: "\uE002"')
    .replace(new RegExp(`(?<=vendors/|"\\./)${from.id}(?=/|\\.ts)`, "g"), "\uE002");
  const identifiers = placed.replace(/(?<![\w./@-])([A-Za-z]\w*)(?![\w/@-]|\.\w)/g, (word) => {
    if (word === from.camel) return to.camel;
    if (new RegExp(`^${from.camel}[A-Z]`).test(word)) return word.replace(from.camel, to.camel);
    return word.replace(capital(from.camel), capital(to.camel));
  });
  // A title of one word also stands inside identifiers: there it is no display name.
  return identifiers
    .replace(/(?<=\w)\uE001|\uE001(?=\w)/g, to.title.replaceAll(" ", ""))
    .replaceAll("\uE001", to.title)
    .replaceAll("\uE002", to.id);
}

/** Makes a vendor below `root`; returns the files written. Throws with a plain sentence and writes nothing when it cannot. */
export function newVendor(root: string, id: string, like: string): string[] {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id))
    throw new Error(`"${id}" is not an id: small letters, digits and hyphens.`);
  const folder = (vendor: string) => join(root, "app/integrations/vendors", vendor);
  if (!existsSync(folder(like))) throw new Error(`There is no vendor "${like}" to take the shape from.`);
  if (existsSync(folder(id))) throw new Error(`There is a vendor "${id}" already.`);

  const title = displayName(join(folder(like), "manifest.ts"));
  const renamed = (text: string) => rename(text, { ...namesOf(like), ...(title ? { title } : {}) }, namesOf(id));

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
  written.push(...insertSorted(root, namesOf(id)));
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
