import type {
  ApiPosting,
  PostingData,
  PostingObservation,
  PostingRef,
  PostingWays,
} from "../../contract/capabilities.ts";
import type { PostingJob } from "../../contract/domain.ts";
import { IntegrationError } from "../../contract/errors.ts";
import { stillUp } from "../../kit/posting.ts";
import { type LinkedInCtx, listingOf, submit, taskOf } from "./api.server.ts";
import { feed } from "./feed.server.ts";
import { handOff } from "./hand-off.ts";
import { problems } from "./rules.ts";
import { elementConfig, elementFromDomain, type Operation, observe } from "./wire.ts";

/** Sends one order; what follows it is the task. */
async function order(ctx: LinkedInCtx, job: PostingJob, operation: Operation): Promise<PostingData> {
  const task = await submit(ctx, elementFromDomain(job, elementConfig.parse(ctx.config), operation, ctx.now()));
  return { task, operation };
}

/** LinkedIn wants one order for a job at a time: while a task runs, the next one waits. Kind rate-limited. */
async function restingOrWait(ctx: LinkedInCtx, ref: PostingRef): Promise<PostingObservation> {
  const task = ref.data?.task ? await taskOf(ctx, ref.data.task) : null;
  if (task?.status === "IN_PROGRESS") {
    const retryAfter = new Date(ctx.now().getTime() + 60_000);
    throw new IntegrationError("rate-limited", "LinkedIn still works on the last order for this job.", { retryAfter });
  }
  return { ...known(observe(ref.data, task, await listingOf(ctx, ref.externalId))), externalId: ref.externalId };
}

function known<Seen>(seen: Seen | null): Seen {
  if (seen === null) throw new IntegrationError("not-found", "LinkedIn does not know this job.");
  return seen;
}

const api: ApiPosting = {
  way: "api",
  format: (job, config) => elementFromDomain(job, elementConfig.parse(config), "CREATE", job.updatedAt),
  validate: problems,
  /** Only jobs whose task is done can be found; how long that takes is `settlesMinutes`. */
  async find(ctx, job) {
    const seen = observe(undefined, null, await listingOf(ctx, job.key));
    return seen && { ...seen, externalId: job.key };
  },
  async publish(ctx, job) {
    return { state: "queued", externalId: job.key, data: await order(ctx, job, "CREATE") };
  },
  /** A job that was refused was never made, so it is created; what is listed is updated. */
  async update(ctx, ref, job) {
    const before = stillUp(await restingOrWait(ctx, ref), "LinkedIn");
    const anew = before.state === "rejected";
    const { reason: _old, ...rest } = before;
    const data = await order(ctx, job, anew ? "CREATE" : "UPDATE");
    return { ...rest, ...(anew ? { state: "queued" as const } : {}), data };
  },
  async close(ctx, ref, _why, job) {
    const before = await restingOrWait(ctx, ref);
    return before.state === "closed" ? null : order(ctx, job, "CLOSE");
  },
  async status(ctx, ref) {
    const task = ref.data?.task ? await taskOf(ctx, ref.data.task) : null;
    return { ...known(observe(ref.data, task, await listingOf(ctx, ref.externalId))), externalId: ref.externalId };
  },
};

export const jobPosting: PostingWays = { way: "choice", options: { "hand-off": handOff, feed, api } };
