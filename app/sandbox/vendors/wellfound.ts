import { z } from "zod";
import { rejection } from "../board-faults.ts";
import { defineSandboxVendor, type Field, formBody, htmlReply, Refusal, type Reply, redirect } from "../framework.ts";
import { html, type Markup, page } from "../markup.ts";

const HOST = "wellfound.com";
const LEAST_TEXT = 200;

const fieldsSchema = z.object({
  company: z.string().min(1, "Name the company"),
  title: z.string().min(1, "Give the job a title"),
  primaryRole: z.string().min(1, "Choose a role"),
  type: z.enum(["Full-time", "Part-time", "Contract", "Internship"]),
  remotePolicy: z.string().min(1, "Say where people may work"),
  locations: z.string().min(1, "Name a place"),
  skills: z.string().min(1, "Name at least one skill"),
  salary: z.string(),
  equity: z.string(),
  description: z.string().min(LEAST_TEXT, `Write at least ${LEAST_TEXT} characters`),
});
const postingSchema = z.object({
  id: z.number(),
  fields: fieldsSchema,
  status: z.enum(["in review", "live", "rejected", "removed"]),
  reason: z.string().nullable(),
  at: z.string(),
});
const stateSchema = z.object({
  postings: z.array(postingSchema),
  nextId: z.number(),
  rejectNext: z.string().nullable(),
});
type State = z.infer<typeof stateSchema>;

const LABELS: Record<keyof z.infer<typeof fieldsSchema>, string> = {
  company: "Company",
  title: "Job title",
  primaryRole: "Primary role",
  type: "Type of position",
  remotePolicy: "Remote policy",
  locations: "Locations",
  skills: "Skills",
  salary: "Salary range",
  equity: "Equity range",
  description: "Description",
};

const input = (name: string, value: string): Markup => {
  if (name === "description") return html`<textarea name="description" rows="10" cols="60">${value}</textarea>`;
  if (name === "type")
    return html`<select name="type">${["Full-time", "Part-time", "Contract", "Internship"].map((type) => html`<option${type === value ? html` selected` : null}>${type}</option>`)}</select>`;
  return html`<input name="${name}" value="${value}">`;
};

const formPage = (action: string, values: Record<string, string>, problems: readonly string[]): Reply =>
  htmlReply(
    problems.length > 0 ? 422 : 200,
    page(
      "Post a job · Wellfound",
      html`<h1>Post a job</h1><p>What a recruiter fills in at Wellfound: paste what the portal prepared.</p>
${problems.length > 0 ? html`<div class="card bad" role="alert">${problems.map((text) => html`<div>${text}</div>`)}</div>` : null}
<form method="post" action="${action}">${Object.entries(LABELS).map(([name, label]) => html`<p><label>${label}${input(name, values[name] ?? "")}</label></p>`)}
<p><button class="primary">Submit for review</button></p></form>`,
      false,
    ),
  );

const POSTING: Field = { name: "id", label: "Posting (blank: the newest)", optional: true };
const chosen = (state: State, given: Record<string, string>) => {
  const found = given.id ? state.postings.find((posting) => String(posting.id) === given.id) : state.postings.at(-1);
  if (!found) throw new Refusal("There is no such posting");
  return found;
};

export default defineSandboxVendor<State>({
  id: "wellfound",
  name: "Wellfound",
  about: "No posting API: a page where a person pastes the posting, and a review that a person sees.",
  hosts: [HOST],
  state: stateSchema,
  seed: () => ({ postings: [], nextId: 501, rejectNext: null }),
  credentials: () => ({
    good: {
      accountName: "acme-logistics",
      config: { companyUrl: `https://${HOST}/company/acme-logistics` },
      note: "There is nothing to sign in to: only the company's page is kept.",
    },
    other: { accountName: "birch-and-sons", config: { companyUrl: `https://${HOST}/company/birch-and-sons` } },
  }),
  routes: [
    {
      method: "GET",
      host: HOST,
      path: "/recruit/jobs/new",
      handle: (call) => formPage(call.link(call.path), Object.fromEntries(call.query), []),
    },
    {
      method: "POST",
      host: HOST,
      path: "/recruit/jobs/new",
      handle(call, { state, now, url }) {
        const values = Object.fromEntries(formBody(call));
        const parsed = fieldsSchema.safeParse({ salary: "", equity: "", ...values });
        const problems = parsed.success ? [] : parsed.error.issues.map((issue) => issue.message);
        if (!values.salary && !values.equity) problems.push("Give a salary or equity");
        if (!parsed.success || problems.length > 0) return formPage(call.link(call.path), values, problems);
        const reason = state.rejectNext;
        state.rejectNext = null;
        const posting: z.infer<typeof postingSchema> = {
          id: state.nextId++,
          fields: parsed.data,
          status: reason ? "rejected" : "in review",
          reason,
          at: now().toISOString(),
        };
        state.postings.push(posting);
        return redirect(url(HOST, `/jobs/${posting.id}`), 303);
      },
    },
    {
      method: "GET",
      host: HOST,
      path: "/jobs/:id",
      handle(call, { state }) {
        const posting = state.postings.find((candidate) => String(candidate.id) === call.params.id);
        if (!posting || posting.status === "removed")
          return htmlReply(404, page("Not found · Wellfound", html`<h1>This job is gone</h1>`, false));
        const said = {
          "in review": "Wellfound looks at the job before it shows.",
          live: "The job is live.",
          rejected: `Not accepted: ${posting.reason}`,
          removed: "",
        }[posting.status];
        return htmlReply(
          200,
          page(
            `${posting.fields.title} · Wellfound`,
            html`<h1>${posting.fields.title}</h1><p class="muted">${posting.fields.company} · ${posting.fields.locations} · ${posting.fields.type}</p><p role="status">${said}</p><div class="card"><pre style="white-space:pre-wrap">${posting.fields.description}</pre></div>`,
            false,
          ),
        );
      },
    },
  ],
  faults: {
    "reject-next-posting": rejection("The company profile is too thin"),
  },
  actions: [
    {
      id: "approve",
      label: "Accept a posting",
      fields: [POSTING],
      run: ({ state }, given) => void Object.assign(chosen(state, given), { status: "live", reason: null }),
    },
    {
      id: "reject",
      label: "Refuse a posting",
      fields: [POSTING, { name: "reason", label: "Reason", value: "The company profile is too thin" }],
      run: ({ state }, given) =>
        void Object.assign(chosen(state, given), { status: "rejected", reason: given.reason ?? "" }),
    },
    {
      id: "remove",
      label: "Take a posting down",
      fields: [POSTING],
      run: ({ state }, given) => void Object.assign(chosen(state, given), { status: "removed" }),
    },
  ],
  describe: ({ state }) => [
    {
      title: "Postings",
      note: `Paste one at /wellfound/${HOST}/recruit/jobs/new`,
      columns: ["Id", "Company", "Title", "State", "Reason", "At"],
      rows: state.postings
        .toReversed()
        .map((posting) => [
          posting.id,
          posting.fields.company,
          html`<a href="/wellfound/${HOST}/jobs/${posting.id}">${posting.fields.title}</a>`,
          posting.status,
          posting.reason ?? "",
          posting.at,
        ]),
    },
  ],
});
