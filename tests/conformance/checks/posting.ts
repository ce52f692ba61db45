import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import type { ApiPosting, JobPosting } from "#app/integrations/contract/capabilities.ts";
import type { PostingJob } from "#app/integrations/contract/domain.ts";
import type { PostingRule } from "#app/integrations/contract/manifest.ts";
import { checkPosting, type PostingDraft } from "#app/integrations/posting-rules.ts";
import type { Check } from "../check.ts";
import { expectKind, type World } from "../world.ts";

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
const byApi: NonNullable<Check["when"]> = (_manifest, adapter, world) =>
  adapter.jobPosting?.way === "api" && world.has("good");

function api(posting: JobPosting | undefined): ApiPosting {
  assert.ok(posting?.way === "api", "This board has no posting API.");
  return posting;
}

const config = async (world: World) => (world.has("good") ? (await world.open()).ctx.config : {});

export const posting: Check[] = [
  {
    id: "J-1",
    title: "a job is formatted as in the golden file",
    when: posts,
    async run(world) {
      const value = world.adapter.jobPosting?.format(sampleJob(), await config(world));
      const text = typeof value === "string" ? value : `${JSON.stringify(value, null, 2)}\n`;
      const file = new URL(
        `../golden/${world.manifest.id}.${typeof value === "string" ? "xml" : "json"}`,
        import.meta.url,
      );
      if (world.writeGolden) {
        mkdirSync(new URL(".", file), { recursive: true });
        writeFileSync(file, text);
      }
      assert.ok(
        existsSync(file),
        `There is no golden file yet: npm run check:conformance -- --write ${world.manifest.id}`,
      );
      assert.equal(text.trim(), readFileSync(file, "utf8").trim());
    },
  },
  {
    id: "J-2",
    title: "every documented limit is caught before the network",
    when: (manifest) => (manifest.posting?.rules.length ?? 0) > 0,
    async run(world) {
      const { manifest, adapter } = world;
      const rules = manifest.posting?.rules ?? [];
      for (const rule of rules) {
        assert.ok(rule.message.length > 10, `A ${rule.rule} rule says nothing useful.`);
        const job = breaking(rule);
        if (job)
          assert.ok(
            checkPosting([rule], job).some((one) => one.level === "error"),
            `${rule.rule} is not caught.`,
          );
      }
      const good = [
        ...checkPosting(rules, sampleJob()),
        ...(adapter.jobPosting?.validate?.(sampleJob(), await config(world)) ?? []),
      ];
      assert.deepEqual(
        good.filter((one) => one.level === "error"),
        [],
        "The sample job is refused.",
      );
    },
  },
  {
    id: "J-3",
    title: "a posting whose answer was lost is found again, or the look-up is known to prove nothing",
    when: byApi,
    async run(world) {
      const { ctx, adapter } = await world.open();
      const board = api(adapter.jobPosting);
      assert.ok(world.manifest.posting?.lookup, "The manifest does not say what a look-up proves.");
      assert.equal(await board.find(ctx, sampleJob("never-seen")), null);
      world.fault("drop-response-after-commit", { match: "^(POST|PUT) " });
      const lost = await board.publish(ctx, sampleJob()).then(
        (made) => made.externalId,
        () => null,
      );
      world.simulated.faults.clear();
      if (world.manifest.posting.lookup === "listing") return;
      const found = await board.find(ctx, sampleJob());
      assert.ok(found, "After a lost answer the posting cannot be found by our key.");
      if (lost !== null) assert.equal(lost, found.externalId);
    },
  },
  {
    id: "J-4",
    title: "a closed posting cannot be changed, and closing twice succeeds",
    when: byApi,
    async run(world) {
      const { ctx, adapter } = await world.open();
      const board = api(adapter.jobPosting);
      const made = await board.publish(ctx, sampleJob());
      const ref = { externalId: made.externalId, ...(made.url ? { url: made.url } : {}) };
      await board.update(ctx, ref, { ...sampleJob(), title: "Lead Welder" });
      await board.close(ctx, ref, "filled");
      await board.close(ctx, ref, "filled");
      const seen = await board.status(ctx, ref).then(
        (observation) => observation.state,
        (error: { kind?: string }) => error.kind,
      );
      assert.ok(seen === "closed" || seen === "not-found", `After closing it is "${seen}".`);
      await expectKind("A change after closing", board.update(ctx, ref, sampleJob()), "conflict", "not-found");
    },
  },
  {
    id: "J-5",
    title: "the board's own state is read, and an unknown posting is not-found",
    when: byApi,
    async run(world) {
      const { ctx, adapter } = await world.open();
      const board = api(adapter.jobPosting);
      const made = await board.publish(ctx, sampleJob());
      const seen = await board.status(ctx, { externalId: made.externalId });
      assert.ok(["queued", "in_review", "live"].includes(seen.state), `A new posting is "${seen.state}".`);
      await expectKind("An unknown posting", board.status(ctx, { externalId: "99999999" }), "not-found");
    },
  },
  {
    id: "J-6",
    title: "the price is known before the posting is made",
    when: (_manifest, adapter, world) =>
      adapter.jobPosting?.way === "api" && adapter.jobPosting.quote !== undefined && world.has("good"),
    async run(world) {
      const { ctx, adapter } = await world.open();
      const price = await api(adapter.jobPosting).quote?.(ctx, sampleJob());
      assert.ok(price && Number.isInteger(price.amount) && price.amount > 0, "The price is not in minor units.");
      assert.match(price.currency, /^[A-Z]{3}$/);
    },
  },
  {
    id: "J-7",
    title: "feed items are well formed whatever the text holds",
    when: (manifest, adapter, world) => posts(manifest, adapter, world) && adapter.jobPosting?.way === "feed",
    async run(world) {
      const { adapter } = world;
      assert.ok(adapter.jobPosting?.way === "feed");
      const settings = await config(world);
      const hostile = {
        ...sampleJob(),
        title: 'A <b> & "quoted" ]]> \u0007 title',
        descriptionHtml: "<p>1 ]]> 2 <![CDATA[ 3</p>",
        company: "R&D <Ltd>",
      };
      const item = adapter.jobPosting.format(hostile, settings);
      const around = adapter.jobPosting.envelope({
        name: "R&D <Ltd>",
        siteUrl: "https://a.example/?a=1&b=2",
        updatedAt: new Date("2026-09-21T08:00:00Z"),
      });
      const xml = `${around.open}${item}${adapter.jobPosting.format(sampleJob(), settings)}${around.close}`;
      const verdict = XMLValidator.validate(xml);
      assert.equal(verdict, true, verdict === true ? "" : verdict.err.msg);
      assert.ok(JSON.stringify(new XMLParser().parse(xml)).includes("source=t0k3n"), "The source token is lost.");
    },
  },
  {
    id: "J-8",
    title: "a hand-off says where, what and how to close",
    when: (manifest, adapter, world) => posts(manifest, adapter, world) && adapter.jobPosting?.way === "hand-off",
    async run(world) {
      const { adapter } = world;
      assert.ok(adapter.jobPosting?.way === "hand-off");
      const guide = adapter.jobPosting.format(sampleJob(), await config(world));
      assert.ok(guide.openUrl.startsWith("https://"));
      assert.ok(guide.steps.length > 0 && guide.closing.length > 0, "Steps or closing words are missing.");
      const texts = guide.blocks.map((block) => block.text).join("\n");
      for (const wanted of ["Senior Welder", "source=t0k3n"])
        assert.ok(texts.includes(wanted), `The text to paste lacks ${wanted}.`);
      assert.doesNotMatch(texts, /<\/?(p|h2|ul|li)>/, "The text to paste holds markup.");
    },
  },
];
