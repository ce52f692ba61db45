import { z } from "zod";
import type { ApiPosting, PostingObservation, PostingRef } from "../../contract/capabilities.ts";
import type { PostingJob } from "../../contract/domain.ts";
import { IntegrationError } from "../../contract/errors.ts";
import { stillUp } from "../../kit/posting.ts";
import { call, type IndeedCtx } from "./api.server.ts";
import {
  descriptionProblems,
  jobPostStatus,
  observationOf,
  placeProblems,
  postingFromDomain,
  syncConfig,
} from "./wire-job-sync.ts";

const CREATE = `mutation Put($input: CreateSourcedJobPostingsInput) {
  jobsIngest { createSourcedJobPostings(input: $input) { results { jobPosting { sourcedPostingId employerJobId } } } }
}`;
const EXPIRE = `mutation End($input: ExpireSourcedJobsBySourcedPostingIdInput) {
  jobsIngest { expireSourcedJobsBySourcedPostingId(input: $input) { results { trackingKey } } }
}`;
const STATUS = `query Status($id: ID!) {
  node(id: $id) { ... on EmployerJob { id seats { jobPost { id status {
    globalStatus { lifecycleStatus isIndeedApplyActive }
    surfaceStatuses { isRejected isSponsorshipRequired isMissingRequiredSponsorship }
  } } } } }
}`;

const result = z.object({ jobPosting: z.object({ sourcedPostingId: z.string(), employerJobId: z.string() }) });
const created = z.object({
  jobsIngest: z.object({ createSourcedJobPostings: z.object({ results: z.array(result).min(1) }) }),
});
const ended = z.object({ jobsIngest: z.unknown() });

/** The same client, key and source name are the same posting, so this creates, changes and reactivates alike. */
async function put(ctx: IndeedCtx, job: PostingJob): Promise<PostingObservation> {
  const input = { jobPostings: [postingFromDomain(job, syncConfig.parse(ctx.config))] };
  const { jobsIngest } = await call(ctx, { query: CREATE, variables: { input } }, created);
  const made = jobsIngest.createSourcedJobPostings.results[0]?.jobPosting;
  if (!made) throw new IntegrationError("contract", "Indeed answered a posting without its ids.");
  return { state: "queued", externalId: made.sourcedPostingId, data: { employerJobId: made.employerJobId } };
}

/** The state of a posting is asked for by its second id. Kind not-found when Indeed does not know it. */
async function status(ctx: IndeedCtx, ref: PostingRef): Promise<PostingObservation> {
  const id = ref.data?.employerJobId ?? ref.externalId;
  const { node } = await call(ctx, { query: STATUS, variables: { id }, idempotent: true }, jobPostStatus);
  if (!node) throw new IntegrationError("not-found", "Indeed does not know this posting.");
  return { ...observationOf(node), externalId: ref.externalId };
}

export const jobSync: ApiPosting = {
  way: "api",
  format: (job, config) => postingFromDomain(job, syncConfig.parse(config)),
  validate: (job) => [...descriptionProblems(job), ...placeProblems(job)],
  publish: put,
  /** Sending an ended posting again would bring it back, so its state is read first. */
  async update(ctx, ref, job) {
    const before = stillUp(await status(ctx, ref), "Indeed");
    const { data, externalId } = await put(ctx, job);
    const anew = before.state === "rejected";
    return { ...before, ...(anew ? { state: "queued" as const } : {}), externalId, ...(data ? { data } : {}) };
  },
  async close(ctx, ref) {
    const input = { jobs: [{ sourcedPostingId: ref.externalId }] };
    await call(ctx, { query: EXPIRE, variables: { input }, idempotent: true }, ended);
    return ref.data ?? {};
  },
  status,
};
