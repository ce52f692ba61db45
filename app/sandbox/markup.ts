/** A piece of HTML that is already safe to print. */
export type Markup = { readonly html: string };

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Escapes text for an element's content or a quoted attribute. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);

type Value = string | number | null | undefined | false | Markup | readonly Markup[];

const print = (value: Value): string => {
  if (value === null || value === undefined || value === false) return "";
  if (typeof value === "string" || typeof value === "number") return escapeHtml(String(value));
  if ("html" in value) return value.html;
  return value.map((part) => part.html).join("");
};

/** Tagged template: every value is escaped unless it is markup itself. */
export const html = (strings: TemplateStringsArray, ...values: readonly Value[]): Markup => ({
  html: strings.reduce((out, part, index) => out + part + print(values[index]), ""),
});

const STYLE = `:root{color-scheme:light dark;--ground:light-dark(#f8f9fa,#0d0f12);--surface:light-dark(#fff,#141619);
--ink:light-dark(#181c21,#ebedef);--muted:light-dark(#575d65,#a0a5ac);--line:light-dark(#e2e4e7,#24272b);
--control:light-dark(#8c9198,#676c74);--accent:light-dark(#2858cd,#89abfd);--bad:light-dark(#ae2322,#f98b85);--ok:light-dark(#126635,#71d394)}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:13px/20px ui-sans-serif,system-ui,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1120px;margin:0 auto;padding:16px}h1{font-size:20px;line-height:28px;margin:8px 0}h2{font-size:14px;margin:28px 0 8px}h3{font-size:13px;margin:12px 0 4px}
p{max-width:76ch;margin:4px 0 12px}a{color:var(--accent)}.muted{color:var(--muted)}.bad{color:var(--bad)}.ok{color:var(--ok)}
.card{background:var(--surface);border:1px solid var(--line);border-radius:8px;padding:12px 16px;margin:8px 0}
.scroll{overflow-x:auto;background:var(--surface);border:1px solid var(--line);border-radius:8px}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:6px 12px;border-bottom:1px solid var(--line);vertical-align:top;max-width:420px;overflow-wrap:anywhere}
th{color:var(--muted);font-weight:500;font-size:12px;white-space:nowrap}td{min-width:72px}tr:last-child td{border-bottom:0}code,pre{font:12px/16px ui-monospace,monospace;overflow-wrap:anywhere}
form.row{display:flex;flex-wrap:wrap;gap:8px 12px;align-items:end;margin:8px 0}label{display:grid;gap:2px;font-size:12px;color:var(--muted);min-width:0;max-width:100%}fieldset{min-width:0;overflow-wrap:anywhere}details summary{cursor:pointer;min-height:24px}
input,select,textarea,button{font:inherit;color:var(--ink);background:var(--surface);border:1px solid var(--control);border-radius:6px;padding:5px 10px;min-height:32px;min-width:0;max-width:100%}
button{font-weight:500;cursor:pointer}button.primary{background:var(--ink);color:var(--surface);border-color:var(--ink)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}nav{padding:12px 16px;border-bottom:1px solid var(--line);display:flex;gap:16px;flex-wrap:wrap}
.choice{display:flex;gap:8px;align-items:center;color:var(--ink);font-size:13px;min-height:32px}.choice input{min-height:0}
.narrow{max-width:440px}@media(pointer:coarse){input,select,button{min-height:40px}}`;

/** A whole page of the sandbox: one style sheet, light and dark, no scripts. */
export const page = (title: string, content: Markup, navigation = true): string =>
  html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title}</title><style>${{ html: STYLE }}</style></head><body>
${navigation ? html`<nav aria-label="Sandbox"><a href="/_control">Simulated vendors</a><a href="/_mail">Mailbox</a><a href="/_receiver">Receivers</a></nav>` : null}
<main>${content}</main></body></html>`.html;

/** A table with its column names; an empty one says so in words. */
export const table = (
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly (string | number | null | Markup)[])[],
): Markup =>
  rows.length === 0
    ? html`<p class="muted">Nothing here yet.</p>`
    : html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
