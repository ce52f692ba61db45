import { type Call, htmlReply, type Reply, redirect } from "./framework.ts";
import { html, type Markup, page } from "./markup.ts";

/* The parts of a provider's sign-in that look the same everywhere; what is checked, and when, is each vendor's own. */

/** The scopes that a request names, parted by spaces or commas. */
export const scopesOf = (query: URLSearchParams): string[] => (query.get("scope") ?? "").split(/[ ,]+/).filter(Boolean);

/** Back to the app with the parameters that are not null. */
export function sendBack(uri: string, params: Readonly<Record<string, string | null>>): Reply {
  const target = new URL(uri);
  for (const [key, value] of Object.entries(params)) if (value !== null) target.searchParams.set(key, value);
  return redirect(target.href);
}

/** The page of a request that is not sent back, because nothing in it can be trusted. */
export const consentProblem = (name: string, heading: string, message: string): Reply =>
  htmlReply(400, page(name, html`<h1>${heading}</h1><p>${message}</p>`, false));

/** What will be allowed, as a list. */
export const scopeList = (scopes: readonly string[]): Markup =>
  html`<div class="card"><p>It will be able to:</p><ul>${scopes.map((scope) => html`<li><code>${scope}</code></li>`)}</ul></div>`;

/** The sign-in and consent page: choose an account (`account`), then allow or deny (`decision`). The query comes along. */
export function consentPage(
  call: Call,
  words: { title: string; heading: string; accounts: string },
  accounts: readonly { value: string; label: string }[],
  details: Markup,
  chosen = accounts[0]?.value,
): Reply {
  const choice = ({ value, label }: { value: string; label: string }) =>
    html`<label class="choice"><input type="radio" name="account" value="${value}"${value === chosen ? html` checked` : null}>${label}</label>`;
  const content = html`<div class="narrow"><h1>${words.heading}</h1>
<form method="post" action="${call.link(call.path)}">
${[...call.query].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<fieldset class="card"><legend>${words.accounts}</legend>${accounts.map(choice)}</fieldset>
${details}
<p><button class="primary" name="decision" value="allow">Allow</button> <button name="decision" value="deny">Cancel</button></p></form></div>`;
  return htmlReply(200, page(words.title, content, false));
}
