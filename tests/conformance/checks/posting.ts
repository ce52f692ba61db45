import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { postingModule, postingProfile } from "#app/integrations/choice.ts";
import type { JobPosting, PostingObservation, PostingRef } from "#app/integrations/contract/capabilities.ts";
import type { PostingJob } from "#app/integrations/contract/domain.ts";
import type { PostingProfile, PostingRule } from "#app/integrations/contract/manifest.ts";
import type { LocalVendor } from "#app/integrations/local.server.ts";
import { checkPosting, type PostingDraft } from "#app/integrations/posting-rules.ts";
import type { Check } from "../check.ts";
import { expectKind, type World } from "../world.ts";
import { postingSettings } from "./structure.ts";

const description =
  "You will build and mend steel parts for cranes and bridges, read drawings, and pass on what you know. We give a permanent contract, paid training, thirty days of leave and tools of your own. Tell us about one piece of work you are proud of.";

/** One job that every board takes; `key` makes it another posting. */
export function sampleJob(key = "job-1-board"): PostingJob {
  return {
    key,
    title: "Senior Welder",
    descriptionHtml: `<h2>Your work</h2><p>${description}</p><ul><li>MIG &amp; TIG</li></ul>`,
    descriptionText: `Your work\n\n${description}\n\n- MIG & TIG`,
    company: "Acme & Sons",
    departments: ["Workshop"],
    category: "All Other Remote",
    locations: [{ city: "Austin", region: "TX", country: "US", postalCode: "78701" }],
    remote: "remote",
    employment: "full_time",
    experience: "senior",
    salary: { min: 3_800_000, max: 4_400_000, currency: "USD", period: "year" },
    openings: 2,
    postedAt: new Date("2026-09-21T08:00:00Z"),
    updatedAt: new Date("2026-09-22T08:00:00Z"),
    validThrough: new Date("2027-03-01T00:00:00Z"),
    applyUrl: "https://careers.acme.example/jobs/senior-welder/apply?source=t0k3n",
    jobUrl: "https://careers.acme.example/jobs/senior-welder?source=t0k3n",
  };
}

/** A job that breaks one rule and is good otherwise; null for patterns, which name no example. */
function breaking(rule: PostingRule): PostingDraft | null {
  const job: PostingDraft = sampleJob();
  switch (rule.rule) {
    case "required": {
      const without: Record<typeof rule.field, keyof PostingJob> = {
        title: "title",
        description: "descriptionText",
        location: "locations",
        employment: "employment",
        category: "category",
        salary: "salary",
        company: "company",
        validThrough: "validThrough",
      };
      const { [without[rule.field]]: _gone, descriptionHtml: _html, ...rest } = job;
      return rest;
    }
    case "length": {
      const text = rule.max === undefined ? "x" : "x".repeat(rule.max + 1);
      return rule.field === "title" ? { ...job, title: text } : { ...job, descriptionText: text };
    }
    case "one-location":
      return { ...job, locations: [{ city: "Austin" }, { city: "Dallas" }] };
    case "remote-only":
      return { ...job, remote: "on_site" };
    case "one-of":
      return {
        ...job,
        employment:
          (["volunteer", "other", "internship", "temporary", "part_time"] as const).find(
            (one) => !rule.values.includes(one),
          ) ?? "other",
      };
    case "pattern":
      return null;
  }
}

/** Formats may need settings: then a simulation has to offer some. */
const posts: NonNullable<Check["when"]> = (manifest, adapter, world) =>
  adapter.jobPosting !== undefined &&
  (world.has("good") || manifest.fields.every((field) => field.optional || field.initial));

const by =
  (way: JobPosting["way"]): NonNullable<Check["when"]> =>
  (manifest, adapter, world) =>
    posts(manifest, adapter, world) &&
    (way !== "api" || world.has("good")) &&
    postingSettings(manifest).some((settings) => postingModule(adapter, settings)?.way === way);
const byApi = by("api");

interface Way<Board extends JobPosting> {
  /** The value that chooses it; "" for a vendor with one way. */
  value: string;
  board: Board;
  profile: PostingProfile;
  config: Record<string, unknown>;
  vendor: LocalVendor | null;
}

/** Runs on each way in which this vendor takes postings, freshly reset; `way` keeps to those that travel so. */
async function eachWay<W extends JobPosting["way"]>(
  world: World,
  way: W | null,
  run: (at: Way<Extract<JobPosting, { way: W }>>) => Promise<void> | void,
): Promise<void> {
  const { manifest, adapter } = world;
  const isAsked = (board: JobPosting): board is Extract<JobPosting, { way: W }> => way === null || board.way === way;
  for (const settings of postingSettings(manifest)) {
    const profile = postingProfile(manifest, settings);
    const board = postingModule(adapter, settings);
    assert.ok(profile && board, `Nothing takes postings with ${JSON.stringify(settings)}.`);
    if (!isAsked(board)) continue;
    if (world.isSimulated) world.simulated.reset();
    const values = world.has("good") ? { ...world.values("good"), ...settings } : null;
    const vendor = values && (await world.open("good", { values }));
    const value = Object.values(settings)[0] ?? "";
    await run({ value, board, profile, vendor, config: vendor?.ctx.config ?? {} });
  }
}

function ctxOf({ vendor }: Way<JobPosting>): LocalVendor["ctx"] {
  assert.ok(vendor, "This simulation offers no credential.");
  return vendor.ctx;
}

const refOf = (made: PostingObservation): PostingRef => ({
  externalId: made.externalId,
  ...(made.url ? { url: made.url } : {}),
  ...(made.data ? { data: made.data } : {}),
});

/** Lets a board that works on its orders later do so, as its reviewers would. */
async function settle(world: World): Promise<void> {
  if (world.hasAction("work")) await world.simulated.runAction("work", {});
}

export const posting: Check[] = [
  {
    id: "J-1",
    title: "a job is formatted as in the golden file, in each way that postings travel",
    when: posts,
    run: (world) =>
      eachWay(world, null, ({ value, board, config }) => {
        const made = board.format(sampleJob(), config);
        const text = typeof made === "string" ? made : `${JSON.stringify(made, null, 2)}\n`;
        const name = [world.manifest.id, ...(value ? [value] : []), typeof made === "string" ? "xml" : "json"].join(
          ".",
        );
        const file = new URL(`../golden/${name}`, import.meta.url);
        if (world.writeGolden) {
          mkdirSync(new URL(".", file), { recursive: true });
          writeFileSync(file, text);
        }
        const how = `npm run check:conformance -- --write ${world.manifest.id}`;
        assert.ok(existsSync(file), `There is no golden file ${name} yet: ${how}`);
        assert.equal(text.trim(), readFileSync(file, "utf8").trim());
      }),
  },
  {
    id: "J-2",
    title: "every documented limit is caught before the network",
    when: (manifest) => postingSettings(manifest).some((one) => postingProfile(manifest, one)?.rules.length),
    run: (world) =>
      eachWay(world, null, ({ board, profile: { rules }, config }) => {
        for (const rule of rules) {
          assert.ok(rule.message.length > 10, `A ${rule.rule} rule says nothing useful.`);
          const job = breaking(rule);
          if (job)
            assert.ok(
              checkPosting([rule], job).some((one) => one.level === "error"),
              `${rule.rule} is not caught.`,
            );
        }
        const good = [...checkPosting(rules, sampleJob()), ...(board.validate?.(sampleJob(), config) ?? [])];
        assert.deepEqual(
          good.filter((one) => one.level === "error"),
          [],
          "The sample job is refused.",
        );
      }),
  },
  {
    id: "J-3",
    title: "a posting whose answer was lost is found or sent again as one, or the look-up is known to prove nothing",
    when: byApi,
    run: (world) =>
      eachWay(world, "api", async (at) => {
        const { board, profile } = at;
        const ctx = ctxOf(at);
        assert.ok(profile.lookup, "The manifest does not say what follows a lost answer.");
        if (board.find) assert.equal(await board.find(ctx, sampleJob("never-seen")), null);
        const tokens = profile.lookup === "upsert" ? await board.publish(ctx, sampleJob("another")) : null;
        world.fault("drop-response-after-commit", { match: "^(POST|PUT) " });
        const lost = await board.publish(ctx, sampleJob()).then(
          (made) => made.externalId,
          () => null,
        );
        world.simulated.faults.clear();
        if (profile.lookup === "listing") return;
        await settle(world);
        const found = board.find ? await board.find(ctx, sampleJob()) : await board.publish(ctx, sampleJob());
        assert.ok(found, "After a lost answer the posting cannot be found by our key.");
        if (lost !== null) assert.equal(lost, found.externalId);
        if (!tokens) return;
        assert.notEqual(found.externalId, tokens.externalId, "Two keys ended as one posting.");
        const again = await board.publish(ctx, sampleJob());
        assert.equal(again.externalId, found.externalId, "One key ended as two postings.");
      }),
  },
  {
    id: "J-4",
    title: "a closed posting cannot be changed, and closing twice succeeds",
    when: byApi,
    run: (world) =>
      eachWay(world, "api", async (at) => {
        const { board } = at;
        const ctx = ctxOf(at);
        const made = await board.publish(ctx, sampleJob());
        await settle(world);
        const changed = await board.update(ctx, refOf(made), { ...sampleJob(), title: "Lead Welder" });
        await settle(world);
        const ref = { ...refOf(made), ...(changed.data ? { data: changed.data } : {}) };
        const data = await board.close(ctx, ref, "filled", sampleJob());
        const followed = data ? { ...ref, data } : ref;
        await settle(world);
        await board.close(ctx, followed, "filled", sampleJob());
        await settle(world);
        const seen = await board.status(ctx, followed).then(
          (observation) => observation.state,
          (error: { kind?: string }) => error.kind,
        );
        assert.ok(seen === "closed" || seen === "not-found", `After closing it is "${seen}".`);
        await expectKind("A change after closing", board.update(ctx, followed, sampleJob()), "conflict", "not-found");
      }),
  },
  {
    id: "J-5",
    title: "the board's own state is read, and an unknown posting is not-found",
    when: byApi,
    run: (world) =>
      eachWay(world, "api", async (at) => {
        const { board } = at;
        const ctx = ctxOf(at);
        const made = await board.publish(ctx, sampleJob());
        const seen = await board.status(ctx, refOf(made));
        assert.ok(["queued", "in_review", "live"].includes(seen.state), `A new posting is "${seen.state}".`);
        await expectKind("An unknown posting", board.status(ctx, { externalId: "99999999" }), "not-found");
      }),
  },
  {
    id: "J-6",
    title: "the price is known before the posting is made",
    when: (manifest, adapter, world) =>
      byApi(manifest, adapter, world) &&
      postingSettings(manifest).some((settings) => {
        const module = postingModule(adapter, settings);
        return module?.way === "api" && module.quote !== undefined;
      }),
    run: (world) =>
      eachWay(world, "api", async (at) => {
        const price = await at.board.quote?.(ctxOf(at), sampleJob());
        assert.ok(price && Number.isInteger(price.amount) && price.amount > 0, "The price is not in minor units.");
        assert.match(price.currency, /^[A-Z]{3}$/);
      }),
  },
  {
    id: "J-7",
    title: "feed items are well formed whatever the text holds",
    when: by("feed"),
    run: (world) =>
      eachWay(world, "feed", ({ board, config }) => {
        const hostile = {
          ...sampleJob(),
          title: 'A <b> & "quoted" ]]> \u0007 title',
          descriptionHtml: "<p>1 ]]> 2 <![CDATA[ 3</p>",
          company: "R&D <Ltd>",
        };
        const item = board.format(hostile, config);
        const around = board.envelope({
          name: "R&D <Ltd>",
          siteUrl: "https://a.example/?a=1&b=2",
          updatedAt: new Date("2026-09-21T08:00:00Z"),
        });
        const xml = `${around.open}${item}${board.format(sampleJob(), config)}${around.close}`;
        const verdict = XMLValidator.validate(xml);
        assert.equal(verdict, true, verdict === true ? "" : verdict.err.msg);
        assert.ok(JSON.stringify(new XMLParser().parse(xml)).includes("source=t0k3n"), "The source token is lost.");
      }),
  },
  {
    id: "J-8",
    title: "a hand-off says where, what and how to close",
    when: by("hand-off"),
    run: (world) =>
      eachWay(world, "hand-off", ({ board, config }) => {
        const guide = board.format(sampleJob(), config);
        assert.ok(guide.openUrl.startsWith("https://"));
        assert.ok(guide.steps.length > 0 && guide.closing.length > 0, "Steps or closing words are missing.");
        const texts = guide.blocks.map((block) => block.text).join("\n");
        for (const wanted of ["Senior Welder", "source=t0k3n"])
          assert.ok(texts.includes(wanted), `The text to paste lacks ${wanted}.`);
        assert.doesNotMatch(texts, /<\/?(p|h2|ul|li)>/, "The text to paste holds markup.");
      }),
  },
  {
    id: "J-9",
    title: "pay is told in the units of its currency",
    when: posts,
    run: (world) =>
      eachWay(world, null, ({ board, config }) => {
        const told = (currency: string) => {
          const salary = { min: 5_234_000, max: 6_345_000, currency, period: "year" } as const;
          return JSON.stringify(board.format({ ...sampleJob(), salary }, config)).replaceAll(",", "");
        };
        if (!/5234000|52340\b/.test(told("USD"))) return;
        assert.match(told("JPY"), /5234000/, "The yen of the pay are lost.");
        assert.doesNotMatch(told("JPY"), /52340\b/, "Yen are told as if they had hundredths.");
      }),
  },
];
