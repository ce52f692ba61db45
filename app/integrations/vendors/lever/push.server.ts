import type { Change, Sync } from "../../contract/capabilities.ts";
import { IntegrationError } from "../../contract/errors.ts";
import { type Pushed, pushApplications } from "../../kit/push.server.ts";
import { apiUrl, type LeverCtx, listPage, oneOf, write } from "./api.server.ts";
import * as wire from "./wire.ts";

/** The application of this opportunity that is tied to the posting, if there is one. */
function madeOf(row: wire.Expanded, postingId: string): Pushed | null {
  const found = wire.applicationsToDomain(row, []).find((one) => one.data.jobExternalId === postingId);
  return found ? { externalId: found.externalId, version: found.version, candidateExternalId: row.id } : null;
}

const read = async (ctx: LeverCtx, id: string): Promise<wire.Expanded> =>
  (await ctx.http.json({ url: apiUrl(`opportunities/${id}`), query: { expand: "applications" } }, oneOf(wire.expanded)))
    .data;

async function find(ctx: LeverCtx, email: string | undefined, postingId: string): Promise<Pushed | null> {
  if (!email) return null;
  const query = { email, posting_id: postingId, expand: "applications" };
  const { rows } = await listPage(ctx, "opportunities", wire.expanded, query, null);
  const own = rows.filter((row) => row.emails?.some((one) => one.toLowerCase() === email.toLowerCase()));
  return own.map((row) => madeOf(row, postingId)).find((made) => made !== null) ?? null;
}

/**
 * A repeated create makes a second opportunity under the same contact, and there is no idempotency key: the posting, then
 * mail address and posting together, are looked up first.
 */
async function create(ctx: LeverCtx, { data }: Change<"applications">): Promise<Pushed> {
  await ctx.http.json({ url: apiUrl(`postings/${data.jobExternalId}`) }, oneOf(wire.posting));
  const known = await find(ctx, data.candidate.emails[0], data.jobExternalId);
  if (known) return known;
  const body = wire.opportunityFromDomain(data.candidate, data.jobExternalId, data.source ?? "Patchbay");
  const answer = await ctx.http.json(write(ctx, "POST", "opportunities", body), oneOf(wire.opportunity));
  const made = madeOf(await read(ctx, answer.data.id), data.jobExternalId);
  if (made) return made;
  throw new IntegrationError("unavailable", "Lever took the person and does not show the application yet.");
}

/** The stage is the opportunity's: its other applications move along. */
async function update(ctx: LeverCtx, { externalId, data }: Change<"applications">): Promise<Pushed> {
  const id = externalId?.split("/")[0];
  if (!id) throw new IntegrationError("validation", "This application is not in Lever yet.");
  const stage = data.moveToStageExternalId;
  if (stage) await ctx.http.send(write(ctx, "PUT", `opportunities/${id}/stage`, { stage }));
  const made = madeOf(await read(ctx, id), data.jobExternalId);
  if (made) return made;
  throw new IntegrationError("not-found", "Lever no longer has this application.");
}

/** Sends applications, one result each. Kinds thrown: auth-revoked, rate-limited, unavailable, network. */
export const push: NonNullable<Sync["push"]> = (ctx: LeverCtx, _resource, changes) =>
  pushApplications(changes, (change) => (change.op === "create" ? create(ctx, change) : update(ctx, change)));
