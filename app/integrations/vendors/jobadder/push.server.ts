import { z } from "zod";
import type { Change, Sync } from "../../contract/capabilities.ts";
import type { CandidateRecord } from "../../contract/domain.ts";
import { IntegrationError } from "../../contract/errors.ts";
import { type Pushed, pushApplications } from "../../kit/push.server.ts";
import { apiUrl, type JobadderCtx } from "./api.server.ts";
import * as wire from "./wire.ts";

const ofCandidates = z.object({ items: z.array(wire.candidate).nullish() });
const ofApplications = z.object({ items: z.array(wire.application).nullish() });
const isConflict = (error: unknown) => error instanceof IntegrationError && error.kind === "conflict";

async function findPerson(ctx: JobadderCtx, email: string): Promise<string | null> {
  if (!email) return null;
  const { items } = await ctx.http.json({ url: apiUrl(ctx, "candidates"), query: { Email: email } }, ofCandidates);
  const wanted = email.toLowerCase();
  return items?.find((one) => one.email?.toLowerCase() === wanted)?.candidateId ?? null;
}

/** A 409 says that the person is there already: the match is used, and a second record is never forced. */
async function personFor(ctx: JobadderCtx, person: CandidateRecord, source: string): Promise<string> {
  const email = person.emails[0] ?? "";
  const known = await findPerson(ctx, email);
  if (known) return known;
  try {
    const body = wire.candidateFromDomain(person, source);
    return (await ctx.http.json({ method: "POST", url: apiUrl(ctx, "candidates"), body }, wire.candidate)).candidateId;
  } catch (error) {
    const there = isConflict(error) ? await findPerson(ctx, email) : null;
    if (there) return there;
    throw error;
  }
}

async function findApplication(ctx: JobadderCtx, candidateId: string, jobId: string): Promise<Pushed | null> {
  const query = { CandidateId: candidateId, JobId: jobId };
  const { items } = await ctx.http.json({ url: apiUrl(ctx, "applications"), query }, ofApplications);
  return items?.[0] ? madeOf(items[0], candidateId) : null;
}

const madeOf = (row: z.output<typeof wire.application>, candidateExternalId: string): Pushed => ({
  externalId: row.applicationId,
  version: wire.markOfApplication(row).updatedAt.toISOString(),
  candidateExternalId,
});

/** JobAdder has no idempotency key: job, person and application are each looked up before anything is made. */
async function create(ctx: JobadderCtx, { data }: Change<"applications">): Promise<Pushed> {
  const source = data.source ?? "Patchbay";
  await ctx.http.json({ url: apiUrl(ctx, `jobs/${data.jobExternalId}`) }, wire.job);
  const candidateId = await personFor(ctx, data.candidate, source);
  const known = await findApplication(ctx, candidateId, data.jobExternalId);
  if (known) return known;
  const body = { candidateId: [Number(candidateId)], source: source.slice(0, 100) };
  const url = apiUrl(ctx, `jobs/${data.jobExternalId}/applications`);
  try {
    const { items } = await ctx.http.json({ method: "POST", url, body }, ofApplications);
    if (items?.[0]) return madeOf(items[0], candidateId);
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
  const made = await findApplication(ctx, candidateId, data.jobExternalId);
  if (made) return made;
  throw new IntegrationError("unavailable", "JobAdder took the application and does not show it yet.");
}

/** 202 means that the status is so already. */
async function update(ctx: JobadderCtx, change: Change<"applications">): Promise<Pushed> {
  const { externalId, data } = change;
  if (!externalId) throw new IntegrationError("validation", "This application is not in JobAdder yet.");
  if (data.moveToStageExternalId) {
    const body = { statusId: Number(data.moveToStageExternalId) };
    await ctx.http.send({ method: "PUT", url: apiUrl(ctx, `applications/${externalId}/status`), body });
  }
  const row = await ctx.http.json({ url: apiUrl(ctx, `applications/${externalId}`) }, wire.application);
  return madeOf(row, row.candidate?.candidateId ?? "");
}

/** Sends applications, one result each. Kinds thrown: auth-revoked, rate-limited, unavailable, network. */
export const push: NonNullable<Sync["push"]> = (ctx: JobadderCtx, _resource, changes) =>
  pushApplications(changes, (change) => (change.op === "create" ? create(ctx, change) : update(ctx, change)));
