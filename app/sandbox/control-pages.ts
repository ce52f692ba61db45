import { TAMPERS } from "./deliveries.ts";
import { TRANSPORT_FAULTS } from "./faults.ts";
import type { Field } from "./framework.ts";
import { html, type Markup, page, table } from "./markup.ts";
import type { MountedVendor } from "./mount.ts";

export const listPage = (vendors: readonly MountedVendor[]): string =>
  page(
    "Simulated vendors",
    html`<h1>Simulated vendors</h1>
<p>These stand in for the real services, over real HTTP. Connect them from the marketplace with the environment “sandbox”, then open one here to see what it holds and to break it.</p>
${table(
  "Vendors",
  ["Vendor", "What it does", "Calls", "Faults waiting"],
  vendors.map((vendor) => [
    html`<a href="/_control/${vendor.id}">${vendor.name}</a>`,
    vendor.about,
    vendor.meter.read(1).total,
    vendor.faults.list().length,
  ]),
)}`,
  );

const control = (field: Field): Markup => {
  if (field.options)
    return html`<select name="${field.name}">${field.options.map((option) => html`<option value="${option}"${option === field.value ? html` selected` : null}>${option || "(none)"}</option>`)}</select>`;
  if (field.kind === "textarea")
    return html`<textarea name="${field.name}" rows="4" cols="60">${field.value}</textarea>`;
  return html`<input name="${field.name}" type="${field.kind ?? "text"}" value="${field.value}" autocomplete="off">`;
};

const form = (action: string, label: string, fields: readonly Field[] = []): Markup =>
  html`<form class="row" method="post" action="${action}">${fields.map((field) =>
    field.options?.length === 1
      ? html`<input type="hidden" name="${field.name}" value="${field.options[0]}">`
      : html`<label>${field.label}${control(field)}</label>`,
  )}<button>${label}</button></form>`;

const credentials = (vendor: MountedVendor): Markup => {
  const entries = Object.entries(vendor.credentials());
  const app = entries[0]?.[1].client ?? {};
  const paste = (caption: string, values: Record<string, string>) =>
    Object.keys(values).length === 0
      ? null
      : table(
          caption,
          ["Field", "Value"],
          Object.entries(values).map(([field, value]) => [field, html`<code>${value}</code>`]),
        );
  return html`${Object.keys(app).length > 0 ? html`<p class="muted">The instance's own app, which the portal knows already:</p>${paste("App", app)}` : null}
${entries.map(
  ([name, entry], index) =>
    html`<details class="card"${index === 0 ? html` open` : null}><summary>${name}: ${entry.accountName}</summary>
${entry.note ? html`<p class="muted">${entry.note}</p>` : null}${paste(`Credentials ${name}`, entry.config)}</details>`,
)}`;
};

const faultForm = (vendor: MountedVendor): Markup => {
  const own = Object.keys(vendor.stateFaults);
  return html`${own.map((kind) =>
    form(`/_control/${vendor.id}/faults`, vendor.stateFaults[kind] ?? kind, [
      { name: "kind", label: "Fault", options: [kind], value: kind },
      ...vendor.faultFields(kind),
    ]),
  )}
${form(`/_control/${vendor.id}/faults`, "Break", [
  { name: "kind", label: "Fault", options: [...Object.keys(TRANSPORT_FAULTS), "clear"] },
  { name: "count", label: "How often (0: until cleared)", kind: "number", value: "1" },
  { name: "match", label: "Only on (regular expression)" },
  { name: "account", label: "Only for account" },
  { name: "retryAfter", label: "Retry-After as", options: ["seconds", "date", "none"] },
  { name: "seconds", label: "Seconds", kind: "number", value: "2" },
  { name: "field", label: "Field" },
])}
${table(
  "Faults waiting",
  ["Fault", "Left", "Only on", "Only for"],
  vendor.faults
    .list()
    .map((fault) => [
      fault.kind,
      fault.count === 0 ? "until cleared" : fault.count,
      fault.match ?? "",
      fault.account ?? "",
    ]),
)}`;
};

const webhookForm = (vendor: MountedVendor): Markup | null =>
  vendor.events.length === 0
    ? null
    : html`<h2>Webhooks</h2>${form(`/_control/${vendor.id}/webhooks`, "Send", [
        { name: "event", label: "Event", options: vendor.events },
        { name: "tamper", label: "Spoil", options: ["", ...TAMPERS] },
        { name: "repeat", label: "Repeat the last one", options: ["", "true"] },
      ])}
${table(
  "Deliveries",
  ["Sent", "Event", "To", "Try", "Spoilt", "Answer"],
  vendor.deliveries
    .list()
    .toReversed()
    .map((delivery) => [
      delivery.at,
      delivery.event,
      delivery.url,
      delivery.attempt,
      delivery.tamper ?? "",
      delivery.status ?? delivery.error ?? "",
    ]),
)}`;

const ROWS_SHOWN = 20;

export const vendorPage = (vendor: MountedVendor, said: string): string =>
  page(
    `${vendor.name} · sandbox`,
    html`<h1>${vendor.name}</h1><p>${vendor.about}</p><p class="muted">Served at ${vendor.hosts.map((host) => html`<code>/${vendor.id}/${host}/…</code> `)}</p>
${said ? html`<div class="card" role="status">${said}</div>` : null}
<h2>What to paste</h2>${credentials(vendor)}
<h2>Do something</h2><div class="card">${vendor.actions.map((action) => form(`/_control/${vendor.id}/actions/${action.id}`, action.label, action.fields))}</div>
<h2>Break it</h2><div class="card">${faultForm(vendor)}
${form(`/_control/${vendor.id}/clock`, "Set the clock", [{ name: "skewSeconds", label: "Seconds ahead of ours", kind: "number", value: String(vendor.skewSeconds()) }])}
${form(`/_control/${vendor.id}/reset`, "Start afresh")}</div>
${webhookForm(vendor)}
${vendor.sections().map(
  (
    section,
  ) => html`<h2>${section.title} <span class="muted">${section.rows.length}</span></h2>${section.note ? html`<p class="muted">${section.note}</p>` : null}
${table(section.title, section.columns, section.rows.slice(0, ROWS_SHOWN))}
${section.rows.length > ROWS_SHOWN ? html`<p class="muted">and ${section.rows.length - ROWS_SHOWN} more</p>` : null}`,
)}
<h2>Requests</h2>${table(
      "Requests",
      ["At", "Account", "Request", "Answer", "Fault", "ms"],
      vendor.meter
        .log()
        .toReversed()
        .slice(0, ROWS_SHOWN)
        .map((entry) => [
          entry.at,
          entry.account ?? "",
          `${entry.method} ${entry.host}${entry.path}`,
          entry.status,
          entry.fault ?? "",
          entry.ms,
        ]),
    )}`,
  );
