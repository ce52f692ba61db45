import { createHash } from "node:crypto";
import { z } from "zod";
import { rejection, revocation } from "../board-faults.ts";
import {
  bearer,
  type Call,
  defineSandboxVendor,
  type Field,
  header,
  htmlReply,
  json,
  jsonBody,
  Refusal,
  type Reply,
  type Route,
  type World,
} from "../framework.ts";
import { escapeHtml, html, page } from "../markup.ts";

const HOST = "weworkremotely.com";
const PER_DAY = 1000;
const PRICE_MINOR = 29_900;
const DAYS_LISTED = 30;

const CATEGORIES: Record<number, readonly [string, string]> = {
  1: ["Design", "remote-design-jobs"],
  2: ["Full-Stack Programming", "remote-full-stack-programming-jobs"],
  3: ["Management and Finance", "remote-management-and-finance-jobs"],
  4: ["All Other Remote", "all-other-remote-jobs"],
  6: ["DevOps and Sysadmin", "remote-devops-sysadmin-jobs"],
  7: ["Customer Support", "remote-customer-support-jobs"],
  9: ["Sales and Marketing", "remote-sales-and-marketing-jobs"],
  11: ["Product", "remote-product-jobs"],
  17: ["Front-End", "remote-front-end-programming-jobs"],
  18: ["Back-End", "remote-back-end-programming-jobs"],
};
const REGIONS = [
  "Anywhere in the World",
  "USA Only",
  "North America Only",
  "Latin America Only",
  "Americas Only",
  "Europe Only",
  "UK Only",
  "Canada Only",
  "EMEA Only",
  "Asia Only",
  "Africa Only",
  "Oceania Only",
  "Other",
] as const;
const TAGS = new Set(["a", "ol", "ul", "li", "h1", "h2", "h3", "p", "strong", "em", "br"]);

const foreignTag = (html: string) =>
  [...html.matchAll(/<\/?([a-z][a-z0-9]*)/gi)]
    .map((match) => (match[1] ?? "").toLowerCase())
    .find((tag) => !TAGS.has(tag));
const isApplyTarget = (value: string) => /^https?:\/\/\S+$/.test(value) || /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(value);

const listingInput = z.object({
  title: z.string().min(1),
  company: z.string().min(1),
  company_bio: z.string().optional(),
  url: z.url().optional(),
  description: z
    .string()
    .min(1)
    .refine((html) => foreignTag(html) === undefined, "may only use a, ol, ul, li, h1, h2, h3, p, strong, em and br"),
  instructions: z.string().refine(isApplyTarget, "must be an absolute URL or an e-mail address"),
  email: z.email(),
  category_id: z.number().refine((id) => id in CATEGORIES, "is not a category"),
  location: z.string().optional(),
  region: z.enum(REGIONS).optional(),
  job_listing_type: z.enum(["Full-Time", "Contract"]).optional(),
  skills: z.array(z.string()).optional(),
});
const statusSchema = z.enum(["pending", "approved", "rejected", "canceled"]);
const listingSchema = z.object({
  id: z.number(),
  account: z.string(),
  listing: listingInput,
  status: statusSchema,
  reason: z.string().nullable(),
  postedAt: z.string(),
  updatedAt: z.string(),
});
const stateSchema = z.object({
  accounts: z.array(
    z.object({ key: z.string(), name: z.string(), token: z.string(), mayPost: z.boolean(), revoked: z.boolean() }),
  ),
  listings: z.array(listingSchema),
  charges: z.array(
    z.object({
      at: z.string(),
      account: z.string(),
      listing: z.number(),
      amountMinor: z.number(),
      currency: z.string(),
    }),
  ),
  nextId: z.number(),
  review: z.boolean(),
  rejectNext: z.string().nullable(),
  usage: z.record(z.string(), z.object({ day: z.string(), calls: z.number() })),
});
type State = z.infer<typeof stateSchema>;
type Account = State["accounts"][number];
type Listing = State["listings"][number];

const account = (key: string, name: string, suffix = key): Account => ({
  key,
  name,
  token: `wwr-token-${suffix}-77ab`,
  mayPost: suffix !== "readonly",
  revoked: suffix === "revoked",
});

const slug = (listing: Listing) =>
  `${listing.listing.company} ${listing.listing.title} ${listing.id}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");

/** Where a person reads the listing. */
const pageOf = (world: World<State>, listing: Listing) => world.url(HOST, `/remote-jobs/${slug(listing)}`);

const print = (listing: Listing, world: World<State>) => ({
  id: listing.id,
  ...listing.listing,
  status: listing.status,
  ...(listing.reason ? { reason: listing.reason } : {}),
  url: pageOf(world, listing),
  created_at: listing.postedAt,
  updated_at: listing.updatedAt,
});

const problem = (status: number, message: string): Reply => json(status, { error: message });

const asPartner = (call: Call, world: World<State>, handle: (own: Account) => Reply): Reply => {
  const own = world.state.accounts.find((candidate) => candidate.token === bearer(call));
  if (!own || own.revoked) return problem(401, "The token is not valid");
  const day = world.now().toISOString().slice(0, 10);
  const known = world.state.usage[own.token];
  const usage = known?.day === day ? known : { day, calls: 0 };
  usage.calls++;
  world.state.usage[own.token] = usage;
  if (usage.calls > PER_DAY) return problem(429, "Rate limit of 1000 requests a day exceeded");
  if (!own.mayPost) return problem(403, "The token is not enabled for posting");
  return handle(own);
};

const invalid = (error: z.ZodError): Reply =>
  json(422, { errors: error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`) });

const create: Route<State>["handle"] = (call, world) =>
  asPartner(call, world, (own) => {
    const parsed = listingInput.safeParse(jsonBody(call));
    if (!parsed.success) return invalid(parsed.error);
    const { state } = world;
    const at = world.now().toISOString();
    const reason = state.rejectNext;
    state.rejectNext = null;
    const listing: Listing = {
      id: state.nextId++,
      account: own.key,
      listing: parsed.data,
      status: reason ? "rejected" : state.review ? "pending" : "approved",
      reason,
      postedAt: at,
      updatedAt: at,
    };
    state.listings.push(listing);
    state.charges.push({ at, account: own.key, listing: listing.id, amountMinor: PRICE_MINOR, currency: "USD" });
    return json(201, print(listing, world));
  });

const onOwn =
  (handle: (listing: Listing, call: Call, world: World<State>) => Reply): Route<State>["handle"] =>
  (call, world) =>
    asPartner(call, world, (own) => {
      const listing = world.state.listings.find(
        (candidate) => String(candidate.id) === call.params.id && candidate.account === own.key,
      );
      return listing ? handle(listing, call, world) : problem(404, "Not found");
    });

const read = onOwn((listing, call, world) => {
  const body = JSON.stringify(print(listing, world));
  const etag = `W/"${createHash("md5").update(body).digest("hex")}"`;
  const headers = { etag, "last-modified": new Date(listing.updatedAt).toUTCString() };
  return header(call, "if-none-match") === etag ? { status: 304, headers } : json(200, print(listing, world), headers);
});

const changes = listingInput.partial().extend({ status: z.enum(["approved", "canceled"]).optional() });

const update = onOwn((listing, call, world) => {
  const parsed = changes.safeParse(jsonBody(call));
  if (!parsed.success) return invalid(parsed.error);
  const { status, ...fields } = parsed.data;
  // Cancelling twice says nothing new; any other change comes too late.
  if (listing.status === "canceled" && status === "canceled") return json(200, print(listing, world));
  if (listing.status === "canceled") return json(422, { errors: ["The listing is canceled and cannot be changed"] });
  const merged = listingInput.safeParse({ ...listing.listing, ...fields });
  if (!merged.success) return invalid(merged.error);
  Object.assign(listing, {
    listing: merged.data,
    updatedAt: world.now().toISOString(),
    ...(status === "canceled" ? { status } : {}),
  });
  return json(200, print(listing, world));
});

const rss = (world: World<State>, categoryId: number | null): Reply => {
  const { state } = world;
  const now = world.now();
  const oldest = now.getTime() - DAYS_LISTED * 86_400_000;
  const items = state.listings
    .filter(
      (listing) =>
        listing.status === "approved" &&
        Date.parse(listing.postedAt) > oldest &&
        (categoryId === null || listing.listing.category_id === categoryId),
    )
    .toReversed()
    .map((listing) => {
      const link = pageOf(world, listing);
      const [category = ""] = CATEGORIES[listing.listing.category_id] ?? [];
      return `<item><title>${escapeHtml(`${listing.listing.company}: ${listing.listing.title}`)}</title><region>${escapeHtml(listing.listing.region ?? "Anywhere in the World")}</region><category>${escapeHtml(category)}</category><description>${escapeHtml(listing.listing.description)}</description><pubDate>${new Date(listing.postedAt).toUTCString()}</pubDate><guid>${link}</guid><link>${link}</link></item>`;
    });
  const body = `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>We Work Remotely: Remote jobs</title><link>https://${HOST}</link>${items.join("")}</channel></rss>`;
  return { status: 200, headers: { "content-type": "application/rss+xml; charset=utf-8" }, body };
};

const LISTING: Field = { name: "id", label: "Listing (blank: the newest)", optional: true };
const chosen = (state: State, input: Record<string, string>): Listing => {
  const found = input.id ? state.listings.find((listing) => String(listing.id) === input.id) : state.listings.at(-1);
  if (!found) throw new Refusal("There is no such listing");
  return found;
};
const mark = (listing: Listing, now: Date, over: Partial<Listing>) =>
  Object.assign(listing, over, { updatedAt: now.toISOString() });

export default defineSandboxVendor<State>({
  id: "weworkremotely",
  name: "We Work Remotely",
  about:
    "A paid board for remote jobs: each listing costs US$299 and waits for review here (the real service approves by default).",
  hosts: [HOST],
  state: stateSchema,
  seed: () => ({
    accounts: [
      account("acme", "Acme Logistics"),
      account("birch", "Birch and Sons"),
      account("acme", "Acme Logistics", "readonly"),
      account("acme", "Acme Logistics", "revoked"),
      account("cedar", "Cedar Works"),
    ],
    listings: [],
    charges: [],
    nextId: 30_001,
    review: true,
    rejectNext: null,
    usage: {},
  }),
  account: (call, { state }) => state.accounts.find((own) => own.token === bearer(call))?.key ?? null,
  failure: (_call, status, retryAfter) =>
    json(status, { error: "Something went wrong" }, retryAfter === null ? {} : { "retry-after": retryAfter }),
  credentials: ({ state }) =>
    Object.fromEntries(
      (["good", "other", "missingScope", "revoked", "empty"] as const).flatMap((name, index) => {
        const own = state.accounts[index];
        return own
          ? [
              [
                name,
                {
                  accountName: own.name,
                  config: {
                    token: own.token,
                    company: own.name,
                    companyUrl: `https://${own.key}.example`,
                    posterEmail: `jobs@${own.key}.example`,
                    categoryId: "4",
                  },
                },
              ],
            ]
          : [];
      }),
    ),
  routes: [
    { method: "POST", host: HOST, path: "/api/v1/remote-jobs", handle: create },
    { method: "GET", host: HOST, path: "/api/v1/remote-jobs/:id", handle: read },
    { method: "PUT", host: HOST, path: "/api/v1/remote-jobs/:id", handle: update },
    { method: "GET", host: HOST, path: "/remote-jobs.rss", handle: (_call, world) => rss(world, null) },
    {
      method: "GET",
      host: HOST,
      path: "/remote-jobs/:slug",
      handle(call, { state }) {
        const listing = state.listings.find(
          (candidate) => candidate.status === "approved" && slug(candidate) === call.params.slug,
        );
        if (!listing) return htmlReply(404, page("We Work Remotely", html`<h1>This job is gone</h1>`, false));
        const { title, company, region, instructions, description } = listing.listing;
        const apply = instructions.includes("://") ? instructions : `mailto:${instructions}`;
        return htmlReply(
          200,
          page(
            `${title} · We Work Remotely`,
            html`<h1>${title}</h1><p class="muted">${company} · ${region ?? "Anywhere in the World"}</p><div class="card">${description.replace(/<[^>]+>/g, " ")}</div><p><a href="${apply}">Apply</a></p>`,
            false,
          ),
        );
      },
    },
    {
      method: "GET",
      host: HOST,
      path: "/categories/:slug",
      handle(call, world) {
        const found = Object.entries(CATEGORIES).find(([, [, name]]) => `${name}.rss` === call.params.slug);
        return found ? rss(world, Number(found[0])) : problem(404, "Not found");
      },
    },
  ],
  faults: {
    ...revocation(
      "Withdraw tokens",
      (state: State) => state.accounts,
      (own) => own.token.includes("revoked"),
    ),
    "reject-next-posting": rejection("The role is not fully remote"),
  },
  actions: [
    {
      id: "approve",
      label: "Approve a listing",
      fields: [LISTING],
      run: ({ state, now }, input) => void mark(chosen(state, input), now(), { status: "approved", reason: null }),
    },
    {
      id: "reject",
      label: "Reject a listing",
      fields: [LISTING, { name: "reason", label: "Reason", value: "The role is not fully remote" }],
      run: ({ state, now }, input) =>
        void mark(chosen(state, input), now(), { status: "rejected", reason: input.reason ?? "" }),
    },
    {
      id: "remove",
      label: "Take a listing down (404)",
      fields: [LISTING],
      run({ state }, input) {
        const listing = chosen(state, input);
        state.listings = state.listings.filter((candidate) => candidate !== listing);
      },
    },
    {
      id: "settings",
      label: "Review before a listing goes live",
      fields: [{ name: "review", label: "Review", options: ["on", "off"], value: "on" }],
      run({ state }, input) {
        state.review = input.review !== "off";
      },
    },
  ],
  describe: ({ state }) => [
    {
      title: "Listings",
      columns: ["Id", "Account", "Title", "State", "Reason", "Updated"],
      rows: state.listings
        .toReversed()
        .map((listing) => [
          listing.id,
          listing.account,
          `${listing.listing.company}: ${listing.listing.title}`,
          listing.status,
          listing.reason ?? "",
          listing.updatedAt,
        ]),
    },
    {
      title: "Charges",
      columns: ["At", "Account", "Listing", "Amount"],
      rows: state.charges
        .toReversed()
        .map((charge) => [
          charge.at,
          charge.account,
          charge.listing,
          `${charge.currency} ${(charge.amountMinor / 100).toFixed(2)}`,
        ]),
    },
  ],
});
