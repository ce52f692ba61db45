import type { LoaderFunctionArgs } from "@remix-run/node";
import { ownUrl } from "#app/platform/caller.server.ts";
import { orRefuse } from "#app/platform/respond.server.ts";
import { careerSite, sitemapJobs } from "#app/services/careers.server.ts";

const entry = (address: string, changed?: Date) =>
  `<url><loc>${address}</loc>${changed ? `<lastmod>${changed.toISOString()}</lastmod>` : ""}</url>`;

/** The sitemap of one career site: its list and every open job with its true last change. */
export async function loader({ request, params }: LoaderFunctionArgs) {
  const site = await orRefuse(() => careerSite(params.employer ?? ""));
  const base = `${ownUrl(request)}/careers/${encodeURIComponent(site.slug)}`;
  const jobs = await sitemapJobs(site);
  const urls = [entry(base), ...jobs.map((job) => entry(`${base}/${job.slug}`, job.updatedAt))];
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${urls.join("")}</urlset>\n`;
  return new Response(xml, {
    headers: { "content-type": "application/xml; charset=utf-8", "cache-control": "public, max-age=600" },
  });
}
