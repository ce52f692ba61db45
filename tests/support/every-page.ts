import { readdirSync, readFileSync } from "node:fs";
import postgres from "postgres";
import { inProject } from "#app/platform/paths.server.ts";
import { startEmbeddedPostgres } from "#db/embedded.server.ts";
import type { Instance } from "./instance.ts";
import { askJson } from "./story.ts";
import { Visitor } from "./visitor.ts";

/* Where every page of the product is, for the tests that look at all of them. */

/** One look at a page: where it is, who looks, and the status it must answer with (200 when nothing is said). */
export interface Place {
  path: string;
  as?: Visitor;
  status?: number;
}

/** The name of every route file that shows a page of its own: it has a component, and that component no `<Outlet>`. */
export function pageRoutes(): string[] {
  const folder = inProject("app", "routes");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".tsx"))
    .filter((file) => {
      const source = readFileSync(`${folder}/${file}`, "utf8");
      return source.includes("export default function") && !source.includes("<Outlet");
    })
    .map((file) => file.slice(0, -".tsx".length))
    .sort();
}

const ID = "[0-9a-f]{8}-[0-9a-f-]{27}";

/** The addresses of a page that match, each once. */
function links(html: string, pattern: string): string[] {
  const found = html.matchAll(new RegExp(`href="(${pattern})"`, "g"));
  return [...new Set([...found].map(([, href = ""]) => href.replaceAll("&amp;", "&")))];
}

const pill = (html: string): string => /class="state pill"[^>]*>.*?<span>([^<]+)<\/span>/s.exec(html)?.[1] ?? "";

/** Of pages that look different by their state, one for each state. */
async function onePerState(visitor: Visitor, paths: readonly string[]): Promise<string[]> {
  const byState = new Map<string, string>();
  for (const path of paths) {
    const state = pill((await visitor.get(path)).body);
    if (!byState.has(state)) byState.set(state, path);
  }
  return [...byState.values()];
}

/** Signs somebody of the story in by the link that was mailed to them. */
async function signedInByMail(story: Instance, email: string): Promise<Visitor> {
  const visitor = new Visitor(story.url);
  await visitor.post("/login", { intent: "mail", email });
  const link = await mailedLink(story, email, /https?:\S+\/login\/link\?token=[^\s"<]+/);
  await visitor.post(link.pathname, { token: link.searchParams.get("token") ?? "", next: "/" });
  return visitor;
}

async function mailedLink(story: Instance, email: string, pattern: RegExp): Promise<URL> {
  for (let tries = 0; tries < 50; tries += 1) {
    const mails = JSON.stringify(await askJson(`${story.sandbox}/_mail/messages?to=${encodeURIComponent(email)}`));
    const found = pattern.exec(mails.replaceAll("\\n", "\n").replaceAll('\\"', '"'))?.[0];
    if (found) return new URL(found.replaceAll("&amp;", "&"));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`No mail with a link reached ${email}.`);
}

/** Every page by the route that shows it, with several of those that look different by the state of what they show. */
export async function everyPlace(story: Instance, mara: Visitor): Promise<Record<string, readonly Place[]>> {
  const page = async (path: string) => (await mara.get(path)).body;
  const at = (...paths: (string | undefined)[]): Place[] =>
    paths.map((path) => ({ path: path ?? "/the-story-has-none", as: mara }));
  const open = (...paths: string[]): Place[] => paths.map((path) => ({ path }));

  const connections = links(await page("/integrations"), `/integrations/${ID}`);
  const titles = await Promise.all(connections.map(async (path) => [path, await page(path)] as const));
  const connection = (name: string) => titles.find(([, html]) => html.includes(`<title>${name}`))?.[0] ?? name;
  const vendors = ["google-calendar", "greenhouse", "indeed", "slack", "weworkremotely", "ziprecruiter", "wellfound"];
  const wizards = vendors.map((vendor) => `/integrations/connect/${vendor}`);
  const begun: string[] = [];
  for (const path of wizards) {
    const { location } = await mara.post(path, { intent: "choose", environment: "sandbox", label: "Second" });
    if (location) begun.push(location);
  }
  const waiting = links(await page("/integrations"), '/integrations/connect/[a-z-]+\\?connection=[^"]+');
  const jobs = links(await page("/jobs"), `/jobs/${ID}`);
  const drafts = links(await page("/jobs?status=draft"), `/jobs/${ID}`);
  const postings = links(await page("/jobs/distribution"), `/jobs/postings/${ID}`);
  const applicants = links(await page("/applicants"), `/applicants/${ID}`);
  const interviews = links(await page("/interviews"), `/interviews/${ID}`);
  const endpoint = links(await page("/webhooks"), `/webhooks/endpoints/${ID}`)[0];
  const deliveries = links(await page(endpoint ?? "/webhooks"), `/webhooks/deliveries/${ID}`);
  const inbound = links(await page(`${connection("Slack")}/deliveries`), `[^"]*\\?[^"]*=${ID}[^"]*`);
  const invited = await mara.post("/webhooks/guests", { intent: "create", name: "Ana, Payroll IT", access: "read" });
  const guestLink = /\/portal\/[\w-]{75}/.exec(invited.body)?.[0] ?? "/portal/none";
  const inbox = (await mara.post("/webhooks/receive?index", { name: "Trying out" })).location ?? "/webhooks/receive";
  const inboxAddress = /\/inbox\/[\w-]{64}/.exec(await page(inbox))?.[0] ?? "/inbox/none";
  await fetch(story.url + inboxAddress, { method: "POST", headers: { "x-webhook-event": "job.closed" }, body: "{}" });
  const ended = await failForGood(mara, inbox);
  await loseSecrets(story, ended);
  const guest = new Visitor(story.url);
  await guest.post(guestLink, {});
  const careers = "/careers/hollin-verge";
  const opening = links(await page(careers), `${careers}/[^"]+`)[0];
  await mara.post("/settings/team", { intent: "invite", email: "new@example.com", role: "recruiter" });
  const invitation = await mailedLink(story, "new@example.com", /https?:\S+\/invite\/[^\s"<]+/);
  const viewer = await signedInByMail(story, "amara@hollinverge.example");
  const jonas = await signedInByMail(story, "jonas@hollinverge.example");
  await leaveTeam(mara, "jonas@hollinverge.example");

  return {
    $: [
      { path: "/no/such/place", status: 404 },
      { path: "/jobs/not-an-id", as: mara, status: 404 },
    ],
    "_portal.activity": at("/activity"),
    "_portal.applicants.$id": at(...applicants.slice(0, 2)),
    "_portal.applicants._index": at("/applicants", "/applicants?q=nobody-has-this-name"),
    "_portal.health": at("/health"),
    "_portal.integrations.$id._index": at(...connections),
    "_portal.integrations.$id.activity": at(`${connection("Greenhouse")}/activity`),
    "_portal.integrations.$id.deliveries": at(`${connection("Greenhouse")}/deliveries`, ...inbound.slice(0, 1)),
    "_portal.integrations.$id.disconnect": at(`${connection("ZipRecruiter")}/disconnect`),
    "_portal.integrations.$id.notifications": at(`${connection("Slack")}/notifications`),
    "_portal.integrations.$id.settings": at(`${connection("Greenhouse")}/settings`, `${connection("Slack")}/settings`),
    "_portal.integrations.$id.troubleshooting": at(`${connection("Google Calendar")}/troubleshooting`),
    "_portal.integrations._index": [
      ...at("/integrations", "/integrations?q=no-such-tool"),
      { path: "/integrations", as: viewer },
    ],
    "_portal.integrations.connect.$vendor": [
      ...at(wizards[0], ...begun, ...waiting.slice(0, 2)),
      { path: wizards[0] ?? "", as: viewer, status: 403 },
    ],
    "_portal.interviews.$id": at(...interviews.slice(0, 2)),
    "_portal.interviews._index": at("/interviews", "/interviews?show=past"),
    "_portal.interviews.new": at(`/interviews/new?application=${applicants[0]?.split("/").at(-1)}`),
    "_portal.jobs.$id": at(jobs[0], drafts[0]),
    "_portal.jobs.$id_.publish": at(`${jobs[0]}/publish`),
    "_portal.jobs._index": at("/jobs", "/jobs?q=no-such-job"),
    "_portal.jobs.distribution": at("/jobs/distribution"),
    "_portal.jobs.new": at("/jobs/new"),
    "_portal.jobs.postings.$id": at(...(await onePerState(mara, postings))),
    "_portal.search": at("/search", "/search?q=green"),
    "_portal.settings._index": at("/settings"),
    "_portal.settings.account": at("/settings/account"),
    "_portal.settings.api-keys": at("/settings/api-keys"),
    "_portal.settings.audit": at("/settings/audit", "/settings/audit?verify"),
    "_portal.settings.instance": at("/settings/instance"),
    "_portal.settings.team": at("/settings/team"),
    "_portal.settings.unclaimed": at("/settings/unclaimed"),
    "_portal.webhooks._index": [...at("/webhooks"), { path: "/webhooks", as: guest }],
    "_portal.webhooks.deliveries.$id": at(...(await onePerState(mara, deliveries.slice(0, 10)))),
    "_portal.webhooks.endpoints.$id._index": at(endpoint),
    "_portal.webhooks.endpoints.$id.code": [
      ...at(`${endpoint}/code`),
      { path: `${ended}/code`, as: mara, status: 500 },
    ],
    "_portal.webhooks.endpoints.$id.recover": at(`${endpoint}/recover`),
    "_portal.webhooks.endpoints.$id.secrets": at(`${endpoint}/secrets`),
    "_portal.webhooks.endpoints.$id.settings": at(`${endpoint}/settings`),
    "_portal.webhooks.events": at("/webhooks/events"),
    "_portal.webhooks.check": at("/webhooks/check"),
    "_portal.webhooks.failed": at("/webhooks/failed", "/webhooks/failed?type=job.closed"),
    "_portal.webhooks.guests": at("/webhooks/guests"),
    "_portal.webhooks.new": at("/webhooks/new"),
    "_portal.webhooks.receive.$id": at(inbox),
    "_portal.webhooks.receive._index": at("/webhooks/receive"),
    "_public.invite.$id": open(invitation.pathname + invitation.search),
    "_public.login._index": open("/login"),
    "_public.login.link": open("/login/link?token=x"),
    "_public.login.two-factor": open("/login/two-factor", "/login/two-factor?backup=1"),
    "_public.portal.$token": [...open(guestLink, "/portal/none"), { path: guestLink, as: mara }],
    "_public.portal._index": open("/portal"),
    "_public.no-employer": [{ path: "/no-employer", as: jonas }],
    "careers.$employer.$job._index": open(opening ?? careers),
    "careers.$employer.$job.apply": open(`${opening}/apply`),
    "careers.$employer.$job.thanks": open(`${opening}/thanks`),
    "careers.$employer._index": open(careers, `${careers}?q=no-such-job`),
    "oauth.$vendor.callback": [{ path: "/oauth/slack/callback?error=access_denied&state=x", as: mara, status: 400 }],
    sandbox: [
      ...open("/_control", "/_mail", "/_receiver", "/_receiver/hollin-verge"),
      ...vendors.map((vendor) => ({ path: `/_control/${vendor}` })),
    ].map(({ path }) => ({ path: story.sandbox + path })),
  };
}

/** Signs the story's first person in by the printed link. */
export async function signedInByLink(story: Instance): Promise<Visitor> {
  const mara = new Visitor(story.url);
  const link = new URL(story.signInLink);
  await mara.post(link.pathname, { token: link.searchParams.get("token") ?? "", next: "/" });
  return mara;
}

async function leaveTeam(mara: Visitor, email: string): Promise<void> {
  const team = (await mara.get("/settings/team")).body;
  const row = team.split("<tr").find((part) => part.includes(email)) ?? "";
  const memberId = /name="memberId" value="([^"]+)"/.exec(row)?.[1] ?? "";
  await mara.post("/settings/team", { intent: "remove", memberId });
}

/** Sends a test event to an address that answers 410, and waits until that is the end of it. Returns the endpoint's page. */
async function failForGood(mara: Visitor, inbox: string): Promise<string> {
  await mara.post(inbox, { intent: "answer", answerStatus: "410" });
  const endpoint = (await mara.post(inbox, { intent: "endpoint" })).location ?? inbox;
  await mara.post(endpoint, { intent: "test", type: "application.received" });
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await mara.get("/webhooks/failed")).body.includes("It answered 410.")) return endpoint;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("The delivery that was answered 410 did not fail.");
}

/**
 * Cuts the sealed secrets of an endpoint short, as a broken disk would, so that nothing can open them: the page that signs
 * an example with them fails by our own mistake.
 */
async function loseSecrets(story: Instance, endpoint: string): Promise<void> {
  const { adminUrl } = await startEmbeddedPostgres(story.stateFolder);
  const admin = postgres(adminUrl.replace(/\/postgres$/, "/patchbay"), { max: 1, onnotice: () => {} });
  const id = endpoint.split("/").at(-1) ?? "";
  const cut = await admin`update endpoint_secret set ciphertext = '\\x00' where endpoint_id = ${id}::uuid`;
  await admin.end();
  if (cut.count === 0) throw new Error(`The endpoint ${id} has no secret.`);
}
