import { createServer, type IncomingHttpHeaders } from "node:http";
import type { Sandbox } from "./server.ts";

/** The answer of a request, its JSON untyped: tests say what they expect of it. */
export const ask = (url: string, init: RequestInit = {}): Promise<Response> => fetch(url, { ...init });

/** Runs a command of the control plane and returns its JSON; throws with the control plane's message. */
export const control = async (sandbox: Sandbox, path: string, input: Record<string, unknown> = {}) => {
  const answer = await fetch(`${sandbox.origin}/_control/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(input),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error);
  return body;
};

/** A small HTTP peer on loopback that keeps what it was sent; stands in for the portal. Close it after use. */
export const createPeer = async (answer: (body: string) => { status?: number; body?: string } = () => ({})) => {
  const got: { headers: IncomingHttpHeaders; body: string; url: string }[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString("utf8");
      got.push({ headers: request.headers, body, url: request.url ?? "" });
      const reply = answer(body);
      response.writeHead(reply.status ?? 200).end(reply.body ?? "");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { origin: `http://127.0.0.1:${port}`, got, close };
};

/** Walks through a consent page as a person would: reads the form's hidden fields and presses a button. */
export const decideConsent = async (
  url: string,
  choice: { decision: "allow" | "deny"; account: string },
): Promise<URL> => {
  const shown = await (await fetch(url)).text();
  const action = /<form method="post" action="([^"]+)"/.exec(shown)?.[1] ?? "";
  const plain = (text: string) => text.replaceAll("&amp;", "&").replaceAll("&quot;", '"');
  const form = new URLSearchParams();
  for (const [, name = "", value = ""] of shown.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g))
    form.append(name, plain(value));
  for (const [, value = ""] of shown.matchAll(/<input type="checkbox" name="granted" value="([^"]*)"/g))
    form.append("granted", value);
  form.set("account", choice.account);
  form.set("decision", choice.decision);
  const answer = await fetch(plain(action), { method: "POST", body: form, redirect: "manual" });
  return new URL(answer.headers.get("location") ?? "");
};
