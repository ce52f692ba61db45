import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { env } from "#app/platform/env.server.ts";

/** Where the bytes of documents are. They are ciphertext when they arrive here. Keys are made by us: `employer/ab/token`. */
export interface DocumentStore {
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Null when there is nothing under the key. */
  get(key: string): Promise<Buffer | null>;
  /** Already gone counts as done. */
  remove(key: string): Promise<void>;
}

/** Files in one folder: PATCHBAY_DOCUMENTS, or `documents` in the state folder. */
export function documentStore(folder: string = documentsFolder()): DocumentStore {
  const root = resolve(folder);
  const pathOf = (key: string) => {
    const path = resolve(root, key);
    if (!path.startsWith(root + sep)) throw new Error("A document key must stay inside the documents folder.");
    return path;
  };
  return {
    async put(key, bytes) {
      const path = pathOf(key);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const half = `${path}.part`;
      await writeFile(half, bytes, { mode: 0o600, flush: true });
      await rename(half, path);
    },
    async get(key) {
      try {
        return await readFile(pathOf(key));
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
        throw error;
      }
    },
    async remove(key) {
      await rm(pathOf(key), { force: true });
    },
  };
}

const documentsFolder = (): string => env().PATCHBAY_DOCUMENTS ?? join(env().PATCHBAY_STATE, "documents");
