export interface Visit {
  status: number;
  /** Where a redirect leads, with its query; null when the answer is none. */
  location: string | null;
  headers: Headers;
  body: string;
}

/**
 * A browser without script: keeps cookies, sends forms with the origin that a browser names, follows no redirect by
 * itself.
 */
export class Visitor {
  readonly #url: string;
  readonly #cookies = new Map<string, string>();

  constructor(url: string) {
    this.#url = url;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Visit> {
    return this.#send(path, { headers });
  }

  /** Posts a form. `headers` may overwrite the origin. */
  post(
    path: string,
    fields: Record<string, string> | [string, string][],
    headers: Record<string, string> = {},
  ): Promise<Visit> {
    return this.#send(path, {
      method: "POST",
      headers: { origin: this.#url, ...headers },
      body: new URLSearchParams(fields),
    });
  }

  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies;
  }

  async #send(path: string, init: RequestInit): Promise<Visit> {
    const headers = new Headers(init.headers);
    if (this.#cookies.size > 0) {
      headers.set("cookie", [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    }
    const answer = await fetch(new URL(path, this.#url), { ...init, headers, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) this.#keep(line);
    const location = answer.headers.get("location");
    return { status: answer.status, location, headers: answer.headers, body: await answer.text() };
  }

  #keep(line: string): void {
    const [pair = "", ...attributes] = line.split(";");
    const split = pair.indexOf("=");
    const name = pair.slice(0, split);
    if (attributes.some((attribute) => /^\s*max-age=0$/i.test(attribute))) this.#cookies.delete(name);
    else this.#cookies.set(name, pair.slice(split + 1));
  }
}
