import type { JobPosting, PostingObservation } from "../../contract/capabilities.ts";
import { stillUp } from "../../kit/posting.ts";
import { unlessMissing } from "../../kit/pull.server.ts";
import { FEED, listingUrl, type WeWorkRemotelyCtx } from "./api.server.ts";
import { manifest } from "./manifest.ts";
import { findInRss, type ListingConfig, listing, listingFromDomain, observation } from "./wire.ts";

/** Null for a listing of somebody else. */
const readOwn = (ctx: WeWorkRemotelyCtx, id: string) =>
  unlessMissing(() => ctx.http.json({ url: listingUrl(id) }, listing));

const read = async (ctx: WeWorkRemotelyCtx, id: string): Promise<PostingObservation> =>
  observation(await ctx.http.json({ url: listingUrl(id) }, listing));

export const jobPosting: JobPosting = {
  way: "api",
  format: (job, config) =>
    listingFromDomain(job, { company: "", posterEmail: "", categoryId: "4", ...config } as ListingConfig),
  /**
   * The board takes no id of ours: only what is already public can be found, by company and title. A listing that names
   * another apply link is another job's; one that names none is taken as ours.
   */
  async find(ctx: WeWorkRemotelyCtx, job) {
    const rss = await ctx.http.send({ url: FEED });
    for (const id of findInRss(rss.text, ctx.config.company, job.title)) {
      const row = await readOwn(ctx, id);
      if (row && (!row.instructions || row.instructions === job.applyUrl)) return observation(row);
    }
    return null;
  },
  async publish(ctx: WeWorkRemotelyCtx, job) {
    const body = listingFromDomain(job, ctx.config);
    const made = observation(await ctx.http.json({ method: "POST", url: listingUrl(), body }, listing));
    return { ...made, cost: { amount: manifest.posting.price.amount, currency: manifest.posting.price.currency } };
  },
  async update(ctx: WeWorkRemotelyCtx, ref, job) {
    stillUp(await read(ctx, ref.externalId), "We Work Remotely");
    const body = listingFromDomain(job, ctx.config);
    return observation(await ctx.http.json({ method: "PUT", url: listingUrl(ref.externalId), body }, listing));
  },
  async close(ctx: WeWorkRemotelyCtx, ref) {
    const body = { status: "canceled" };
    await ctx.http.send({ method: "PUT", url: listingUrl(ref.externalId), body, accept: [404] });
    return null;
  },
  status: (ctx: WeWorkRemotelyCtx, ref) => read(ctx, ref.externalId),
};
