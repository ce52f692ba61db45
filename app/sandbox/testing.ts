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
