import { copyFile, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { env } from "#app/platform/env.server.ts";

/** A file on this machine's disk that is to be kept. */
export interface LocalFile {
  path: string;
  bytes: number;
}

/**
 * Where the bytes of documents are. They are ciphertext when they arrive here, and the names are made by us and say
 * nothing: `ab/<random>`. Streams both ways.
 */
export interface DocumentStore {
  /** Folder in which a file is written and checked before it is put; on the store's own disk where it has one. */
  incoming: string;
  /** Takes the file over; `path` is gone afterwards. */
  put(key: string, file: LocalFile): Promise<void>;
  /** Null when there is nothing under the key. */
  get(key: string): Promise<AsyncIterable<Uint8Array> | null>;
  /** Already gone counts as done. */
  remove(key: string): Promise<void>;
}

/** The instance's store: the bucket of PATCHBAY_S3_BUCKET, else a folder. */
export async function documentStore(): Promise<DocumentStore> {
  if (env().PATCHBAY_S3_BUCKET === undefined) return folderStore(documentsFolder());
  // The S3 client costs some 20 MB: only instances that use it load it.
  return (await import("./document-store-s3.server.ts")).s3Store();
}

/** Files in one folder: PATCHBAY_DOCUMENTS, or `documents` in the state folder. */
function folderStore(folder: string): DocumentStore {
  const root = resolve(folder);
  const pathOf = (key: string) => {
    const path = resolve(root, key);
    if (!path.startsWith(root + sep)) throw new Error("A document key must stay inside the documents folder.");
    return path;
  };
  return {
    incoming: join(root, ".incoming"),
    async put(key, { path: from }) {
      const path = pathOf(key);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await moveFile(from, path);
    },
    async get(key) {
      try {
        return (await open(pathOf(key))).createReadStream();
      } catch (error) {
        if (codeOf(error) === "ENOENT") return null;
        throw error;
      }
    },
    async remove(key) {
      await rm(pathOf(key), { force: true });
    },
  };
}

async function moveFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (codeOf(error) !== "EXDEV") throw error;
    await copyFile(from, `${to}.part`);
    await rename(`${to}.part`, to);
    await rm(from, { force: true });
  }
}

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? error.code : undefined);

const documentsFolder = (): string => env().PATCHBAY_DOCUMENTS ?? join(env().PATCHBAY_STATE, "documents");
