import { readFileSync } from "node:fs";
import { z } from "zod";
import type { PostingJob } from "#app/integrations/contract/domain.ts";

/** What the command line takes as JSON: dates as ISO 8601, everything else as the contract has it. */

const date = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const record = z.record(z.string(), z.unknown());

/** JSON given on the command line, or `@file` with JSON inside. */
export function readJson(argument: string): unknown {
  const text = argument.startsWith("@") ? readFileSync(argument.slice(1), "utf8") : argument;
  const value: unknown = JSON.parse(text);
  return value;
}

/** Form values by field; `client`, `tokens` and `keep` beside them stand for what an OAuth consent leaves behind. */
export const credentialsInput = z
  .looseObject({
    client: z.object({ clientId: z.string(), clientSecret: z.string() }).exactOptional(),
    tokens: z.object({ accessToken: z.string(), refreshToken: z.string().exactOptional() }).exactOptional(),
    keep: z.record(z.string(), z.string()).exactOptional(),
  })
  .transform(({ client, tokens, keep, ...values }) => ({ client, tokens, keep, values }));

export const configInput = record;

const location = z.object({
  city: z.string().exactOptional(),
  region: z.string().exactOptional(),
  country: z.string().length(2).exactOptional(),
  postalCode: z.string().exactOptional(),
});

/** A posting with sensible values for what is left out, so that a short file is enough to try a board. */
export const jobInput = z
  .object({
    key: z.string(),
    title: z.string(),
    descriptionHtml: z.string(),
    descriptionText: z.string().exactOptional(),
    company: z.string(),
    departments: z.array(z.string()).default([]),
    category: z.string().exactOptional(),
    locations: z.array(location).default([]),
    remote: z.enum(["on_site", "hybrid", "remote"]).default("on_site"),
    employment: z
      .enum(["full_time", "part_time", "contract", "temporary", "internship", "volunteer", "other"])
      .default("full_time"),
    experience: z.string().exactOptional(),
    salary: z
      .object({
        min: z.number().int(),
        max: z.number().int(),
        currency: z.string().length(3),
        period: z.enum(["hour", "day", "week", "month", "year"]),
      })
      .exactOptional(),
    openings: z.number().int().default(1),
    postedAt: date.exactOptional(),
    updatedAt: date.exactOptional(),
    validThrough: date.exactOptional(),
    applyUrl: z.url(),
    jobUrl: z.url().exactOptional(),
    inboundUrl: z.url().exactOptional(),
  })
  .transform((job): PostingJob => {
    const { postedAt = new Date(), jobUrl = job.applyUrl, descriptionText, ...rest } = job;
    const text =
      descriptionText ??
      job.descriptionHtml
        .replace(/<[^>]*>/g, " ")
        .replace(/\s+/g, " ")
        .trim();
    return {
      ...rest,
      postedAt,
      updatedAt: job.updatedAt ?? postedAt,
      jobUrl,
      descriptionText: text,
    };
  });

export const postingRefInput = z.object({
  externalId: z.string(),
  url: z.string().exactOptional(),
  data: z.record(z.string(), z.string()).exactOptional(),
});

export const eventInput = z.object({
  uid: z.string(),
  title: z.string(),
  description: z.string().exactOptional(),
  location: z.string().exactOptional(),
  start: date,
  end: date,
  timeZone: z.string().default("UTC"),
  attendees: z.array(z.object({ email: z.email(), name: z.string().exactOptional() })).default([]),
  conference: z.union([z.literal("auto"), z.object({ url: z.url() })]).exactOptional(),
});

export const eventRefInput = z.object({
  calendarId: z.string(),
  id: z.string(),
  etag: z.string().nullable().default(null),
  joinUrl: z.string().exactOptional(),
});

export const messageInput = z.object({
  title: z.string(),
  text: z.string(),
  facts: z.array(z.object({ label: z.string(), value: z.string() })).default([]),
  link: z.object({ label: z.string(), url: z.url() }).exactOptional(),
  threadId: z.string().exactOptional(),
});

const candidate = z.object({
  firstName: z.string(),
  lastName: z.string(),
  emails: z.array(z.string()).default([]),
  phones: z.array(z.string()).default([]),
  headline: z.string().exactOptional(),
  links: z.array(z.string()).default([]),
});

const application = z.object({
  jobExternalId: z.string(),
  candidateExternalId: z.string().default(""),
  status: z.enum(["active", "hired", "rejected", "withdrawn"]).default("active"),
  stageExternalId: z.string().exactOptional(),
  stageName: z.string().exactOptional(),
  source: z.string().exactOptional(),
  appliedAt: date.default(() => new Date()),
  rejectedReason: z.string().exactOptional(),
  moveToStageExternalId: z.string().exactOptional(),
  candidate,
});

const change = {
  op: z.enum(["create", "update", "delete"]),
  localId: z.string(),
  externalId: z.string().nullable().default(null),
  ifVersion: z.string().nullable().default(null),
};

/** The changes of `push`, by resource. */
export const changesInput = {
  applications: z.array(z.object({ ...change, data: application })),
  candidates: z.array(z.object({ ...change, data: candidate })),
};

export const resourceInput = z.enum(["jobs", "stages", "candidates", "applications"]);
