import { spawn } from "node:child_process";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { childEnvironment, env } from "#app/platform/env.server.ts";

export type ScanVerdict = { clean: true } | { clean: false; reason: string };

/** Looks at a whole document. Throws when it cannot say: then nobody gets the document. */
export type DocumentScanner = (bytes: AsyncIterable<Uint8Array>, signal: AbortSignal) => Promise<ScanVerdict>;

/** What this instance scans documents with, or null for nothing. */
export function documentScanner(): DocumentScanner | null {
  const { PATCHBAY_SCAN_COMMAND: command, PATCHBAY_SCAN_URL: url } = env();
  if (command !== undefined) return (bytes, signal) => scanByCommand(command, bytes, signal);
  if (url !== undefined) return (bytes, signal) => scanByUrl(url, bytes, signal);
  return null;
}

const KEEP = 2_000;

/**
 * The document on the command's standard input; its exit status is the verdict, as ClamAV's tools give it: 0 clean, 1
 * found something, anything else failed. The command is split at spaces and runs without a shell.
 */
async function scanByCommand(
  command: string,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<ScanVerdict> {
  const [program = "", ...parameters] = command.split(/\s+/).filter((part) => part !== "");
  const child = spawn(program, parameters, { stdio: ["pipe", "pipe", "pipe"], env: childEnvironment({}), signal });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(0, KEEP);
    });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const fed = pipeline(Readable.from(bytes), child.stdin).catch((error: unknown) => error);
  const status = await ended;
  const trouble = await fed;
  // A scanner that found something may stop reading; a clean bill counts only for a document that was read to its end.
  if (status === 1) return { clean: false, reason: lastLine(said) };
  if (status !== 0) throw new Error(`The scan command ended with ${status}: ${lastLine(said)}`);
  if (trouble !== undefined) throw new Error("The scan command did not read the whole document.", { cause: trouble });
  return { clean: true };
}

const lastLine = (text: string) => text.trim().split("\n").at(-1)?.slice(0, 200) ?? "";

const answerSchema = z.object({ clean: z.boolean(), reason: z.string().max(500).optional() });

/**
 * The document as the body of a POST; the answer is 200 with `{"clean": true}` or `{"clean": false, "reason": "…"}`. The
 * address is the operator's own, often inside their network, as the database's and the mail server's are.
 */
async function scanByUrl(url: string, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<ScanVerdict> {
  const send = url.startsWith("https:") ? httpsRequest : httpRequest;
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const call = send(url, { method: "POST", headers: { "content-type": "application/octet-stream" }, signal });
    call.once("error", reject);
    call.once("response", (answer) => {
      let read = "";
      answer.setEncoding("utf8").on("data", (piece: string) => {
        read = (read + piece).slice(0, KEEP);
      });
      answer.once("end", () => resolve({ status: answer.statusCode ?? 0, text: read }));
      answer.once("error", reject);
    });
    pipeline(Readable.from(bytes), call).catch(reject);
  });
  if (status !== 200) throw new Error(`The scan service answered ${status}.`);
  const { clean, reason } = answerSchema.parse(JSON.parse(text));
  return clean ? { clean } : { clean, reason: reason ?? "" };
}
