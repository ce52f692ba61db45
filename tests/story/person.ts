import { type HTMLElement, parse } from "node-html-parser";
import { fetchPlainly, Untruth } from "./untruth.ts";

/** A page as a person without script has it before them. */
export interface Sheet {
  url: URL;
  status: number;
  root: HTMLElement;
  /** All text of the main part, white space folded. */
  text: string;
}

type Fields = Readonly<Record<string, string | readonly string[] | File>>;

/**
 * A person at a browser without script: keeps cookies per host, follows redirects, fills in and sends the forms that the
 * pages hold. Everything goes over HTTP.
 */
export class Person {
  readonly #cookies = new Map<string, Map<string, string>>();

  async open(address: string | URL): Promise<Sheet> {
    return this.#go(new URL(address), { method: "GET" });
  }

  /**
   * Sends the form of a page whose button reads like `button`: the form's own values, changed by `fields`. Radio and check
   * boxes are given by value; a value that the form does not offer is an error.
   */
  async press(sheet: Sheet, button: RegExp, fields: Fields = {}): Promise<Sheet> {
    const found = findButton(sheet, button);
    const data = new FormData();
    for (const [name, value] of valuesOf(found.form, fields)) data.append(name, value);
    const name = found.button.getAttribute("name");
    if (name) data.append(name, found.button.getAttribute("value") ?? "");
    const action = found.button.getAttribute("formaction") ?? found.form.getAttribute("action") ?? "";
    const target = new URL(plain(action), sheet.url);
    if ((found.form.getAttribute("method") ?? "get").toLowerCase() === "get") {
      for (const [key, value] of data) if (typeof value === "string") target.searchParams.append(key, value);
      return this.#go(target, { method: "GET" });
    }
    const multipart = found.form.getAttribute("enctype") === "multipart/form-data";
    const pairs = [...data].flatMap(([key, value]) =>
      typeof value === "string" ? [[key, value] as [string, string]] : [],
    );
    return this.#go(target, {
      method: "POST",
      headers: { origin: sheet.url.origin },
      body: multipart ? data : new URLSearchParams(pairs),
    });
  }

  /** Follows a link of the page by its words or its address. */
  async follow(sheet: Sheet, link: RegExp): Promise<Sheet> {
    const found = sheet.root
      .querySelectorAll("a[href]")
      .find((one) => link.test(words(one)) || link.test(one.getAttribute("href") ?? ""));
    if (!found) throw new Untruth(`The page ${sheet.url.pathname} has no link like ${link}.`);
    return this.open(new URL(plain(found.getAttribute("href") ?? ""), sheet.url));
  }

  async #go(address: URL, init: RequestInit, hops = 0): Promise<Sheet> {
    const jar = this.#cookies.get(address.host) ?? new Map<string, string>();
    this.#cookies.set(address.host, jar);
    const headers = new Headers(init.headers);
    headers.set("accept", "text/html");
    if (jar.size > 0) headers.set("cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "));
    const answer = await fetchPlainly(address, { ...init, headers, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) keep(jar, line);
    const location = answer.headers.get("location");
    const body = await answer.text();
    if (location !== null && answer.status >= 300 && answer.status < 400) {
      if (hops > 8) throw new Untruth(`${address.pathname} redirects without end.`);
      return this.#go(new URL(location, address), { method: "GET" }, hops + 1);
    }
    const root = parse(body);
    return { url: address, status: answer.status, root, text: words(root.querySelector("main") ?? root) };
  }
}

const words = (element: HTMLElement): string => element.textContent.replace(/\s+/g, " ").trim();

const plain = (text: string): string => text.replaceAll("&amp;", "&");

function keep(jar: Map<string, string>, line: string): void {
  const [pair = "", ...attributes] = line.split(";");
  const split = pair.indexOf("=");
  if (attributes.some((attribute) => /^\s*max-age=0$/i.test(attribute))) jar.delete(pair.slice(0, split));
  else jar.set(pair.slice(0, split), pair.slice(split + 1));
}

function findButton(sheet: Sheet, wanted: RegExp): { button: HTMLElement; form: HTMLElement } {
  const buttons = sheet.root.querySelectorAll('button, input[type="submit"]');
  for (const button of buttons) {
    const label = words(button) || button.getAttribute("value") || button.getAttribute("aria-label") || "";
    if (!wanted.test(label) || button.getAttribute("type") === "button") continue;
    const id = button.getAttribute("form");
    const form = id ? sheet.root.querySelector(`#${id}`) : button.closest("form");
    if (form) return { button, form };
  }
  const labels = buttons.map(words).filter((label) => label !== "");
  throw new Untruth(
    `The page ${sheet.url.pathname} (${sheet.status}) has no button like ${wanted}; it has: ${labels.join(" · ") || "none"}.`,
  );
}

/** What the form would send, with `fields` in place of its own values. */
function valuesOf(form: HTMLElement, fields: Fields): [string, string | File][] {
  const values: [string, string | File][] = [];
  const given = new Set(Object.keys(fields));
  for (const input of form.querySelectorAll("input[name], select[name], textarea[name]")) {
    const name = input.getAttribute("name") ?? "";
    if (given.has(name) || input.hasAttribute("disabled")) continue;
    const type = (input.getAttribute("type") ?? "text").toLowerCase();
    if (["submit", "button", "file"].includes(type)) continue;
    if ((type === "checkbox" || type === "radio") && !input.hasAttribute("checked")) continue;
    if (input.tagName === "SELECT") {
      const options = input.querySelectorAll("option");
      const chosen = options.find((option) => option.hasAttribute("selected")) ?? options[0];
      values.push([name, chosen?.getAttribute("value") ?? ""]);
    } else if (input.tagName === "TEXTAREA") values.push([name, input.textContent]);
    else values.push([name, plain(input.getAttribute("value") ?? (type === "checkbox" ? "on" : ""))]);
  }
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof File || typeof value === "string") values.push([name, value]);
    else for (const one of value) values.push([name, one]);
  }
  return values;
}

/** The values that a page offers for a radio, check box or select field, with the words beside each. */
export function offered(sheet: Sheet, name: string): { value: string; label: string }[] {
  const boxes = sheet.root.querySelectorAll(`input[name="${name}"]`).map((input) => {
    const id = input.getAttribute("id");
    const label = input.closest("label") ?? (id ? sheet.root.querySelector(`label[for="${id}"]`) : null);
    return { value: plain(input.getAttribute("value") ?? ""), label: label ? words(label) : "" };
  });
  const options = sheet.root
    .querySelectorAll(`select[name="${name}"] option`)
    .map((option) => ({ value: plain(option.getAttribute("value") ?? ""), label: words(option) }));
  return [...boxes, ...options].filter((one) => one.value !== "");
}
