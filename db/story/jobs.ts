import { and, eq, isNull } from "drizzle-orm";
import type { Actor } from "#app/services/actor.ts";
import { type JobInputRaw, jobInput } from "#app/services/job-input.server.ts";
import { saveJob } from "#app/services/jobs.server.ts";
import { withEmployer } from "../client.server.ts";
import { job } from "../schema/hiring.ts";
import type { StorySteps } from "./steps.ts";

interface StoryJob {
  key: string;
  input: JobInputRaw;
}

/** A job text of a few honest paragraphs. */
const text = (lead: string, duties: readonly string[], asks: readonly string[]): string =>
  [
    `<p>${lead}</p>`,
    `<h3>What you will do</h3><ul>${duties.map((duty) => `<li>${duty}</li>`).join("")}</ul>`,
    `<h3>What you bring</h3><ul>${asks.map((ask) => `<li>${ask}</li>`).join("")}</ul>`,
    "<p>Hollin Verge pays for training, gives 25 days off and answers every application within a week.</p>",
  ].join("");

const yearly = (min: number, max: number) =>
  ({ min: min * 100, max: max * 100, currency: "USD", period: "year" }) as const;

const columbus = { city: "Columbus", region: "OH", country: "US", postalCode: "43215" };
const base = { status: "open", employment: "full_time", remote: "on_site", openings: 1 } as const;

export const storyJobs: readonly StoryJob[] = [
  {
    key: "installer",
    input: {
      ...base,
      ...{ title: "Heat Pump Installer", departments: ["Field"], openings: 4, salary: yearly(58_000, 71_000) },
      locations: [{ city: "Denver", region: "CO", country: "US", postalCode: "80202" }],
      descriptionHtml: text(
        "You fit heat pumps in homes around Denver, two to a crew, from the first visit to the last pipe.",
        [
          "Plan a day's fitting with the home owner",
          "Fit indoor and outdoor units and commission them",
          "Leave the place cleaner than you found it",
        ],
        ["Two years in heating, cooling or plumbing", "EPA 608, or the will to get it with us", "A driving licence"],
      ),
    },
  },
  {
    key: "backend",
    input: {
      ...base,
      ...{ title: "Senior Backend Engineer", departments: ["Engineering"], remote: "remote", category: "Back-End" },
      ...{ openings: 2, salary: yearly(148_000, 176_000), experience: "Five years or more" },
      locations: [{ city: "New York", region: "NY", country: "US", postalCode: "10001" }],
      descriptionHtml: text(
        "Our scheduler decides which crew goes where. You make it faster, calmer and easier to change.",
        [
          "Own the scheduling service, in TypeScript on Postgres",
          "Measure before and after, and write down why",
          "Share the pager, one week in six",
        ],
        [
          "Years with a relational database under load",
          "Clear writing",
          "Working hours that overlap with New York by four",
        ],
      ),
    },
  },
  {
    key: "platform",
    input: {
      ...base,
      ...{
        title: "Platform Engineer",
        departments: ["Engineering"],
        remote: "remote",
        category: "DevOps and Sysadmin",
      },
      ...{ status: "draft", experience: "Three years or more" },
      locations: [{ city: "New York", region: "NY", country: "US" }],
      descriptionHtml: text(
        "You keep the ground steady that forty engineers walk on.",
        ["Run our clusters and their upgrades", "Make the right thing the easy thing to deploy", "Watch what it costs"],
        ["Linux and networks beyond the happy path", "One language well"],
      ),
    },
  },
  {
    key: "field",
    input: {
      ...base,
      ...{ title: "Field Service Manager", departments: ["Field"], salary: yearly(71_000, 82_000) },
      locations: [columbus],
      descriptionHtml: text(
        "You lead the twelve technicians of our Columbus depot and the promises they make.",
        [
          "Plan the week and swap when it breaks",
          "Ride along once a week",
          "Close the loop with every unhappy customer",
        ],
        ["You have led a crew before", "You know heating or cooling from the inside"],
      ),
    },
  },
  {
    key: "care",
    input: {
      ...base,
      ...{ title: "Customer Care Lead", departments: ["Care"], openings: 2, salary: yearly(52_000, 60_000) },
      locations: [columbus],
      descriptionHtml: text(
        "When a heater stops in January, you and your six colleagues are the voice that helps.",
        ["Lead the morning shift", "Write the answers that others use", "Tell engineering what keeps coming back"],
        ["Three years in support, one of them leading", "Plain words under pressure"],
      ),
    },
  },
  {
    key: "payroll",
    input: {
      ...base,
      ...{ title: "Payroll Specialist", departments: ["People"], salary: yearly(54_000, 62_000) },
      locations: [columbus],
      descriptionHtml: text(
        "140 people are paid twice a month, in four states, and nobody should have to ask.",
        ["Run payroll from first figure to filing", "Answer questions the same day"],
        ["Two years of payroll in more than one state"],
      ),
    },
  },
  {
    key: "designer",
    input: {
      ...base,
      ...{
        title: "Product Designer",
        departments: ["Product"],
        remote: "remote",
        category: "Design",
        salary: yearly(118_000, 138_000),
      },
      locations: [{ city: "New York", region: "NY", country: "US", postalCode: "10001" }],
      descriptionHtml: text(
        "The app in a technician's cold hand has to work with one thumb. You make that so.",
        ["Design with crews, in vans and cellars", "Own the pattern library with one engineer"],
        ["A portfolio of working tools, not of posters", "You write your own words"],
      ),
    },
  },
  {
    key: "warehouse",
    input: {
      ...base,
      ...{ title: "Warehouse Coordinator", departments: ["Supply"], openings: 3, salary: yearly(44_000, 50_000) },
      locations: [{ city: "Reno", region: "NV", country: "US", postalCode: "89501" }],
      descriptionHtml: text(
        "Every crew leaves at seven with the right parts because you packed them the evening before.",
        ["Pick and stage for twenty vans", "Count, order, and chase what is late"],
        ["A year in a warehouse", "A forklift licence, or we pay for it"],
      ),
    },
  },
];

/** Writes the employer's own jobs; returns their ids by key. */
export async function makeJobs(steps: StorySteps, actor: Actor): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const { key, input } of storyJobs) {
    const id = await steps.once(
      `job ${key}`,
      async () => (await jobTitled(actor, input.title)) ?? (await saveJob(actor, null, jobInput.parse(input))).id,
    );
    ids.set(key, id);
  }
  return ids;
}

async function jobTitled({ employerId }: Actor, title: string): Promise<string | undefined> {
  const [known] = await withEmployer(employerId, (tx) =>
    tx
      .select({ id: job.id })
      .from(job)
      .where(and(eq(job.employerId, employerId), eq(job.title, title), isNull(job.connectionId))),
  );
  return known?.id;
}
