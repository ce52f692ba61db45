import { z } from "zod";
import type { Change, Upsert } from "../../contract/capabilities.ts";
import { IntegrationError } from "../../contract/errors.ts";
import type { Pushed } from "../../kit/push.server.ts";
import { baseUrl, type GreenhouseCtx, isV1, listByIds, write } from "./api.server.ts";
import * as wire from "./wire.ts";

/**
 * Greenhouse has no idempotency key: before a person is made, the address is looked up, so that a lost answer does not
 * make a second one. Moves name the stage they start from, which Greenhouse checks itself.
 */
export async function pushOne(
  ctx: GreenhouseCtx,
  { op, externalId, data }: Change<"applications">,
  read: (id: string) => Promise<Upsert<"applications"> | null>,
): Promise<Pushed> {
  if (op === "create") {
    const known = await findApplication(ctx, data.candidate.emails[0] ?? "", data.jobExternalId);
    return known ?? createApplication(ctx, data);
  }
  if (!externalId) throw new IntegrationError("validation", "This application is not in Greenhouse yet.");
  const current = await read(externalId);
  if (!current) throw new IntegrationError("not-found", "Greenhouse no longer has this application.");
  const from = current.data.stageExternalId;
  const to = data.moveToStageExternalId;
  if (!to || from === to) return { externalId, version: current.version };
  const body = { from_stage_id: Number(from), to_stage_id: Number(to) };
  await ctx.http.send(write(ctx, `applications/${externalId}/move`, body));
  return { externalId, version: ((await read(externalId)) ?? current).version };
}

async function findApplication(ctx: GreenhouseCtx, email: string, jobId: string): Promise<Pushed | null> {
  const found = email ? (await applicationsOf(ctx, email)).find(({ data }) => data.jobExternalId === jobId) : undefined;
  if (!found) return null;
  const { externalId, version, data } = found;
  return { externalId, version, candidateExternalId: data.candidateExternalId };
}

/** What the people of this address applied for: version 1 tells it with the person, version 3 in a list of its own. */
async function applicationsOf(ctx: GreenhouseCtx, email: string): Promise<Upsert<"applications">[]> {
  const request = { url: `${baseUrl(ctx)}/candidates`, query: { email } };
  if (isV1(ctx)) {
    const people = await ctx.http.json(request, z.array(wire.applicantV1));
    return people.flatMap((person) => person.applications ?? []).flatMap(wire.applicationFromV1);
  }
  const people = (await ctx.http.json(request, z.array(wire.candidate))).map((person) => person.id);
  const rows = await listByIds(ctx, "applications", wire.applicationV3, "candidate_ids", people);
  return rows.flatMap((row) => wire.applicationFromV3(row));
}

async function createApplication(ctx: GreenhouseCtx, data: Change<"applications">["data"]): Promise<Pushed> {
  const person = wire.candidateFromDomain(data.candidate);
  const application = { job_id: Number(data.jobExternalId) };
  if (!isV1(ctx)) {
    const made = await ctx.http.json(write(ctx, "candidates", { ...person, application }), wire.createdV3);
    const version = made.application.updated_at?.toISOString() ?? "created";
    return { externalId: made.application.id, version, candidateExternalId: made.candidate.id };
  }
  const body = { ...person, applications: [application] };
  const made = await ctx.http.json(write(ctx, "candidates", body), wire.createdV1);
  const externalId = made.application_ids?.[0];
  if (!externalId)
    throw new IntegrationError("unavailable", "Greenhouse took the person and is still making the application.");
  return { externalId, version: "created", candidateExternalId: made.id };
}
