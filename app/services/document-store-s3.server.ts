import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { type Env, env } from "#app/platform/env.server.ts";
import { log } from "#app/platform/log.server.ts";
import type { DocumentStore } from "./document-store.server.ts";

const TRIES = 3;

let memo: { of: Env; client: S3Client } | undefined;

const tell = (...words: unknown[]) => log().debug({ words }, "The S3 client says something.");
const quiet = { trace: tell, debug: tell, info: tell, warn: tell, error: tell };

/** One client per process, as the environment describes it. Without a key of its own it asks where AWS tools ask. */
function client(): S3Client {
  const current = env();
  if (memo?.of === current) return memo.client;
  const { PATCHBAY_S3_ENDPOINT: endpoint, PATCHBAY_S3_REGION: region } = current;
  const { PATCHBAY_S3_ACCESS_KEY_ID: accessKeyId, PATCHBAY_S3_SECRET_ACCESS_KEY: secretAccessKey } = current;
  const config: S3ClientConfig = {
    region,
    // Other makers' stores often have no host name per bucket, and not all know the newer checksums.
    forcePathStyle: endpoint !== undefined,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    maxAttempts: TRIES,
    logger: quiet,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(accessKeyId !== undefined && secretAccessKey !== undefined
      ? { credentials: { accessKeyId, secretAccessKey } }
      : {}),
  };
  memo?.client.destroy();
  memo = { of: current, client: new S3Client(config) };
  return memo.client;
}

/** No answer, or one that the store itself is not well. */
function mayPass(error: unknown): boolean {
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  return status === undefined || status >= 500;
}

/** Objects in one bucket of any store that speaks S3. */
export function s3Store(): DocumentStore {
  const at = (key: string) => ({
    Bucket: env().PATCHBAY_S3_BUCKET,
    Key: `${env().PATCHBAY_S3_PREFIX}${key}`,
  });
  return {
    incoming: join(tmpdir(), "patchbay-incoming"),
    async put(key, { path, bytes }) {
      const kind = { ContentLength: bytes, ContentType: "application/octet-stream" };
      // The client repeats nothing that it reads from a stream: each try opens the file again.
      for (let attempt = 1; ; attempt += 1) {
        try {
          await client().send(new PutObjectCommand({ ...at(key), ...kind, Body: createReadStream(path) }));
          break;
        } catch (error) {
          if (attempt >= TRIES || !mayPass(error)) throw error;
        }
      }
      await rm(path, { force: true });
    },
    async get(key) {
      try {
        const { Body } = await client().send(new GetObjectCommand(at(key)));
        return Body instanceof Readable ? Body : null;
      } catch (error) {
        if (error instanceof NoSuchKey) return null;
        throw error;
      }
    },
    async remove(key) {
      await client().send(new DeleteObjectCommand(at(key)));
    },
  };
}
