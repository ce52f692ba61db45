import { type Call, formBody, htmlReply, type Reply, type Route, redirect, type World } from "./framework.ts";
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

/** The client and redirect URI that an app registered. */
interface Registered {
  clientId: string;
  redirectUris: readonly string[];
}

/** Which of the two a request has wrong, or null. Nothing is sent to a redirect URI that has not been checked. */
export function wrongClient(
  query: URLSearchParams,
  { clientId, redirectUris }: Registered,
): "client" | "redirect" | null {
  const uri = query.get("redirect_uri") ?? "";
  if (query.get("client_id") !== clientId) return "client";
  return URL.canParse(uri) && (redirectUris.length === 0 || redirectUris.includes(uri)) ? null : "redirect";
}

/** The two routes of a consent: the page, and where its form leads. */
export function consentRoutes<S>(own: {
  name: string;
  host: string;
  path: string;
  /** What is wrong with a request, or null. */
  wrong: (state: S, query: URLSearchParams) => string | null;
  page: (call: Call, state: S) => Reply;
  /** A code for the chosen account; null where there is none of that key. */
  code: (world: World<S>, account: string, form: URLSearchParams) => string | null;
  stranger: string;
}): Route<S>[] {
  const problem = (message: string) => consentProblem(own.name, "Something went wrong", message);
  const at = { host: own.host, path: own.path };
  return [
    {
      ...{ method: "GET", ...at },
      handle(call, { state }) {
        const wrong = own.wrong(state, call.query);
        return wrong ? problem(wrong) : own.page(call, state);
      },
    },
    {
      ...{ method: "POST", ...at },
      handle(call, world) {
        const form = formBody(call);
        const wrong = own.wrong(world.state, form);
        if (wrong) return problem(wrong);
        const uri = form.get("redirect_uri") ?? "";
        const echo = { state: form.get("state") };
        if (form.get("decision") !== "allow") return sendBack(uri, { error: "access_denied", ...echo });
        const code = own.code(world, form.get("account") ?? "", form);
        return code === null ? problem(own.stranger) : sendBack(uri, { code, ...echo });
      },
    },
  ];
}
