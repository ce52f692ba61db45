import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { afterAll } from "vitest";

/* A store that speaks enough S3 for documents: PUT, GET and DELETE of objects by path, every request signed with AWS
 * Signature Version 4, which is computed here from the specification and not by the client under test. */

export interface S3Server {
  origin: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Object name → bytes as they were sent. */
  objects: Map<string, Buffer>;
  /** Requests that were turned away. */
  refused: string[];
}

const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** Why a request is refused, or null when its signature fits. */
function refusal(request: IncomingMessage, secret: string): string | null {
  const header = (name: string) => [request.headers[name] ?? ""].flat().join(",").trim().replace(/ +/g, " ");
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      header("authorization"),
    );
  if (!match) return "no signature";
  const [, , day = "", region = "", signed = "", given = ""] = match;
  if (!signed.split(";").includes("host")) return "host not signed";
  const at = header("x-amz-date");
  const time = Date.parse(at.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (!at.startsWith(day) || !(Math.abs(Date.now() - time) < 15 * 60_000)) return "time is off";
  const url = new URL(request.url ?? "/", "http://store");
  const path = url.pathname
    .split("/")
    .map((part) => encode(decodeURIComponent(part)))
    .join("/");
  const query = [...url.searchParams]
    .map(([key, value]) => `${encode(key)}=${encode(value)}`)
    .sort()
    .join("&");
  const headers = signed.split(";").map((name) => `${name}:${header(name)}\n`);
  const canonical = [...[request.method, path, query, headers.join(""), signed], header("x-amz-content-sha256")].join(
    "\n",
  );
  const scope = `${day}/${region}/s3/aws4_request`;
  const hash = createHash("sha256").update(canonical).digest("hex");
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), "s3"), "aws4_request");
  const wanted = hmac(key, ["AWS4-HMAC-SHA256", at, scope, hash].join("\n"));
  return timingSafeEqual(wanted, Buffer.from(given, "hex")) ? null : "signature does not fit";
}

const error = (code: string) => `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`;

/** The store on loopback with one bucket; closed after the file's last test. */
export async function startS3(): Promise<S3Server> {
  const made = { bucket: "files", accessKeyId: "AKIDTEST", secretAccessKey: "very/secret+key" };
  const objects = new Map<string, Buffer>();
  const refused: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks);
    const answer = (status: number, content: string | Buffer = "") =>
      response.writeHead(status, { "content-type": "application/xml" }).end(content);
    const told = String(request.headers["x-amz-content-sha256"]);
    const why =
      refusal(request, made.secretAccessKey) ??
      (/^[0-9a-f]{64}$/.test(told) && createHash("sha256").update(body).digest("hex") !== told ? "body differs" : null);
    if (why !== null) {
      refused.push(why);
      return answer(403, error("SignatureDoesNotMatch"));
    }
    const [, bucket, name = ""] =
      /^\/([^/]+)\/(.+)$/.exec(decodeURIComponent(new URL(request.url ?? "/", "http://store").pathname)) ?? [];
    if (bucket !== made.bucket) return answer(404, error("NoSuchBucket"));
    if (request.method === "PUT") {
      objects.set(name, body);
      return answer(200);
    }
    if (request.method === "DELETE") {
      objects.delete(name);
      return answer(204);
    }
    const found = objects.get(name);
    return found ? answer(200, found) : answer(404, error("NoSuchKey"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return { ...made, objects, refused, origin: `http://127.0.0.1:${port}` };
}
