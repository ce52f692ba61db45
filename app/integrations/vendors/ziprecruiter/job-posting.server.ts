import type { JobPosting, PostingObservation } from "../../contract/capabilities.ts";
import type { PostingJob } from "../../contract/domain.ts";
import { IntegrationError } from "../../contract/errors.ts";
import { stillUp } from "../../kit/posting.ts";
import { unlessMissing } from "../../kit/pull.server.ts";
import { jobUrl, type ZipRecruiterCtx } from "./api.server.ts";
import { jobFromDomain, observation, placeProblems, storedJob } from "./wire.ts";

const find = (ctx: ZipRecruiterCtx, key: string): Promise<PostingObservation | null> =>
  unlessMissing(async () => observation(await ctx.http.json({ url: jobUrl(key) }, storedJob)));

const put = async (ctx: ZipRecruiterCtx, id: string, job: PostingJob): Promise<PostingObservation> =>
  observation(await ctx.http.json({ method: "PUT", url: jobUrl(id), body: jobFromDomain(job, ctx.config) }, storedJob));

/** POST refuses an id that exists, so a job that is already there is put instead; either way it ends as one posting. */
async function publish(ctx: ZipRecruiterCtx, job: PostingJob): Promise<PostingObservation> {
  if (await find(ctx, job.key)) return put(ctx, job.key, job);
  try {
    const body = jobFromDomain(job, ctx.config);
    return observation(await ctx.http.json({ method: "POST", url: jobUrl(), body }, storedJob));
  } catch (error) {
    if (error instanceof IntegrationError && error.kind === "conflict") return put(ctx, job.key, job);
    throw error;
  }
}

export const jobPosting: JobPosting = {
  way: "api",
  format: (job, config) =>
    jobFromDomain(job, {
      employerId: String(config.employerId ?? ""),
      employerName: String(config.employerName ?? ""),
    }),
  validate: placeProblems,
  find: (ctx, job) => find(ctx, job.key),
  publish,
  async update(ctx, ref, job) {
    stillUp(await find(ctx, ref.externalId), "ZipRecruiter");
    return put(ctx, ref.externalId, job);
  },
  async close(ctx, ref) {
    await ctx.http.send({ method: "DELETE", url: jobUrl(ref.externalId), accept: [404] });
    return null;
  },
  async status(ctx, ref) {
    return observation(await ctx.http.json({ url: jobUrl(ref.externalId) }, storedJob));
  },
};
