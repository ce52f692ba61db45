import { randomUUID } from "node:crypto";
import { z } from "zod";
import { offered, type Sheet } from "./person.ts";
import {
  anything,
  complaint,
  connectByConsent,
  connectByKey,
  control,
  expectTrue,
  openPortal,
  type Story,
  until,
} from "./steps.ts";

export interface Chapter {
  name: string;
  /** Whose work this is: with that vendor broken, exactly this chapter fails. */
  vendor?: string;
  /** The earlier chapter whose doings this one looks at: a break begins before it. */
  since?: string;
  /** Returns what was seen, with counts. */
  run(story: Story): Promise<string>;
}

const TITLE = "Tram Driver";
const account = "birch";

const note = (story: Story, key: string): string => {
  const found = story.notes.get(key);
  expectTrue(found, `An earlier step left no ${key}.`);
  return found;
};
const connectionOf = (story: Story, vendor: string): string => {
  const id = story.connections.get(vendor);
  expectTrue(id, `${vendor} was not connected.`);
  return id;
};

/** The address of the first link on a page whose words or target fit. */
function linkIn(page: Sheet, wanted: RegExp): string {
  const found = page.root
    .querySelectorAll("a[href]")
    .find((one) => wanted.test(one.textContent) || wanted.test(one.getAttribute("href") ?? ""));
  expectTrue(found, `${page.url.pathname} shows no ${wanted}.`);
  return (found.getAttribute("href") ?? "").replaceAll("&amp;", "&");
}

// ── getting in ──

async function signIn(story: Story): Promise<string> {
  const landing = await story.person.open(story.signInLink);
  const home = await story.person.press(landing, /sign in/i);
  expectTrue(home.status === 200 && !home.url.pathname.startsWith("/login"), "The sign-in link did not sign in.");
  const again = await story.person.open(story.signInLink);
  const twice = await story.person.press(again, /sign in/i).catch(() => again);
  expectTrue(twice.url.pathname.startsWith("/login") || twice.status >= 400, "The sign-in link worked twice.");
  const back = await openPortal(story, "/integrations");
  const birch = await story.person.press(back, /^Birch Works$/);
  expectTrue(/Nothing|No tools|Connect/.test(birch.text), "Birch Works should have nothing connected.");
  return "by a link that works once; Birch Works has nothing connected";
}

async function listen(story: Story): Promise<string> {
  const token = `story-${randomUUID().slice(0, 8)}`;
  const form = await openPortal(story, "/webhooks/new");
  const page = await story.person.press(form, /Add endpoint/, {
    url: `${story.sandbox}/_receiver/${token}`,
    description: "The employer's own system",
  });
  const secret = /whsec_[A-Za-z0-9+/=]+/.exec(page.root.toString())?.[0];
  expectTrue(secret, `The new endpoint did not show its secret: ${page.text.slice(0, 160)}`);
  await control(story, `_receiver/${token}/secret`, anything, { secret });
  story.notes.set("receiver", token);
  story.notes.set("receiver-secret", secret);
  return "a signed webhook endpoint at the employer's own system; its secret was shown once";
}

// ── six vendors and a hand-off board ──

const connect = (vendor: string, by: (story: Story) => Promise<string>): Chapter => ({
  name: `connect ${vendor}`,
  run: async (story) => `as ${await by(story)}`,
});

// ── the ATS ──

const greenhouseState = z.object({
  accounts: z.array(
    z.object({
      key: z.string(),
      jobs: z.array(
        z.object({ name: z.string(), is_template: z.boolean().nullish(), confidential: z.boolean().nullish() }),
      ),
    }),
  ),
});
const NEW_THERE = "Harbour Pilot";

async function syncGreenhouse(story: Story): Promise<string> {
  const id = connectionOf(story, "greenhouse");
  await control(story, "_control/greenhouse/actions/add-job", anything, { account, title: NEW_THERE });
  const { accounts } = await control(story, "_control/greenhouse/state", greenhouseState);
  const theirs = accounts
    .filter((one) => one.key === account)
    .flatMap((one) => one.jobs)
    .filter((job) => !job.is_template && !job.confidential).length;
  const overview = await openPortal(story, `/integrations/${id}`);
  await story.person.press(overview, /^Sync now$/);
  await until(
    `Greenhouse has ${theirs} jobs, ${NEW_THERE} among them; not all of them arrived.`,
    async () => {
      const listed = await openPortal(story, `/jobs?q=${encodeURIComponent(NEW_THERE)}`);
      const page = await openPortal(story, `/integrations/${id}`);
      const row = page.root.querySelectorAll("tr").find((one) => /Jobs/.test(one.textContent));
      return (
        listed.root.querySelector("main table")?.textContent.includes(NEW_THERE) &&
        (row?.textContent ?? "").endsWith(`Succeeded${theirs}`)
      );
    },
    60,
  );
  return `${theirs} jobs there, ${theirs} jobs here, the newest one too`;
}

// ── one job, boards of all four kinds ──

async function writeJob(story: Story): Promise<string> {
  const form = await openPortal(story, "/jobs/new");
  const page = await story.person.press(form, /Save and open|Open the job|Save and publish|^Open/, {
    ...{
      title: TITLE,
      departments: "Operations",
      category: "All Other Remote",
      remote: "remote",
      employment: "full_time",
    },
    description: `${"You drive trams by remote control, safely and on time, from wherever you live. ".repeat(4)}Three weeks of training are paid.`,
    ...{
      "locations[0].city": "Columbus",
      "locations[0].region": "OH",
      "locations[0].country": "US",
      "locations[0].postalCode": "43215",
    },
    ...{ salaryMin: "52000", salaryMax: "58000", salaryCurrency: "USD", salaryPeriod: "year", openings: "2" },
  });
  const id = /\/jobs\/([0-9a-f-]{36})/.exec(page.url.pathname)?.[1];
  expectTrue(id, `The job was not saved: ${complaint(page)}`);
  story.notes.set("job", id);
  const site = await story.person.open(`${story.url}/careers/birch-works`);
  expectTrue(site.text.includes(TITLE), "The open job is not on the career site.");
  return "open, and on the public career site";
}

/** Publishes to one board through the pre-flight form and returns its posting's page. */
async function publishTo(story: Story, vendor: string): Promise<Sheet> {
  const job = note(story, "job");
  const board = connectionOf(story, vendor);
  const form = await openPortal(story, `/jobs/${job}/publish?board=${board}`);
  expectTrue(
    offered(form, "board").some((one) => one.value === board),
    `${vendor} is not offered for publishing: ${form.text.slice(0, 200)}`,
  );
  const totals = form.root.querySelectorAll('input[name="total"]');
  const price = vendor === "weworkremotely" ? { total: "USD 29900" } : totals.length > 0 ? { total: "" } : {};
  const page = await story.person.press(form, /^Publish/, { board, ...price });
  expectTrue(page.url.pathname === "/jobs/distribution", `Publishing to ${vendor} was refused: ${complaint(page)}`);
  return page;
}

/** The matrix's cell of the story's job on one board. */
async function cell(story: Story, vendor: string): Promise<{ state: string; text: string; href: string }> {
  const page = await openPortal(story, `/jobs/${note(story, "job")}`);
  const wanted = connectionOf(story, vendor);
  const matrix = await openPortal(story, "/jobs/distribution");
  const links = [
    ...matrix.root.querySelectorAll('a[href^="/jobs/postings/"]'),
    ...page.root.querySelectorAll('a[href^="/jobs/postings/"]'),
  ];
  for (const link of links) {
    const href = link.getAttribute("href") ?? "";
    const posting = await openPortal(story, href);
    if (!posting.root.toString().includes(wanted) || !posting.text.includes(TITLE)) continue;
    return { state: posting.root.querySelector("main .state")?.textContent.trim() ?? "", text: posting.text, href };
  }
  return { state: "", text: "", href: "" };
}

const untilShown = (story: Story, vendor: string, state: RegExp, sentence: string) =>
  until(sentence, async () => {
    const found = await cell(story, vendor);
    return state.test(found.state) ? found : null;
  });

const zipJobs = z.object({
  jobs: z.array(
    z.object({ account: z.string(), status: z.string(), job: z.object({ job_id: z.string(), title: z.string() }) }),
  ),
  applications: z.array(z.object({ account: z.string(), name: z.string(), answered: z.string() })),
});

async function publishZip(story: Story): Promise<string> {
  await publishTo(story, "ziprecruiter");
  const found = await until("ZipRecruiter never got the job.", async () => {
    const { jobs } = await control(story, "_control/ziprecruiter/state", zipJobs);
    const mine = jobs.filter((one) => one.account === account && one.job.title === TITLE);
    return mine.length > 0 ? mine : null;
  });
  expectTrue(found.length === 1, `ZipRecruiter holds the job ${found.length} times.`);
  await untilShown(story, "ziprecruiter", /^Live/, "The posting on ZipRecruiter never became live here.");
  return `1 posting there, live here; ${await boardApplicant(story, found[0]?.job.job_id ?? "")}`;
}

/** Somebody applies on ZipRecruiter: its signed webhook must be answered with 200 and bring the person here. */
async function boardApplicant(story: Story, jobId: string): Promise<string> {
  const connection = await openPortal(story, `/integrations/${connectionOf(story, "ziprecruiter")}/settings`);
  const overview = await openPortal(story, `/integrations/${connectionOf(story, "ziprecruiter")}`);
  const address = /https?:\/\/[^\s"<]+\/webhooks\/ziprecruiter\/[\w-]+/.exec(
    connection.root.toString() + overview.root.toString(),
  )?.[0];
  expectTrue(address, "The connection does not show the address that ZipRecruiter's team needs.");
  await control(story, "_control/ziprecruiter/actions/register-webhook", anything, { account, url: address });
  await control(story, "_control/ziprecruiter/actions/apply", anything, {
    account,
    jobId,
    name: "Lee Park",
    email: "lee.park@mail.example",
  });
  const answered = await until(
    "ZipRecruiter's applicant was not answered with 200.",
    async () => {
      const { applications } = await control(story, "_control/ziprecruiter/state", zipJobs);
      return applications.find((one) => one.account === account);
    },
    10,
  );
  await until("ZipRecruiter's applicant is not in the portal.", async () =>
    (await openPortal(story, "/applicants")).text.includes(answered.name),
  );
  return `${answered.name} arrived by a signed webhook`;
}

const wwr = z.object({
  listings: z.array(z.object({ id: z.union([z.string(), z.number()]), account: z.string(), status: z.string() })),
  charges: z.array(z.object({ account: z.string(), amountMinor: z.number() })),
});

async function publishPaid(story: Story): Promise<string> {
  const before = (await control(story, "_control/weworkremotely/state", wwr)).charges.filter(
    (one) => one.account === account,
  ).length;
  await publishTo(story, "weworkremotely");
  const listing = await until("We Work Remotely never got the listing.", async () => {
    const state = await control(story, "_control/weworkremotely/state", wwr);
    return state.listings.find((one) => one.account === account && one.status === "pending");
  });
  await untilShown(story, "weworkremotely", /^In review/, "The listing is in review there and not shown so here.");
  await control(story, "_control/weworkremotely/actions/approve", anything, { id: String(listing.id) });
  const { href } = await cell(story, "weworkremotely");
  const posting = await openPortal(story, href);
  await story.person.press(posting, /Look again/);
  await untilShown(story, "weworkremotely", /^Live/, "The approved listing never became live here.");
  const charges = (await control(story, "_control/weworkremotely/state", wwr)).charges.filter(
    (one) => one.account === account,
  ).length;
  expectTrue(charges === before + 1, `We Work Remotely charged ${charges - before} times.`);
  return "price agreed before, charged once, in review, approved, live";
}

async function publishFeed(story: Story): Promise<string> {
  await publishTo(story, "indeed");
  const feed = `${story.url}/feeds/birch-works/${connectionOf(story, "indeed")}.xml`;
  await until("The feed does not hold the job.", async () => (await (await fetch(feed)).text()).includes(TITLE));
  const first = await fetch(feed);
  await first.arrayBuffer();
  const again = await fetch(feed, { headers: { "if-none-match": first.headers.get("etag") ?? "" } });
  expectTrue(again.status === 304, `An unchanged feed answered ${again.status} instead of 304.`);
  await control(story, "_control/indeed/actions/register-feed", anything, { account, url: feed });
  await control(story, "_control/indeed/actions/crawl", anything, { account });
  await until(
    "Indeed's crawler found nothing it would show.",
    async () => {
      const state = await control(
        story,
        "_control/indeed/state",
        z.object({
          accounts: z.array(
            z.object({
              key: z.string(),
              jobs: z.array(z.object({ status: z.string(), fields: z.record(z.string(), z.string()) })),
            }),
          ),
        }),
      );
      const jobs =
        state.accounts.find((one) => one.key === account)?.jobs.filter((one) => one.fields.title === TITLE) ?? [];
      return jobs.some((one) => one.status === "live");
    },
    10,
  );
  await untilShown(story, "indeed", /^(In review|Live)/, "Indeed has crawled the job and it is still shown as queued.");
  return "in the feed, 304 when unchanged, crawled";
}

async function publishByHand(story: Story): Promise<string> {
  await publishTo(story, "wellfound");
  const { href, text } = await untilShown(story, "wellfound", /^Your step/, "Wellfound does not wait for a person.");
  expectTrue(/You drive trams/.test(text), "The checklist does not hold the text to paste.");
  const page = await openPortal(story, href);
  const pasted = await pasteAtWellfound(story, page);
  await story.person.press(page, /It is live|Mark as live/, { url: `https://wellfound.com/jobs/${pasted}` });
  await untilShown(story, "wellfound", /^Live/, "The link was given and the posting is not live.");
  const { postings } = await control(story, "_control/wellfound/state", wellfoundState);
  const there = postings.filter((one) => one.status === "live" && one.fields.title === TITLE);
  expectTrue(there.length === 1, `Wellfound shows the job ${there.length} times.`);
  return "each text pasted by a person at Wellfound, link given, live on both sides";
}

const wellfoundState = z.object({
  postings: z.array(z.object({ id: z.number(), status: z.string(), fields: z.object({ title: z.string() }) })),
});

/** What a recruiter does with the checklist: copies each text into Wellfound's own form. Returns the posting's number. */
async function pasteAtWellfound(story: Story, checklist: Sheet): Promise<number> {
  const texts = new Map(
    checklist.root
      .querySelectorAll("#hand-off, h3")
      .map((head) => [head.textContent.trim(), head.parentNode?.parentNode?.querySelector("pre")?.textContent ?? ""]),
  );
  const text = (label: string): string => {
    const found = texts.get(label);
    expectTrue(found, `The checklist holds no text for ${label}.`);
    return found;
  };
  const form = await story.person.open(`${story.sandbox}/wellfound/wellfound.com/recruit/jobs/new`);
  expectTrue(form.root.querySelector("form"), `Wellfound shows no form for a new job, but: ${form.text.slice(0, 120)}`);
  const posted = await story.person.press(form, /Submit/, {
    ...{ company: "Birch and Sons", title: text("Title"), type: text("Type"), remotePolicy: text("Remote policy") },
    ...{ locations: text("Locations"), salary: text("Pay"), description: text("Description") },
    ...{ primaryRole: "Operations", skills: "Driving" },
  });
  const id = /\/jobs\/(\d+)$/.exec(posted.url.pathname)?.[1];
  expectTrue(id, `Wellfound did not take the pasted job: ${complaint(posted)}`);
  await control(story, "_control/wellfound/actions/approve", anything, { id });
  return Number(id);
}

// ── people ──

async function apply(story: Story): Promise<string> {
  const site = await story.person.open(`${story.url}/careers/birch-works`);
  const job = await story.person.follow(site, new RegExp(TITLE));
  expectTrue(/"@type":\s*"JobPosting"/.test(job.root.toString()), "The job page carries no JobPosting data.");
  const form = await story.person.open(new URL(linkIn(job, /\/apply/), job.url));
  const resume = new File(
    ["%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"],
    "ines.pdf",
    { type: "application/pdf" },
  );
  const thanks = await story.person.press(form, /Send application/, {
    ...{ firstName: "Ines", lastName: "Marchetti", email: "ines.marchetti@mail.example", phone: "+1 555 0199" },
    ...{ coverLetter: "I know every stop by heart.", resume },
  });
  expectTrue(/\/thanks/.test(thanks.url.pathname), `The application was not taken: ${complaint(thanks)}`);
  const list = await until("The applicant is not in the portal.", async () => {
    const page = await openPortal(story, "/applicants");
    return page.text.includes("Ines Marchetti") ? page : null;
  });
  const id = /\/applicants\/([0-9a-f-]{36})/.exec(linkIn(list, /Ines Marchetti/))?.[1];
  story.notes.set("application", id ?? "");
  return "through the public form with a résumé; in the portal with her source";
}

const slackState = z.object({
  messages: z.array(z.object({ team: z.string(), channel: z.string(), text: z.string() })),
});

async function chat(story: Story): Promise<string> {
  const mine = await until("No message about the applicant arrived in Slack.", async () => {
    const { messages } = await control(story, "_control/slack/state", slackState);
    const found = messages.filter((one) => one.team === "T0BIRCH001" && /Ines Marchetti/.test(one.text));
    return found.length > 0 ? found : null;
  });
  expectTrue(mine.length === 1, `Slack got the message ${mine.length} times.`);
  return "1 message in the channel, about the right person";
}

const googleState = z.object({
  accounts: z.array(
    z.object({
      email: z.string(),
      calendars: z.array(z.object({ id: z.string(), events: z.array(z.looseObject({ status: z.string() })) })),
    }),
  ),
});

async function interview(story: Story): Promise<string> {
  const application = note(story, "application");
  const first = await openPortal(story, `/interviews/new?application=${application}`);
  const who = offered(first, "people");
  const bo = who.find((one) => /birch/i.test(one.value + one.label)) ?? who[0];
  expectTrue(bo, `No interviewer can be chosen: ${first.text.slice(0, 200)}`);
  let page = await openPortal(
    story,
    `/interviews/new?application=${application}&people=${encodeURIComponent(bo.value)}&minutes=45`,
  );
  for (const day of page.root.querySelectorAll("a.wk")) {
    if (offered(page, "slot").length > 0) break;
    page = await openPortal(story, (day.getAttribute("href") ?? "").replaceAll("&amp;", "&"));
  }
  const slot = offered(page, "slot")[0];
  expectTrue(slot, `No time is offered: ${page.text.slice(0, 300)}`);
  const booked = await story.person.press(page, /^Book/, { slot: slot.value });
  expectTrue(
    /\/interviews\/[0-9a-f-]{36}/.test(booked.url.pathname),
    `The interview was not booked: ${complaint(booked)}`,
  );
  const event = await until("The interview is not in the calendar at Google.", async () => {
    const { accounts } = await control(story, "_control/google-calendar/state", googleState);
    const events =
      accounts.find((one) => one.email === "bo@birch.example")?.calendars.flatMap((one) => one.events) ?? [];
    return events.find(
      (one) => JSON.stringify(one).includes("ines.marchetti@mail.example") && one.status === "confirmed",
    );
  });
  const text = JSON.stringify(event);
  expectTrue(/meet\.google/.test(text), "The event at Google has no Meet link.");
  story.notes.set("interview", "booked");
  return "free times only, written to Google with both attendees and a Meet link";
}

const received = z.object({
  messages: z.array(z.object({ body: z.string(), signature: z.string(), answered: z.number() })),
});

async function webhooks(story: Story): Promise<string> {
  const wanted = ["application.received", "job.posted", ...(story.notes.has("interview") ? ["interview.booked"] : [])];
  const messages = await until(`The employer's system did not take one of ${wanted.join(", ")}.`, async () => {
    const got = await control(story, `_receiver/${note(story, "receiver")}/messages`, received);
    const taken = got.messages.filter((one) => one.answered < 300);
    const types = new Set(taken.map((one) => z.object({ type: z.string() }).parse(JSON.parse(one.body)).type));
    return wanted.every((type) => types.has(type)) ? taken : null;
  });
  const wrong = messages.filter((one) => one.signature !== "ok");
  expectTrue(
    wrong.length === 0,
    `${wrong.length} of ${messages.length} deliveries do not verify: ${wrong[0]?.signature}.`,
  );
  return `${messages.length} deliveries, ${messages.length} verify with the employer's own code`;
}

async function close(story: Story): Promise<string> {
  const boards = ["ziprecruiter", "weworkremotely"];
  const job = await openPortal(story, `/jobs/${note(story, "job")}`);
  await story.person.press(job, /^Close/, { reason: "filled" });
  await until("ZipRecruiter still holds the closed job.", async () => {
    const { jobs } = await control(story, "_control/ziprecruiter/state", zipJobs);
    return jobs.every((one) => one.account !== account || one.job.title !== TITLE || one.status === "closed");
  });
  await until("We Work Remotely still shows the closed job.", async () => {
    const { listings } = await control(story, "_control/weworkremotely/state", wwr);
    return listings.every((one) => one.account !== account || one.status === "canceled");
  });
  const feed = `${story.url}/feeds/birch-works/${connectionOf(story, "indeed")}.xml`;
  await until("The feed still holds the closed job.", async () => !(await (await fetch(feed)).text()).includes(TITLE));
  return `gone at ${boards.length} boards and out of the feed`;
}

async function disconnect(story: Story): Promise<string> {
  const id = connectionOf(story, "slack");
  const page = await openPortal(story, `/integrations/${id}/disconnect`);
  await story.person.press(page, /^Disconnect/);
  await until(
    "The connection is still there.",
    async () => (await openPortal(story, `/integrations/${id}`)).status === 404,
  );
  const { tokens } = await control(
    story,
    "_control/slack/state",
    z.object({ tokens: z.array(z.object({ team: z.string(), state: z.string(), value: z.string() })) }),
  );
  const live = tokens.filter(
    (one) => one.team === "T0BIRCH001" && one.state === "live" && !one.value.includes("sandbox"),
  );
  expectTrue(live.length === 0, `${live.length} of our tokens still work at Slack.`);
  return "gone here, token withdrawn there";
}

export const chapters: readonly Chapter[] = [
  { name: "sign in", run: signIn },
  { name: "receive webhooks at the employer's system", run: listen },
  connect("greenhouse", (story) => connectByKey(story, "greenhouse")),
  connect("google-calendar", (story) =>
    connectByConsent(story, "google-calendar", "bo@birch.example", { calendarIds: /./, bookingCalendarId: /./ }),
  ),
  connect("slack", (story) => connectByConsent(story, "slack", "T0BIRCH001", { channelId: /./ })),
  connect("ziprecruiter", (story) => connectByKey(story, "ziprecruiter")),
  connect("weworkremotely", (story) => connectByKey(story, "weworkremotely")),
  connect("indeed", (story) => connectByKey(story, "indeed", { way: "feed" })),
  connect("wellfound", (story) => connectByKey(story, "wellfound")),
  { name: "sync the ATS", vendor: "greenhouse", run: syncGreenhouse },
  { name: "write a job", run: writeJob },
  { name: "publish by API and receive an applicant (ZipRecruiter)", vendor: "ziprecruiter", run: publishZip },
  { name: "publish on a paid board (We Work Remotely)", vendor: "weworkremotely", run: publishPaid },
  { name: "publish by feed (Indeed)", vendor: "indeed", run: publishFeed },
  { name: "publish by hand (Wellfound)", vendor: "wellfound", run: publishByHand },
  { name: "apply as a candidate", run: apply },
  { name: "see the Slack message", vendor: "slack", since: "apply as a candidate", run: chat },
  { name: "book an interview", vendor: "google-calendar", run: interview },
  { name: "verify the webhooks", vendor: "webhooks", since: "write a job", run: webhooks },
  { name: "close the job everywhere", run: close },
  { name: "disconnect", run: disconnect },
];
